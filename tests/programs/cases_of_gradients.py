"""Cases of gradients.model: gradients of whole models in f64.

To record these alone: PYTHONPATH=tests/programs python3 tests/programs/cases_of_gradients.py
"""
import numpy as np
import torch

import recording
from recording import below, case, real

# Both sides compute in f64 and differ in the order of their sums and the last bits of their functions: about 1e-16
# for each of some thousand operations. Relative to the largest element of a tensor, or 1.
tolerance = 1e-11


def shapes_of_dense(name, inputs, outputs):
    return {f"{name}.weight": (outputs, inputs), f"{name}.bias": (outputs,)}


def shapes_of_norm(name, count):
    return {f"{name}.weight": (count,), f"{name}.bias": (count,)}


perceptron = shapes_of_dense("fc1", 7, 11) | shapes_of_dense("fc2", 11, 5) | shapes_of_dense("fc3", 5, 3)
images = {"conv1.weight": (4, 2, 3, 3), "conv2.weight": (3, 4, 3, 3)} | shapes_of_norm("norm1", 4) | shapes_of_norm("norm2", 3) | shapes_of_dense("head", 3, 3)
block = shapes_of_norm("norm1", 8) | shapes_of_norm("norm2", 8) | shapes_of_dense("up", 8, 16) | shapes_of_dense("down", 16, 8)
for name in ("query", "key", "value", "out"):
    block |= shapes_of_dense(name, 8, 8)
lstm = shapes_of_dense("input", 3, 20) | shapes_of_dense("hidden", 5, 20) | shapes_of_dense("head", 5, 2)
bags = {"table": (13, 4)} | shapes_of_dense("head", 4, 3)


def leaves_of(shapes, salt):
    return {name: real(shape, salt + i, 0.7) for i, (name, shape) in enumerate(shapes.items())}


def dense(m, name, x):
    return x @ m[name + ".weight"].T + m[name + ".bias"]


def perceptron_loss(m, x, labels):
    h = torch.relu(dense(m, "fc1", x))
    return torch.nn.functional.cross_entropy(dense(m, "fc3", torch.tanh(dense(m, "fc2", h))), labels)


def images_loss(m, x, labels):
    f = torch.nn.functional
    norm = lambda name, z: f.batch_norm(z, None, None, m[name + ".weight"], m[name + ".bias"], training=True, eps=1e-5)
    a = torch.relu(norm("norm1", f.conv2d(x, m["conv1.weight"], padding=1)))
    b = torch.relu(norm("norm2", f.conv2d(f.max_pool2d(a, 2), m["conv2.weight"], padding=1, stride=2)))
    return f.cross_entropy(dense(m, "head", b.mean((2, 3))), labels)


def block_loss(m, x, c):
    f = torch.nn.functional
    norm = lambda name, z: f.layer_norm(z, (8,), m[name + ".weight"], m[name + ".bias"], eps=1e-5)
    z = norm("norm1", x)
    heads = lambda name: dense(m, name, z).reshape(*x.shape[:2], 2, 4).transpose(1, 2)
    scores = heads("query") @ heads("key").transpose(2, 3) / 2
    scores = scores.masked_fill(torch.ones(x.shape[1], x.shape[1], dtype=torch.bool).triu(1), -torch.inf)
    y = torch.softmax(scores, -1) @ heads("value")
    r = x + dense(m, "out", y.transpose(1, 2).reshape(x.shape))
    return (c * (r + dense(m, "down", f.gelu(dense(m, "up", norm("norm2", r)))))).sum()


def lstm_loss(m, x, y):
    h, c = torch.zeros(len(x), 5, dtype=torch.float64), torch.zeros(len(x), 5, dtype=torch.float64)
    for t in range(x.shape[1]):
        i, f, g, o = (dense(m, "input", x[:, t]) + dense(m, "hidden", h)).chunk(4, 1)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        h = torch.sigmoid(o) * torch.tanh(c)
    return ((dense(m, "head", h) - y)**2).mean()


def bags_loss(m, lengths, words, labels):
    offsets = torch.tensor(np.concatenate([[0], np.cumsum(lengths)[:-1]]))
    bag = torch.nn.functional.embedding_bag(words, m["table"], offsets, mode="mean")
    return torch.nn.functional.cross_entropy(dense(m, "head", torch.tanh(bag)), labels)


def gradient_case(function, shapes, loss, given, differentiated=(), curved=False, name=None):
    """`given`: what the loss reads beside the model, by name; of these `differentiated` have results `d…`."""
    leaves = leaves_of(shapes, 1)
    m = {n: leaf.torch().double().requires_grad_() for n, leaf in leaves.items()}
    values = {n: v.torch() if isinstance(v, recording.Filled) else torch.as_tensor(v) for n, v in given.items()}
    values = {n: v.double() if v.is_floating_point() else v.long() for n, v in values.items()}
    for n in differentiated:
        values[n].requires_grad_()
    arguments = given | {f"m.{n}": leaf for n, leaf in leaves.items()}
    inputs = list(m.values()) + [values[n] for n in differentiated]
    total = loss(m, *values.values())
    found = recording.gradients(total, *inputs, create_graph=curved)
    results = {f"m.{n}": g for n, g in zip(m, found)} | {f"d{n}": g for n, g in zip(differentiated, found[len(m):])}
    name = name or function
    case("gradients", function, arguments, results | {"loss": total}, name, tolerance=tolerance)
    if not curved:
        return
    direction = leaves_of(shapes, 101)
    along = sum((g * direction[n].torch().double()).sum() for n, g in zip(m, found))
    product = recording.gradients(along, *m.values())
    arguments |= {f"v.{n}": leaf for n, leaf in direction.items()}
    case("gradients", function + "_curved", arguments, {f"m.{n}": h for n, h in zip(m, product)}, name + " curved", tolerance=tolerance)


def record():
    for b in (1, 6):
        gradient_case("perceptron", perceptron, perceptron_loss, dict(x=real((b, 7), 51), labels=below(b, 52, 3)), curved=True, name=f"perceptron {b}")
    for n, h, w in ((3, 8, 8), (2, 7, 9)):
        gradient_case("images", images, images_loss, dict(x=real((n, 2, h, w), 53), labels=below(n, 54, 3)), name=f"images {n} {h} {w}")
    for b, t in ((1, 1), (2, 5)):
        gradient_case("block", block, block_loss, dict(x=real((b, t, 8), 55), c=real((b, t, 8), 56)), ["x"], curved=True, name=f"block {b} {t}")
    for b, t in ((1, 1), (3, 7)):
        gradient_case("lstm", lstm, lstm_loss, dict(x=real((b, t, 3), 57), y=real((b, 2), 58)), ["x"], curved=True, name=f"lstm {b} {t}")
    for lengths in ((2,), (3, 0, 5, 1)):
        words = below(sum(lengths), 59, 13)
        gradient_case("bags", bags, bags_loss, dict(len=np.array(lengths), words=words, labels=below(len(lengths), 60, 3)), name=f"bags {len(lengths)}")


if __name__ == "__main__":
    record()
    recording.write()
