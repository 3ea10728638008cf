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

import kiln_library

torch.set_num_threads(arguments.threads)


class Kiln:
    def __init__(self, folder):
        model = root / "samples/fashion_mnist/fashion_mnist.model"
        self.library = kiln_library.build(arguments.kilnc, model, folder).open(arguments.threads)
        self.model = self.library.model("Classifier", seed=1)
        self.optimizer = self.library.model("Optimizer", seed=2)

    def inference(self, images):
        scores = np.zeros((len(images), 10), np.float32)
        call = self.library.call("logits", self.model, images, scores)

        def run():
            call()
            return scores

        return run

    def training(self, images, labels):
        loss = np.zeros((), np.float32)
        call = self.library.call("train_step", self.model, self.optimizer, images, labels, ctypes.c_float(1e-3), loss)

        def run():
            call()
            return float(loss)

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
            eager = Eager(kiln.model.parameters())
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
