"""The parent's end of a side's process (comparing/worker.py)."""
import json
import os
import pathlib
import signal
import subprocess
import sys

from comparing.sides import SIDES, TCMALLOC

WORKER = pathlib.Path(__file__).with_name("worker.py")


class Process:
    """Starts at once; `start` waits until it is ready. Once it has failed it answers no more: `failed` says why.

    Between its rounds the process is stopped: idle threads of some peers go on looking for work for a while, and would take a
    core from the side that is measured then.
    """

    def __init__(self, side, name, threads, folder, clock):
        self.side, self.failed, self.told = side, None, {}
        environment = {**os.environ, "OMP_NUM_THREADS": str(threads), "MKL_NUM_THREADS": str(threads)}
        if SIDES[side].preloads and TCMALLOC.exists():
            environment["LD_PRELOAD"] = str(TCMALLOC)
        self.log = open(pathlib.Path(folder) / f"{name}_{side}.log", "w+")
        command = [sys.executable, WORKER, side, name, str(threads), folder, clock]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log, text=True,
                                        env=environment)

    def answer(self):
        line = self.process.stdout.readline()
        if line:
            told = json.loads(line)
        else:
            self.log.seek(0)
            last = [line for line in self.log.read().splitlines() if line.strip()][-1:]
            told = {"failed": f"ended with status {self.process.wait()}" + "".join(f": {line}" for line in last)}
        self.failed = told.get("failed")
        return told

    def signal(self, which):
        if self.process.poll() is None:
            self.process.send_signal(which)

    def start(self):
        self.told = self.answer()
        self.signal(signal.SIGSTOP)

    def round(self):
        self.signal(signal.SIGCONT)
        self.process.stdin.write("round\n")
        self.process.stdin.flush()
        found = self.answer().get("ms")
        self.signal(signal.SIGSTOP)
        return found

    def end(self):
        """Most memory that it held, in MB; None where it failed."""
        self.signal(signal.SIGCONT)
        self.process.stdin.close()
        peak = None if self.failed else self.answer().get("peak_mb")
        self.process.wait()
        self.process.stdout.close()
        self.log.close()
        return peak

    def kill(self):
        """For one that was left by a mistake or a key."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
