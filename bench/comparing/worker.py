"""The process of one side of one workload: python3 worker.py SIDE NAME THREADS FOLDER CLOCK.

Answers on standard output, one JSON object a line: first, when everything is loaded, warmed up and compared with what PyTorch
computed, {"error", "compile_seconds"} or {"failed"}; then for each line of input a round, {"ms"}; at the end of the input
{"peak_mb"}: the most memory that the process held since weights and inputs were there, compiling included.
"""
import ctypes
import importlib
import json
import os
import pathlib
import signal
import sys
import traceback

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from comparing import check, measure, prepared  # noqa: E402
from comparing.sides import SIDES  # noqa: E402


def start(side, name, threads, folder):
    """A call of this side; and what is to be told of it."""
    work = prepared.Prepared(folder, name)
    run, results, told = importlib.import_module(f"comparing.{SIDES[side].module}").load(side, work, threads)
    steps = check.STEPS if work.row["optimizer"] else 1
    errors = []
    for step in range(steps):
        run()
        expected = [work.expected()[0][step]] if work.row["optimizer"] else work.expected()
        errors.append(check.error_of(results(), expected))
    return run, {"error": max(errors), **told}


def end_with_parent():
    """A process that is stopped between its rounds would outlive one that was killed."""
    set_parent_death_signal = 1  # of prctl
    ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGKILL)


def main():
    end_with_parent()
    side, name, threads, folder, clock = sys.argv[1:]
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print is no answer

    def answer(**told):
        answers.write(json.dumps(told) + "\n")
        answers.flush()

    try:
        run, told = start(side, name, int(threads), pathlib.Path(folder))
        answer(**told)
        for _ in sys.stdin:
            answer(ms=measure.one_round(run, clock))
        answer(peak_mb=measure.peak_megabytes())
    except Exception as problem:
        traceback.print_exc()
        answer(failed=(str(problem).strip() or type(problem).__name__).splitlines()[0][:300])


if __name__ == "__main__":
    main()
    sys.stderr.flush()
    os._exit(0)  # some libraries crash while they are taken down
