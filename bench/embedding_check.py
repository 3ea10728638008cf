#!/usr/bin/env python3
"""What the run-time check of data-dependent subscripts costs: an embedding lookup with it beside one without.

    bench/embedding_check.py [--kilnc build/release/bin/kilnc] [--rounds 9] [--rows 50000] [--width 64] [--ids 4096]

Both are compiled by kilnc for this machine, called in alternating rounds on one thread, on random ids. In the one without a
check the ids are limited to the table in the subscript itself, which proves them inside. Reported are the least
times of all rounds. Exits with 1 where the check costs 3% or more.
"""
import argparse
import array
import json
import pathlib
import random
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[1]
MOST = 0.03
PROGRAM = """
export fn checked(table: f32[V, D], ids: i32[N]) -> y: f32[N, D] { y[n, d] = table[ids[n], d] }
export fn unchecked(table: f32[V, D], ids: i32[N]) -> y: f32[N, D] where V >= 1 {
  y[n, d] = table[max(min(ids[n], V - 1), 0), d]
}
"""


def write_npy(path, numbers):
    """A vector of i32 as an .npy file."""
    header = b"{'descr': '<i4', 'fortran_order': False, 'shape': (%d,), }" % len(numbers)
    header += b" " * (-(len(header) + 11) % 64) + b"\n"
    data = array.array("i", numbers).tobytes()
    path.write_bytes(b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + data)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kilnc", default=str(ROOT / "build/release/bin/kilnc"))
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--rows", type=int, default=50_000)
    parser.add_argument("--width", type=int, default=64)
    parser.add_argument("--ids", type=int, default=4096)
    options = parser.parse_args()
    times = {"checked": [], "unchecked": []}
    with tempfile.TemporaryDirectory() as folder:
        program, ids = pathlib.Path(folder) / "lookup.model", pathlib.Path(folder) / "ids.npy"
        program.write_text(PROGRAM)
        draw = random.Random(1)
        write_npy(ids, [draw.randrange(options.rows) for _ in range(options.ids)])
        for _ in range(options.rounds):
            for name, list_of_times in times.items():
                run = subprocess.run(
                    [options.kilnc, "bench", str(program), name, "--arg", f"ids=@{ids}", "--dim", f"V={options.rows}",
                     "--dim", f"D={options.width}", "--threads", "1", "--json"], capture_output=True, text=True, check=False)
                if run.returncode != 0:
                    sys.exit(run.stderr)
                figures = json.loads(run.stdout)
                list_of_times.append(figures["min_ms"])
    with_check, without = min(times["checked"]), min(times["unchecked"])
    cost = with_check / without - 1
    print(f"{options.ids} ids of {options.rows} x {options.width}: {with_check * 1e3:.1f} us with the check, "
          f"{without * 1e3:.1f} us without, {cost:+.1%}")
    return 1 if cost >= MOST else 0


if __name__ == "__main__":
    sys.exit(main())
