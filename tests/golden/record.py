"""Records what PyTorch computes for the golden tests: python3 tests/golden/record.py (needs torch and numpy).

Weights and inputs come from a hash, so that the recorded files hold results alone; golden_values.h makes the same numbers.
"""
import json
import pathlib

import numpy as np
import torch

torch.set_num_threads(1)
folder = pathlib.Path(__file__).resolve().parent


def hashed(count, salt):
    """`count` 32-bit numbers: the finaliser of MurmurHash3 over position and salt."""
    with np.errstate(over="ignore"):
        h = np.arange(count, dtype=np.uint32) + np.uint32(salt * 0x9E3779B9 & 0xFFFFFFFF)
        h ^= h >> np.uint32(16)
        h *= np.uint32(0x85EBCA6B)
        h ^= h >> np.uint32(13)
        h *= np.uint32(0xC2B2AE35)
        h ^= h >> np.uint32(16)
    return h


def reals(shape, salt, scale):
    """f32 in [-scale, scale)."""
    count = int(np.prod(shape))
    return ((hashed(count, salt) >> 8).astype(np.float32) * np.float32(2.0**-23) - np.float32(1)).reshape(shape) * np.float32(scale)


def integers(shape, salt, bound):
    count = int(np.prod(shape))
    return (hashed(count, salt) % np.uint32(bound)).astype(np.int64).reshape(shape)


class Mlp(torch.nn.Module):
    """samples/fashion_mnist: 784-512-512-10."""

    def __init__(self):
        super().__init__()
        self.fc1 = torch.nn.Linear(784, 512)
        self.fc2 = torch.nn.Linear(512, 512)
        self.fc3 = torch.nn.Linear(512, 10)
        with torch.no_grad():
            for number, layer in enumerate((self.fc1, self.fc2, self.fc3)):
                bound = 1 / np.sqrt(layer.in_features)
                layer.weight.copy_(torch.from_numpy(reals(layer.weight.shape, 2 * number + 1, bound)))
                layer.bias.copy_(torch.from_numpy(reals(layer.bias.shape, 2 * number + 2, bound)))

    def forward(self, images):
        x = images.reshape(len(images), 784).float() / 255
        return self.fc3(torch.relu(self.fc2(torch.relu(self.fc1(x)))))


def fashion_mnist():
    batch, steps = 64, 20
    model = Mlp()
    images = lambda step: torch.from_numpy(integers((batch, 28, 28), 100 + step, 256).astype(np.uint8))
    labels = lambda step: torch.from_numpy(integers((batch,), 200 + step, 10))
    with torch.no_grad():
        logits = model(images(0)[:8])
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    losses = []
    for step in range(steps):
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(model(images(step)), labels(step))
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return {"torch": torch.__version__, "logits": logits.tolist(), "losses": losses}


def write(name, value):
    path = folder / f"{name}.json"
    path.write_text(json.dumps(value, indent=1) + "\n")
    print(f"{path.name}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    write("fashion_mnist", fashion_mnist())
