"""Random contractions with what PyTorch makes of them: python3 random_contractions.py FOLDER FIRST_SEED COUNT.

Operands and results have their axes in any order, up to two of each kind (batch, rows, columns, summed), something around the
product, and in a part of them the gradients. Then: KILN_PROGRAMS=FOLDER test_programs.
"""
import pathlib
import random
import sys

import numpy as np
import torch

import recording
from recording import case, real

extents = (1, 2, 3, 5, 8, 16, 17, 33, 64, 100)
most_points = 150_000
epilogues = {"{}": lambda p, v: p, "max(0, {})": lambda p, v: torch.clamp(p, min=0), "tanh({})": lambda p, v: torch.tanh(p),
             "{} * 0.5 + bias": lambda p, v: p * 0.5 + v, "{} + bias": lambda p, v: p + v}


def type_of(axes):
    return "f32" + (f"[{', '.join(dim for _, dim in axes)}]" if axes else "")


def access(name, axes):
    return name + (f"[{', '.join(index for index, _ in axes)}]" if axes else "")


class Contraction:
    def __init__(self, seed):
        chosen = random.Random(seed)
        some = lambda index, dim, counts: [(f"{index}{i}", f"{dim}{i}") for i in range(chosen.choice(counts))]
        shuffled = lambda axes: chosen.sample(axes, len(axes))
        batch, rows, columns, summed = some("b", "Q", [0, 0, 1, 1, 2]), some("m", "A", [0, 1, 1, 2]), some("n", "B", [0, 1, 1, 2]), some("k", "C", [1, 1, 1, 2, 2])
        self.name = f"e{seed}"
        self.all = batch + rows + columns + summed
        self.left, self.right, self.out = shuffled(batch + rows + summed), shuffled(batch + columns + summed), shuffled(batch + rows + columns)
        self.epilogue = chosen.choice(list(epilogues))
        self.bias = [axis for axis in self.out if chosen.random() < 0.5]
        self.with_gradients = chosen.random() < 0.25
        self.order = shuffled(summed)

    def text(self):
        binders = lambda axes: f"[{', '.join(f'{i}: {d}' for i, d in axes)}]" if axes else ""
        product = f"(sum{binders(self.order)} {access('x', self.left)} * {access('y', self.right)})"
        body = self.epilogue.replace("bias", access("v", self.bias)).format(product)
        head = f"export fn {self.name}(x: {type_of(self.left)}, y: {type_of(self.right)}, v: {type_of(self.bias)}) -> z: {type_of(self.out)}"
        where = "    where " + ", ".join(f"{d} >= 1" for _, d in self.all)
        if not self.with_gradients:
            return f"{head}\n{where} {{\n  let r{binders(self.out)} = {body}\n  z = r\n}}\n"
        total = "sum(sin(r))" if self.out else "sin(r)"
        return f"""{head}, dx: {type_of(self.left)}, dy: {type_of(self.right)}
{where} {{
  let ((_, q), (gx, gy)) = value_and_grad(x, y) {{
    let r{binders(self.out)} = {body}
    return ({total}, r)
  }}
  z = q
  dx = gx
  dy = gy
}}
"""

    def expected(self, size, x, y, v):
        x, y = x.double().requires_grad_(), y.double().requires_grad_()
        letters = {index: chr(97 + i) for i, (index, _) in enumerate(self.all)}
        of = lambda axes: "".join(letters[index] for index, _ in axes)
        # The bias has its axes in the order of the result.
        bias = v.double().reshape([size[d] if (i, d) in self.bias else 1 for i, d in self.out])
        z = epilogues[self.epilogue](torch.einsum(f"{of(self.left)},{of(self.right)}->{of(self.out)}", x, y), bias)
        results = dict(z=z.float())
        if self.with_gradients:
            results["dx"], results["dy"] = (g.float() for g in recording.gradients(torch.sin(z).sum(), x, y))
        return results

    def add_cases(self, program, seed, count=6):
        for number in range(count):
            chosen = random.Random(seed * 100 + number)
            while True:
                size = {d: chosen.choice(extents[:4] if d[0] == "Q" else extents) for _, d in self.all}
                if np.prod(list(size.values())) <= most_points:
                    break
            shape = lambda axes: [size[d] for _, d in axes]
            arguments = dict(x=real(shape(self.left), 3 * number + 1), y=real(shape(self.right), 3 * number + 2), v=real(shape(self.bias), 3 * number + 3))
            case(program, self.name, arguments, self.expected(size, *(a.torch() for a in arguments.values())), f"{self.name} {size}", tolerance=1e-4)


def write(program, seeds, count=6):
    """A file of one function for each seed."""
    texts = ["/// Random contractions (random_contractions.py).\n"]
    for seed in seeds:
        contraction = Contraction(seed)
        contraction.add_cases(program, seed, count)
        texts.append(contraction.text())
    (recording.folder / f"{program}.model").write_text("\n".join(texts))


if __name__ == "__main__":
    recording.folder = pathlib.Path(sys.argv[1])
    first, last = int(sys.argv[2]), int(sys.argv[2]) + int(sys.argv[3])
    for start in range(first, last, 8):
        write(f"contractions_{start}", range(start, min(start + 8, last)))
    recording.write()
