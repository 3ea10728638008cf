"""Random programs over ragged tensors with what PyTorch makes of them, row by row: python3 random_ragged.py FOLDER FIRST_SEED COUNT.

Each is a chain of tensors, ragged (`f32[b: B, len[b], D]`) and dense, that ends in a number, and its gradient with respect to
all inputs. Rows may be empty, and there may be no rows. Then: KILN_PROGRAMS=FOLDER test_programs.
"""
import pathlib
import random
import sys

import numpy as np
import torch

import recording
from random_grid import Tensor, TooLarge, fresh_variable
from random_rows import RowExpressions, RowGrid, binders
from recording import Filled, below, real

extents = (1, 2, 3, 5, 8, 16, 17)
lengths = ([2, 0, 3], [4], [3, 3, 3], [1, 7, 2], [0, 0], [], [(7 * b + 3) % 6 for b in range(37)], [33, 16, 1, 40], [0, 9, 0, 0, 5, 8])


def type_of(axes):
    if "T" not in axes:
        return f"f32[{', '.join(axes)}]" if axes else "f32"
    return f"f32[{', '.join({'B': 'b: B', 'T': 'len[b]'}.get(d, d) for d in axes)}]"


class RaggedMaker(RowExpressions):
    def __init__(self, seed):
        super().__init__(seed)
        self.tensors = [Tensor("x", ["B", "T", "D"]), Tensor("u", ["B", "T"]), Tensor("w", ["D", "E"]), Tensor("z", ["B"]), Tensor("y", ["D"])]

    def of_axes(self, *wanted):
        return [t for t in self.tensors if t.axes == list(wanted)]

    def scope_of(self, axes):
        return [(self.fresh({"B": "b", "T": "t"}.get(d, "i")), d) for d in axes]

    def made(self, axes, prefix="v"):
        name = self.fresh(prefix)
        self.tensors.append(Tensor(name, axes))
        return name

    def statement(self):
        makers = [self.plain] * 6 + [self.product] * 3 + [self.scores, self.each_row, self.lifted, self.rounds, self.scatter, self.gradient,
                                                         self.weights_of_rows, self.padded]
        return self.random.choice(makers)()

    def plain(self):
        """A tensor of any axes."""
        axes = self.random.choice([["B", "T"], ["B", "T"], ["B", "T", "D"], ["B", "T", "E"], ["B"], ["B", "D"], ["D"], ["D", "E"], []])
        scope = self.scope_of(axes)
        body = self.expression(scope, 3)
        name = self.made(axes)

        def run(dims, v):
            v[name] = evaluated(dims, v, scope, lambda g: torch.tanh(body.evaluate(g, v)) * 1.5)

        return [f"let {name}{f'[{binders(scope)}]' if scope else ''} = tanh({body.text}) * 1.5"], run

    def product(self):
        """Rows times weights: one matrix product over all rows."""
        rows = self.random.choice(self.of_axes("B", "T", "D"))
        weights = self.random.choice(self.of_axes("D", "E"))
        scope = self.scope_of(["B", "T", "E"])
        extra = self.expression(scope, 1)
        name, k = self.made(["B", "T", "E"]), self.fresh("r")
        (b, _), (t, _), (e, _) = scope

        def run(dims, v):
            v[name] = evaluated(dims, v, scope, lambda g: torch.tanh(0.5 * (v[rows.name][g.row] @ v[weights.name]) + extra.evaluate(g, v)))

        return [f"let {name}[{b}, {t}, {e}: E] = tanh((sum[{k}] {rows.name}[{b}, {t}, {k}] * {weights.name}[{k}, {e}]) * 0.5 + {extra.text})"], run

    def weights_of_rows(self):
        """Over all places of all rows, as the gradient of a product with weights."""
        rows = self.random.choice(self.of_axes("B", "T", "D"))
        scope = self.scope_of(["D", "D"])
        (i, _), (j, _) = scope
        b, t = self.fresh("b"), self.fresh("t")
        factor = self.expression([(b, "B"), (t, "T"), (i, "D")], 1)
        name = self.made(["D", "D"])

        def run(dims, v):
            total = torch.zeros([dims["D"], dims["D"]], dtype=torch.float64)
            for row in range(len(v["len"])):
                g = RowGrid(dims, v["len"], b, row)
                g.indices = [(t, "T"), (i, "D")]
                total = total + (v[rows.name][row] * torch.tanh(factor.evaluate(g, v)).expand(g.shape())).T @ v[rows.name][row]
            v[name] = torch.tanh(total * 0.25)

        return [f"let {name}[{i}, {j}] = tanh(0.25 * sum[{b}, {t}] {rows.name}[{b}, {t}, {i}] * {rows.name}[{b}, {t}, {j}] * tanh({factor.text}))"], run

    def scores(self):
        """Each place of a row against each other one, and back."""
        rows = self.random.choice(self.of_axes("B", "T", "D"))
        s, name = self.fresh("s"), self.made(["B", "T", "D"])
        b, t, u, d = (self.fresh(p) for p in "btui")
        is_causal = self.random.random() < 0.5

        def run(dims, v):
            made = []
            for x in v[rows.name]:
                weights = torch.tanh(x @ x.T * 0.5)
                if is_causal:
                    weights = torch.tril(weights)
                made.append(torch.tanh(weights @ x))
            v[name] = made

        where = f" where {u} <= {t}" if is_causal else ""
        return [f"let {s}[{b}, {t}, {u}] = tanh(0.5 * sum[{d}] {rows.name}[{b}, {t}, {d}] * {rows.name}[{b}, {u}, {d}])",
                f"let {name}[{b}, {t}, {d}] = tanh(sum[{u}{where}] {s}[{b}, {t}, {u}] * {rows.name}[{b}, {u}, {d}])"], run

    def each_row(self):
        """A function of one row, for each of them."""
        kind = self.random.choice(["softmax", "running", "carry", "centred"])
        source = self.random.choice(self.of_axes(*(["B", "T", "D"] if kind == "centred" else ["B", "T"])))
        name = self.made({"centred": ["B", "T", "D"], "carry": ["B"]}.get(kind, ["B", "T"]))
        b = self.fresh("b")

        def of_row(x):
            if kind == "softmax":
                return torch.softmax(x, -1)
            if kind == "centred":
                return x - x.sum(0) / max(len(x), 1)
            carried, steps = torch.zeros((), dtype=torch.float64), []
            for value in x:
                carried = 0.5 * carried + torch.sin(value)
                steps.append(carried)
            return carried if kind == "carry" else torch.stack(steps) if steps else x

        def run(dims, v):
            rows = [of_row(x) for x in v[source.name]]
            v[name] = rows if kind != "carry" else torch.stack(rows) if rows else torch.zeros(0, dtype=torch.float64)

        return [f"let {name}[{b}] = {kind}({source.name}[{b}])"], run

    def lifted(self):
        source = self.random.choice([t for t in self.tensors if "T" in t.axes and not t.is_place])
        name = self.made(source.axes)
        x = source.name

        def run(dims, v):
            v[name] = [torch.sin(r) * 0.5 - r * r + 1 / (1 + r * r) for r in v[source.name]]

        return [f"let {name} = sin({x}) * 0.5 - {x} * {x} + 1 / (1 + {x} * {x})"], run

    def rounds(self):
        """A ragged variable that a loop hands on, and at the end changes at some places."""
        source = self.random.choice(self.of_axes("B", "T"))
        scope = self.scope_of(["B", "T"])
        (b, _), (t, _) = scope
        name, k = self.made(["B", "T"]), self.fresh("k")
        body = self.expression(scope, 2)
        bound, count = self.random.randint(0, 3), self.random.choice([0, 1, 3])

        def run(dims, v):
            v[name] = list(v[source.name])
            for step in range(count):
                v[name] = evaluated(dims, v, scope, lambda g: v[name][g.row] * 0.5 + torch.tanh(body.evaluate(g, v) + step * 0.25))
            v[name] = evaluated(dims, v, scope, lambda g: v[name][g.row] + (g.index(t) < bound).double())

        return [f"var {name} = {source.name}",
                f"for {k} in 0..{count} {{ {name}[{b}, {t}] = {name}[{b}, {t}] * 0.5 + tanh({body.text} + f32({k}) * 0.25) }}",
                f"{name}[{b}, {t} where {t} < {bound}] += 1"], run

    def scatter(self):
        """Each place of each row added where its number says."""
        scope = self.scope_of(["B", "T"])
        (b, _), (t, _) = scope
        body = self.expression(scope, 2)
        name = self.made(["D"])

        def run(dims, v):
            parts = evaluated(dims, v, scope, lambda g: torch.tanh(body.evaluate(g, v)))
            total = torch.zeros(dims["D"], dtype=torch.float64)
            for places, part in zip(v["p"], parts):
                total = total.index_add(0, places, part)
            v[name] = torch.tanh(total)

        sums = self.fresh("c")
        return [f"var {sums}: f32[D] = 0", f"{sums}[p[{b}, {t}]] += tanh({body.text})", f"let {name} = tanh({sums})"], run

    def gradient(self):
        """The gradient of a number in the middle of what is differentiated."""
        used = self.random.choice([t for t in self.tensors if not t.is_place and "T" in t.axes])
        scope = self.scope_of(used.axes)
        body = self.expression(scope, 2)
        name, g = self.made(used.axes), self.fresh("g")

        def run(dims, v):
            inner = dict(v)
            sizes = [len(r) for r in v[used.name]]
            packed = fresh_variable(torch.cat(v[used.name])) if sizes else None
            inner[used.name] = list(torch.split(packed, sizes)) if sizes else []
            values = evaluated(dims, inner, scope, lambda grid: torch.sin(inner[used.name][grid.row]) * (1.5 + body.evaluate(grid, inner)))
            found = recording.gradients(sum(value.sum() for value in values), packed, create_graph=True)[0] if sizes else None
            v[name] = [torch.tanh(r) for r in torch.split(found, sizes)] if sizes else []

        place = ", ".join(n for n, _ in scope)
        return [f"let {g} = grad({used.name}) {{ sum[{place}] sin({used.name}[{place}]) * (1.5 + {body.text}) }}", f"let {name} = tanh({g})"], run

    def padded(self):
        source = self.random.choice(self.of_axes("B", "T"))
        (b, _), (i, _) = scope = self.scope_of(["B", "D"])
        name = self.made(["B", "D"])

        def run(dims, v):
            rows = [torch.cat([r, torch.zeros(dims["D"], dtype=r.dtype)])[:dims["D"]] for r in v[source.name]]
            v[name] = torch.stack(rows) if rows else torch.zeros([0, dims["D"]], dtype=torch.float64)

        return [f"let {name}[{b}: B, {i}: D] = {source.name}[{b}, {i} else 0]"], run

    def program(self, name):
        lines, runs = [], []
        for _ in range(self.random.randint(2, 5)):
            text, run = self.statement()
            lines += text
            runs.append(run)
        made = [t for t in self.tensors if t.name[0] == "v"]
        last = made[-1]
        total = "".join(f"0.25 * sum({t.name}) + " if t.axes else f"{t.name} + " for t in made) + "0.5 * sum(x) + sum(u) + sum(w)"
        body = "\n".join("    " + line for line in lines)
        text = f"""export fn {name}(len: i32[B], x: f32[b: B, len[b], D], u: f32[b: B, len[b]], p: i32[b: B, len[b]], w: f32[D, E], z: f32[B], y: f32[D])
    -> loss: f32, dx: f32[b: B, len[b], D], du: f32[b: B, len[b]], dw: f32[D, E], last: {type_of(last.axes)}
    where D >= 1, E >= 1 {{
  let ((l, v), (gx, gu, gw)) = value_and_grad(x, u, w) {{
{body}
    return ({total}, {last.name})
  }}
  loss = l
  dx = gx
  du = gu
  dw = gw
  last = v
}}
"""

        def reference(dims, arguments):
            lens = [int(n) for n in arguments["len"].array]
            given = {n: a.torch() for n, a in arguments.items()}
            inputs = [given[n].double().requires_grad_() for n in "xuw"]
            split = lambda packed: list(torch.split(packed, lens)) if lens else []
            v = dict(len=lens, x=split(inputs[0]), u=split(inputs[1]), w=inputs[2], z=given["z"].double(), y=given["y"].double(), p=split(given["p"]))
            for run in runs:
                run(dims, v)
            summed = lambda value: sum((r.sum() for r in value), torch.zeros((), dtype=torch.float64)) if isinstance(value, list) else value.sum()
            loss = sum((0.25 if t.axes else 1.0) * summed(v[t.name]) for t in made) + 0.5 * inputs[0].sum() + inputs[1].sum() + inputs[2].sum()
            value = v[last.name]
            if isinstance(value, list):
                features = [dims[d] for d in last.axes[2:]]
                value = torch.cat(value) if value else torch.zeros([0] + features)
            return dict(zip(("loss", "dx", "du", "dw", "last"), (loss, *recording.gradients(loss, *inputs), value)))

        return text, reference


def evaluated(dims, v, scope, of_grid):
    """Over the grid of a scope: a list of rows if it has ragged axes, else a tensor."""
    if not scope or scope[0][1] != "B":
        g = RowGrid(dims, v["len"])
        g.indices = scope
        return of_grid(g).expand(g.shape())
    rows = []
    for row in range(len(v["len"])):
        g = RowGrid(dims, v["len"], scope[0][0], row)
        g.indices = scope[1:]
        rows.append(of_grid(g).expand(g.shape()))
    if any(d == "T" for _, d in scope):
        return rows
    return torch.stack(rows) if rows else torch.zeros([0] + [dims[d] for _, d in scope[1:]], dtype=torch.float64)


prelude = """/// Random programs over ragged tensors (random_ragged.py).
fn square(x: f32) -> f32 = x * x
fn softmax(x: f32[N]) -> y: f32[N] {
  let top = max[j] x[j]
  let e[j] = exp(x[j] - top)
  y[j] = e[j] / sum[k] e[k]
}
fn running(x: f32[T]) -> y: f32[T] {
  var a: f32 = 0
  y = x
  for t in 0..T {
    a = 0.5 * a + sin(x[t])
    y[t] = a
  }
}
fn carry(x: f32[T]) -> y: f32 {
  var a: f32 = 0
  for t in 0..T { a = 0.5 * a + sin(x[t]) }
  y = a
}
fn centred(x: f32[T, D]) -> y: f32[T, D] {
  y[t, d] = x[t, d] - (sum[s] x[s, d]) / f32(max(T, 1))
}
"""


def write(program, seeds, count=3):
    """A file of one function for each seed, with calls of each."""
    texts = [prelude]
    for seed in seeds:
        text, reference = RaggedMaker(seed).program(f"p{seed}")
        texts.append(text)
        chooser = random.Random(seed)
        for number in range(count):
            lens = chooser.choice(lengths)
            total, dims = sum(lens), {"B": len(lens), "D": chooser.choice(extents), "E": chooser.choice(extents)}
            arguments = dict(len=Filled({"shape": [len(lens)], "values": lens}, np.array(lens, np.int32)), x=real((total, dims["D"]), 5 * number + 1),
                             u=real(total, 5 * number + 2), p=below(total, 5 * number + 3, dims["D"]), w=real((dims["D"], dims["E"]), 5 * number + 4),
                             z=real(len(lens), 5 * number + 5), y=real(dims["D"], 5 * number + 6))
            try:
                results = reference(dims, arguments)
            except TooLarge:
                continue
            results = {n: t.float() for n, t in results.items()}
            recording.case(program, f"p{seed}", arguments, results, f"p{seed} {lens if len(lens) < 8 else len(lens)} {dims}", tolerance=1e-4)
    (recording.folder / f"{program}.model").write_text("\n".join(texts))


if __name__ == "__main__":
    recording.folder = pathlib.Path(sys.argv[1])
    first, count = int(sys.argv[2]), int(sys.argv[3])
    for start in range(first, first + count, 8):
        write(f"ragged_{start}", range(start, min(start + 8, first + count)))
    recording.write()
