#!/usr/bin/env python3
"""What the gradients of single examples cost beside the plain gradient of the mean: the network of the Fashion-MNIST sample.

    bench/per_example.py [--kilnc build/release/bin/kilnc] [--rounds 15] [--batch 64]

Beside the plain gradient: one gradient for each example, written out (its floor is the time in which this core writes as many
bytes, which is measured in the same rounds), and the mean of the gradients after each is scaled to a norm of at most 1, as
private training wants it. One thread; calls alternate; times are processor time, the median and the least of all rounds. The
mean of the single gradients, and that of the clipped ones under a bound that none reaches, are held against the plain one.
Exits with 1 where the clipped mean costs 4 times the plain gradient or more.
"""
import argparse
import ctypes
import pathlib
import random
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
MOST = 4.0
SIZES = [512 * 784, 512, 512 * 512, 512, 10 * 512, 10]
SHAPES = [(512, 784), (512,), (512, 512), (512,), (10, 512), (10,)]


class Tensor(ctypes.Structure):
    """kiln_tensor, of memory that it keeps."""

    _fields_ = [("struct_size", ctypes.c_size_t), ("data", ctypes.c_void_p), ("element", ctypes.c_int32),
                ("rank", ctypes.c_int32), ("extents", ctypes.POINTER(ctypes.c_int64)), ("strides", ctypes.c_void_p),
                ("device", ctypes.c_int32), ("reserved", ctypes.c_int32)]

    def __init__(self, memory, shape):
        self.memory = memory
        self.shape = (ctypes.c_int64 * len(shape))(*shape)
        element = 11 if memory._type_ is ctypes.c_float else 3
        super().__init__(ctypes.sizeof(Tensor), ctypes.addressof(memory), element, len(shape), self.shape)


class Options(ctypes.Structure):
    """kiln_context_options."""

    _fields_ = [("struct_size", ctypes.c_size_t), ("threads", ctypes.c_int32), ("target", ctypes.c_int32),
                ("never_spin", ctypes.c_int32), ("reserved", ctypes.c_int32), ("allocator", ctypes.c_void_p),
                ("executor", ctypes.c_void_p), ("message", ctypes.c_char_p), ("message_bytes", ctypes.c_size_t)]


def floats(count):
    return (ctypes.c_float * count)()


class Library:
    def __init__(self, kilnc, folder, batch):
        path = pathlib.Path(folder) / "libper_example.so"
        subprocess.run([kilnc, "build", ROOT / "bench/per_example.model", "-o", path], check=True)
        self.c = ctypes.CDLL(str(path))
        self.c.per_example_context_message.restype = ctypes.c_char_p
        self.context, self.model = ctypes.c_void_p(), ctypes.c_void_p()
        options = Options(ctypes.sizeof(Options), 1)
        self.check(self.c.per_example_context_create(ctypes.byref(options), ctypes.byref(self.context)))
        self.check(self.c.per_example_Classifier_create(self.context, ctypes.c_uint64(1), ctypes.byref(self.model)))
        draw = random.Random(1)
        self.x = Tensor((ctypes.c_float * (batch * 784))(*[draw.random() for _ in range(batch * 784)]), (batch, 784))
        self.labels = Tensor((ctypes.c_int32 * batch)(*[draw.randrange(10) for _ in range(batch)]), (batch,))

    def check(self, status):
        if status:
            sys.exit(self.c.per_example_context_message(self.context).decode())

    def call(self, name, results, *more):
        """A function that calls the export; its results lie in `results`."""
        function = getattr(self.c, "per_example_" + name)
        pointers = [ctypes.byref(self.x), ctypes.byref(self.labels), *more, *map(ctypes.byref, results)]
        return lambda: self.check(function(self.context, self.model, *pointers))


def difference(results, expected):
    """The largest of all numbers, relative to the largest expected."""
    scale = max(abs(number) for tensor in expected for number in tensor)
    return max(abs(a - b) for one, other in zip(results, expected) for a, b in zip(one, other)) / scale


def mean_over_batch(tensors, batch):
    return [[sum(memory[b * size + i] for b in range(batch)) / batch for i in range(0, size, max(1, size // 1000))]
            for memory, size in zip(tensors, SIZES)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kilnc", default=str(ROOT / "build/release/bin/kilnc"))
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--batch", type=int, default=64)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        library = Library(options.kilnc, folder, options.batch)
        single = lambda: [Tensor(floats(size), shape) for size, shape in zip(SIZES, SHAPES)]
        plain, clipped = single(), single()
        each = [Tensor(floats(options.batch * size), (options.batch, *shape)) for size, shape in zip(SIZES, SHAPES)]
        calls = {"plain gradient": library.call("plain", plain),
                 "one for each example": library.call("each", each),
                 "clipped mean": library.call("clipped", clipped, ctypes.c_float(1)),
                 "writing the bytes of the former": lambda: [
                     ctypes.memset(tensor.memory, 0, ctypes.sizeof(tensor.memory)) for tensor in each]}

        library.call("clipped", clipped, ctypes.c_float(1e9))()
        calls["plain gradient"]()
        calls["one for each example"]()
        memories = lambda tensors: [tensor.memory for tensor in tensors]
        expected = [memory[:: max(1, size // 1000)] for memory, size in zip(memories(plain), SIZES)]
        wrong = max(difference([memory[:: max(1, size // 1000)] for memory, size in zip(memories(clipped), SIZES)], expected),
                    difference(mean_over_batch(memories(each), options.batch), expected))
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
    print(f"batch {options.batch}, {options.batch * sum(SIZES) * 4 / 1e6:.0f} MB of single gradients\n")
    print("| | median ms | least ms | times the plain gradient (medians, least) |\n|---|---|---|---|")
    ratios = {}
    for name, found in times.items():
        ratios[name] = statistics.median(found) / statistics.median(base)
        print(f"| {name} | {statistics.median(found):.2f} | {min(found):.2f} | {ratios[name]:.2f}, {min(found) / min(base):.2f} |")
    return 1 if ratios["clipped mean"] >= MOST else 0


if __name__ == "__main__":
    sys.exit(main())
