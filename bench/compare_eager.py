#!/usr/bin/env python3
"""Times the Fashion-MNIST library beside PyTorch eager, interleaved in one run, and checks that both compute the same.

    python3 bench/compare_eager.py [--kilnc build/release/bin/kilnc] [--threads 1] [--rounds 7] [--json FILE]

Needs torch and numpy. For each workload, rounds of Kiln and PyTorch alternate; a round is at least 0.2 s of calls and gives
the median of its calls; reported are the middle, least and greatest of the rounds' medians. Kiln is called through ctypes,
whose cost (about 2 us a call) counts for Kiln.
"""
import argparse
import ctypes
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

root = pathlib.Path(__file__).resolve().parent.parent
parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--kilnc", default=str(root / "build/release/bin/kilnc"))
parser.add_argument("--threads", type=int, default=1)
parser.add_argument("--rounds", type=int, default=7)
parser.add_argument("--json")
arguments = parser.parse_args()
os.environ["OMP_NUM_THREADS"] = os.environ["MKL_NUM_THREADS"] = str(arguments.threads)

import numpy as np
import torch

torch.set_num_threads(arguments.threads)


class Tensor(ctypes.Structure):
    """kiln_tensor."""

    _fields_ = [("struct_size", ctypes.c_size_t), ("data", ctypes.c_void_p), ("element", ctypes.c_int32),
                ("rank", ctypes.c_int32), ("extents", ctypes.POINTER(ctypes.c_int64)), ("strides", ctypes.c_void_p),
                ("device", ctypes.c_int32), ("reserved", ctypes.c_int32)]

    elements = {"uint8": 5, "int32": 3, "float32": 11}

    def __init__(self, array):
        self.array = array  # keeps the memory
        self.shape = (ctypes.c_int64 * array.ndim)(*array.shape)
        super().__init__(ctypes.sizeof(Tensor), array.ctypes.data, self.elements[str(array.dtype)], array.ndim, self.shape)


class Parameter(ctypes.Structure):
    """kiln_parameter."""

    _fields_ = [("struct_size", ctypes.c_size_t), ("name", ctypes.c_char_p), ("role", ctypes.c_int32),
                ("element", ctypes.c_int32), ("rank", ctypes.c_int32), ("reserved", ctypes.c_int32),
                ("extents", ctypes.POINTER(ctypes.c_int64)), ("data", ctypes.c_void_p), ("bytes", ctypes.c_int64)]


class Options(ctypes.Structure):
    """kiln_context_options."""

    _fields_ = [("struct_size", ctypes.c_size_t), ("threads", ctypes.c_int32), ("target", ctypes.c_int32),
                ("never_spin", ctypes.c_int32), ("reserved", ctypes.c_int32), ("allocator", ctypes.c_void_p),
                ("executor", ctypes.c_void_p), ("message", ctypes.c_char_p), ("message_bytes", ctypes.c_size_t)]


class Kiln:
    def __init__(self, folder):
        model = root / "samples/fashion_mnist/fashion_mnist.model"
        library = pathlib.Path(folder) / "libfashion_mnist.so"
        subprocess.run([arguments.kilnc, "build", model, "-o", library], check=True)
        self.c = ctypes.CDLL(str(library))
        self.c.fashion_mnist_context_message.restype = ctypes.c_char_p
        self.context = ctypes.c_void_p()
        options = Options(ctypes.sizeof(Options), arguments.threads)
        self.check(self.c.fashion_mnist_context_create(ctypes.byref(options), ctypes.byref(self.context)))
        self.model = self.create("Classifier", 1)
        self.optimizer = self.create("Optimizer", 2)

    def check(self, status):
        if status:
            raise RuntimeError(self.c.fashion_mnist_context_message(self.context).decode())

    def create(self, name, seed):
        handle = ctypes.c_void_p()
        self.check(getattr(self.c, f"fashion_mnist_{name}_create")(self.context, ctypes.c_uint64(seed), ctypes.byref(handle)))
        return handle

    def parameters(self):
        """name -> a view of its memory."""
        views = {}
        for i in range(self.c.fashion_mnist_Classifier_parameter_count(self.model)):
            p = Parameter(ctypes.sizeof(Parameter))
            self.check(self.c.fashion_mnist_Classifier_parameter(self.model, i, ctypes.byref(p)))
            shape = [p.extents[axis] for axis in range(p.rank)]
            memory = (ctypes.c_float * (p.bytes // 4)).from_address(p.data)
            views[p.name.decode()] = np.frombuffer(memory, np.float32).reshape(shape)
        return views

    def inference(self, images):
        scores = np.zeros((len(images), 10), np.float32)
        view, result = Tensor(images), Tensor(scores)
        call = self.c.fashion_mnist_logits
        context, model, view_p, result_p = self.context, self.model, ctypes.byref(view), ctypes.byref(result)

        def run():
            if call(context, model, view_p, result_p):
                self.check(1)
            return scores

        return run

    def training(self, images, labels):
        view, classes, loss = Tensor(images), Tensor(labels), ctypes.c_float()
        call, rate = self.c.fashion_mnist_train_step, ctypes.c_float(1e-3)
        fixed = (self.context, self.model, self.optimizer, ctypes.byref(view), ctypes.byref(classes), rate, ctypes.byref(loss))

        def run():
            if call(*fixed):
                self.check(1)
            return loss.value

        return run


class Eager(torch.nn.Module):
    def __init__(self, weights):
        super().__init__()
        self.fc1, self.fc2, self.fc3 = (torch.nn.Linear(*s) for s in ((784, 512), (512, 512), (512, 10)))
        self.load_state_dict({name: torch.from_numpy(value.copy()) for name, value in weights.items()})

    def forward(self, images):
        x = images.reshape(len(images), 784).float() / 255
        return self.fc3(torch.relu(self.fc2(torch.relu(self.fc1(x)))))


def eager_inference(model, images):
    images = torch.from_numpy(images)

    def run():
        with torch.inference_mode():
            return model(images)

    return run


def eager_training(model, images, labels):
    images, labels = torch.from_numpy(images), torch.from_numpy(labels).long()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, fused=True)

    def run():
        optimizer.zero_grad(set_to_none=True)
        loss = torch.nn.functional.cross_entropy(model(images), labels)
        loss.backward()
        optimizer.step()
        return loss

    return run


def one_round(run):
    times, start = [], time.perf_counter()
    while len(times) < 10 or time.perf_counter() - start < 0.2:
        before = time.perf_counter()
        run()
        times.append(time.perf_counter() - before)
    return 1e3 * float(np.median(times))


def compare(name, kiln, eager):
    for run in (kiln, eager):
        one_round(run)  # warm-up
    rounds = [(one_round(kiln), one_round(eager)) for _ in range(arguments.rounds)]
    ours, theirs = ([r[side] for r in rounds] for side in (0, 1))
    row = {"workload": name, "threads": arguments.threads, "kiln_ms": float(np.median(ours)), "kiln_range_ms": [min(ours), max(ours)],
           "eager_ms": float(np.median(theirs)), "eager_range_ms": [min(theirs), max(theirs)]}
    row["ratio"] = row["eager_ms"] / row["kiln_ms"]
    print(f"| {name} | {row['kiln_ms']:.3f} ({min(ours):.3f}-{max(ours):.3f}) | {row['eager_ms']:.3f} "
          f"({min(theirs):.3f}-{max(theirs):.3f}) | {row['ratio']:.2f} |", flush=True)
    return row


def cpu_name():
    for line in open("/proc/cpuinfo"):
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return "unknown"


def main():
    generator = np.random.default_rng(1)
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        print(f"{cpu_name()}, {arguments.threads} thread(s), torch {torch.__version__}\n")
        print("| workload | Kiln ms (range) | PyTorch eager ms (range) | times faster |\n|---|---|---|---|")
        for batch in (64, 1):
            images = generator.integers(0, 256, (batch, 28, 28), np.uint8)
            labels = generator.integers(0, 10, batch).astype(np.int32)
            kiln = Kiln(folder)
            eager = Eager(kiln.parameters())
            ours, theirs = kiln.inference(images), eager_inference(eager, images)
            worst = float(np.abs(ours() - theirs().numpy()).max())
            assert worst < 1e-5, f"logits differ by {worst}"
            rows.append(compare(f"inference, batch {batch}", ours, theirs))
            step, eager_step = kiln.training(images, labels), eager_training(eager, images, labels)
            for _ in range(5):
                loss, expected = step(), float(eager_step().detach())
                assert abs(loss - expected) < 1e-4 * abs(expected) + 1e-6, f"loss {loss}, PyTorch {expected}"
            rows.append(compare(f"training step, batch {batch}", step, eager_step))
    if arguments.json:
        pathlib.Path(arguments.json).write_text(json.dumps({"cpu": cpu_name(), "rows": rows}, indent=1) + "\n")


if __name__ == "__main__":
    sys.exit(main())
