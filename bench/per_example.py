#!/usr/bin/env python3
"""What the gradients of single examples cost beside the plain gradient of the mean: the network of the Fashion-MNIST sample.

    bench/per_example.py [--kilnc build/release/bin/kilnc] [--rounds 15] [--batch 64]

Beside the plain gradient: one gradient for each example, written out (its floor is the time in which this core writes as many
bytes, which is measured in the same rounds), and the mean of the gradients after each is scaled to a norm of at most 1, as
private training wants it. Needs numpy. One thread; calls alternate; times are processor time, the median and the least of all rounds. The
mean of the single gradients, and that of the clipped ones under a bound that none reaches, are held against the plain one.
Exits with 1 where the clipped mean costs 4 times the plain gradient or more.
"""
import argparse
import ctypes
import pathlib
import statistics
import sys
import tempfile
import time

import numpy as np

import kiln_library

ROOT = pathlib.Path(__file__).resolve().parents[1]
MOST = 4.0
SHAPES = [(512, 784), (512,), (512, 512), (512,), (10, 512), (10,)]


def difference(results, expected):
    """The largest of all numbers, relative to the largest expected."""
    scale = max(np.abs(tensor).max() for tensor in expected)
    return max(np.abs(one - other).max() for one, other in zip(results, expected)) / scale


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kilnc", default=str(ROOT / "build/release/bin/kilnc"))
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--batch", type=int, default=64)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        library = kiln_library.build(options.kilnc, ROOT / "bench/per_example.model", folder).open(threads=1)
        model = library.model("Classifier")
        draw = np.random.default_rng(1)
        x = draw.random((options.batch, 784), np.float32)
        labels = draw.integers(0, 10, options.batch, np.int32)
        plain, clipped = ([np.zeros(shape, np.float32) for shape in SHAPES] for _ in range(2))
        each = [np.zeros((options.batch, *shape), np.float32) for shape in SHAPES]
        clip = lambda bound: library.call("clipped", model, x, labels, ctypes.c_float(bound), *clipped)
        calls = {"plain gradient": library.call("plain", model, x, labels, *plain),
                 "one for each example": library.call("each", model, x, labels, *each),
                 "clipped mean": clip(1),
                 "writing the bytes of the former": lambda: [tensor.fill(0) for tensor in each]}

        clip(1e9)()
        calls["plain gradient"]()
        calls["one for each example"]()
        wrong = max(difference(clipped, plain), difference([tensor.mean(0) for tensor in each], plain))
        if not wrong < 1e-5:
            sys.exit(f"the gradients differ by {wrong}")

        times = {name: [] for name in calls}
        for _ in range(options.rounds):
            for name, call in calls.items():
                for _ in range(3):
                    before = time.thread_time()
                    call()
                    times[name].append(1e3 * (time.thread_time() - before))
    base = times["plain gradient"]
    print(f"batch {options.batch}, {sum(tensor.nbytes for tensor in each) / 1e6:.0f} MB of single gradients\n")
    print("| | median ms | least ms | times the plain gradient (medians, least) |\n|---|---|---|---|")
    ratios = {}
    for name, found in times.items():
        ratios[name] = statistics.median(found) / statistics.median(base)
        print(f"| {name} | {statistics.median(found):.2f} | {min(found):.2f} | {ratios[name]:.2f}, {min(found) / min(base):.2f} |")
    return 1 if ratios["clipped mean"] >= MOST else 0


if __name__ == "__main__":
    sys.exit(main())
