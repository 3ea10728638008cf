"""Random expressions over the indices in scope, with their values in f64."""
import random

import numpy as np
import torch

from random_grid import Grid, Node, Tensor, TooLarge, first_of, largest_reference


class ExpressionMaker:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.counter = 0
        self.tensors = [Tensor("x", ["N", "M"]), Tensor("y", ["M", "K"]), Tensor("z", ["N"]), Tensor("p", ["N"], "M"), Tensor("q", ["K"], "N")]

    def fresh(self, prefix):
        self.counter += 1
        return f"{prefix}{self.counter}"

    # An index subscript in [0, dim) of an axis, as (text, evaluate), or with padding (text, evaluate, True).
    def subscript(self, dim, scope):
        same = [n for n, d in scope if d == dim]
        others = [(n, d) for n, d in scope if d != dim]
        r = self.random.random()
        if same and r < 0.6:
            name = self.random.choice(same)
            return name, lambda g, v: g.index(name), False
        if same and r < 0.7:
            name = self.random.choice(same)
            return f"{dim} - 1 - {name}", lambda g, v: g.dims[dim] - 1 - g.index(name), False
        if same and r < 0.78:
            name, shift = self.random.choice(same), self.random.randint(1, 3)
            return f"({name} + {shift}) % {dim}", lambda g, v: (g.index(name) + shift) % g.dims[dim], False
        if same and r < 0.84:
            name = self.random.choice(same)
            return f"{name} / 2", lambda g, v: g.index(name) // 2, False
        if same and r < 0.93:
            name, shift = self.random.choice(same), self.random.choice([-2, -1, 1, 2])
            return f"{name} {'+' if shift > 0 else '-'} {abs(shift)}", lambda g, v: g.index(name) + shift, True
        places = [t for t in self.tensors if t.is_place == dim and any(d == t.axes[0] for _, d in scope)]
        if places:
            place = self.random.choice(places)
            name = self.random.choice([n for n, d in scope if d == place.axes[0]])
            return f"{place.name}[{name}]", lambda g, v: v[place.name][g.index(name)], False
        if others:
            name, _ = self.random.choice(others)
            return f"{name} % {dim}", lambda g, v: g.index(name) % g.dims[dim], False
        if same:
            name = same[0]
            return name, lambda g, v: g.index(name), False
        return "0", lambda g, v: torch.zeros([1] * len(g.indices), dtype=torch.int64), False

    def read(self, scope):
        tensor = self.random.choice([t for t in self.tensors if not t.is_place])
        subscripts = [self.subscript(d, scope) for d in tensor.axes]
        is_padded = any(s[2] for s in subscripts)
        text = f"{tensor.name}[{', '.join(s[0] for s in subscripts)}{' else 0' if is_padded else ''}]" if tensor.axes else tensor.name

        def evaluate(g, v):
            value = v[tensor.name]
            if not tensor.axes:
                return value.reshape([1] * len(g.indices))
            places = [s[1](g, v) for s in subscripts]
            inside = torch.ones([1] * len(g.indices), dtype=torch.bool)
            limited = []
            for place, dim in zip(places, tensor.axes):
                inside = inside & (place >= 0) & (place < g.dims[dim])
                limited.append(place.clamp(0, g.dims[dim] - 1))
            read = value[tuple(limited)]
            return torch.where(inside, read, torch.zeros((), dtype=read.dtype)) if is_padded else read

        return Node(text, evaluate)

    def condition(self, scope, depth):
        if scope and self.random.random() < 0.6:
            name, _ = self.random.choice(scope)
            if len(scope) > 1 and self.random.random() < 0.5:
                other, _ = self.random.choice(scope)
                op = self.random.choice(["<", "<=", "!="])
                test = {"<": torch.lt, "<=": torch.le, "!=": torch.ne}[op]
                return Node(f"{name} {op} {other}", lambda g, v: test(g.index(name), g.index(other)))
            if self.random.random() < 0.5:
                return Node(f"{name} % 3 != 1", lambda g, v: g.index(name) % 3 != 1)
            bound = self.random.randint(0, 4)
            return Node(f"{name} < {bound}", lambda g, v: g.index(name) < bound)
        a = self.expression(scope, depth - 1)
        return Node(f"({a.text}) > 0.125", lambda g, v: a.evaluate(g, v) > 0.125)

    def expression(self, scope, depth):
        r = self.random.random()
        if depth <= 0:
            if r < 0.8:
                return self.read(scope)
            if scope and r < 0.9:
                name, _ = self.random.choice(scope)
                return Node(f"f32({name}) * 0.125", lambda g, v: g.index(name).double() * 0.125)
            c = self.random.choice([0.5, -1.5, 2.0, 0.25])
            return Node(f"({c})", lambda g, v: torch.full([1] * len(g.indices), c, dtype=torch.float64))
        if r < 0.15:
            return self.read(scope)
        if r < 0.35:
            f, g_ = self.random.choice([("sin", torch.sin), ("tanh", torch.tanh), ("sigmoid", torch.sigmoid), ("abs", torch.abs), ("cos", torch.cos), ("erf", torch.erf)])
            a = self.expression(scope, depth - 1)
            return Node(f"{f}({a.text})", lambda g, v: g_(a.evaluate(g, v)), a.cost)
        if r < 0.40:
            a = self.expression(scope, depth - 1)
            return Node(f"sqrt(1 + square({a.text}))", lambda g, v: torch.sqrt(1 + a.evaluate(g, v)**2), a.cost)
        if r < 0.62:
            op = self.random.choice("+-**/")
            a, b = self.expression(scope, depth - 1), self.expression(scope, depth - 1)
            if op == "/":
                return Node(f"({a.text}) / (1 + square({b.text}))", lambda g, v: a.evaluate(g, v) / (1 + b.evaluate(g, v)**2), a.cost + b.cost)
            apply = {"+": torch.add, "-": torch.sub, "*": torch.mul}[op]
            return Node(f"(({a.text}) {op} ({b.text}))", lambda g, v: apply(a.evaluate(g, v), b.evaluate(g, v)), a.cost + b.cost)
        if r < 0.70:
            a, b = self.expression(scope, depth - 1), self.expression(scope, depth - 1)
            if self.random.random() < 0.5:
                return Node(f"max({a.text}, {b.text})", lambda g, v: first_of(a.evaluate(g, v), b.evaluate(g, v), torch.ge), a.cost + b.cost)
            return Node(f"min({a.text}, {b.text})", lambda g, v: first_of(a.evaluate(g, v), b.evaluate(g, v), torch.le), a.cost + b.cost)
        if r < 0.78:
            c = self.condition(scope, depth)
            a, b = self.expression(scope, depth - 1), self.expression(scope, depth - 1)
            return Node(f"(if {c.text} {{ {a.text} }} else {{ {b.text} }})", lambda g, v: torch.where(c.evaluate(g, v), a.evaluate(g, v), b.evaluate(g, v)), a.cost + b.cost)
        return self.reduction(scope, depth)

    def reduction(self, scope, depth):
        if len(scope) >= 4:
            return self.read(scope)
        count = 1 if len(scope) >= 3 or self.random.random() < 0.7 else 2
        bound = [(self.fresh("r"), self.random.choice("NMK")) for _ in range(count)]
        inner = scope + bound
        kind = self.random.choice(["sum", "sum", "sum", "mean", "max", "min", "prod"])
        body = self.expression(inner, depth - 1)
        condition = self.condition(inner, depth - 1) if self.random.random() < 0.35 and kind not in ("mean",) else None
        spread = " + ".join(f"f32({n}) * {c}" for (n, _), c in zip(bound, (0.0131, 0.00077)))
        text = f"({body.text})"
        if kind in ("max", "min"):
            text = f"({body.text} + {spread})"
        if kind == "prod":
            text = f"(0.875 + 0.125 * tanh({body.text}))"
        where = f" where {condition.text}" if condition else ""
        binders = ", ".join(f"{n}: {d}" for n, d in bound)
        text = f"({kind}[{binders}{where}] {text})"
        if kind in ("max", "min") and condition:
            text = f"{'max' if kind == 'max' else 'min'}({text}, {'-3' if kind == 'max' else '3'})"

        def evaluate(g, v):
            outer = len(g.indices)
            deeper = Grid(g.dims)
            deeper.indices = g.indices + bound
            if np.prod(deeper.shape()) > largest_reference:
                raise TooLarge
            lifted = {n: t for n, t in v.items()}
            value = body.evaluate(deeper, lifted)
            if kind in ("max", "min"):
                for (n, _), c in zip(bound, (0.0131, 0.00077)):
                    value = value + deeper.index(n) * c
            if kind == "prod":
                value = 0.875 + 0.125 * torch.tanh(value)
            mask = condition.evaluate(deeper, lifted) if condition else torch.ones([1] * len(deeper.indices), dtype=torch.bool)
            full = deeper.shape()
            shape = full[:outer] + [-1]
            value = value.expand(full).reshape(shape)
            mask = mask.expand(full).reshape(shape)
            if kind == "sum":
                return torch.where(mask, value, 0.0).sum(-1)
            if kind == "mean":
                return value.mean(-1)
            if kind == "prod":
                return torch.where(mask, value, 1.0).prod(-1)
            if kind == "max":
                top = torch.where(mask, value, -torch.inf).max(-1).values
                return torch.where(top >= -3, top, -3.0) if condition else top
            least = torch.where(mask, value, torch.inf).min(-1).values
            return torch.where(least <= 3, least, 3.0) if condition else least

        return Node(text, evaluate, 4 * body.cost)
