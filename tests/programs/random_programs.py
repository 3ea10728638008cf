"""Random programs in index notation with what PyTorch makes of them: python3 random_programs.py FOLDER FIRST_SEED COUNT.

Each is a chain of tensors, variables and scatters that ends in a number, and its gradient with respect to all inputs. The
reference evaluates the same tree over the grid of all indices in scope, in f64. Then: KILN_PROGRAMS=FOLDER test_programs.
record.py keeps some of them beside the other programs.
"""
import pathlib
import random
import re
import sys

import numpy as np
import torch

import recording
from recording import below, real

sizes = {"N": (1, 2, 3, 5, 8, 17, 33, 64), "M": (1, 2, 4, 7, 16, 31, 65), "K": (1, 3, 4, 8, 9, 32)}
largest_reference = 400_000  # points of a grid


class Tensor:
    """A name of the program: its axes, named by dims."""

    def __init__(self, name, axes, is_place=None):
        self.name, self.axes, self.is_place = name, axes, is_place  # is_place: i32 places along this dim


class Grid:
    """The values of indices while the reference runs: index name -> its axis, in the order of binding."""

    def __init__(self, dims):
        self.dims, self.indices = dims, []

    def shape(self):
        return [self.dims[d] for _, d in self.indices]

    def index(self, name):
        at = [n for n, _ in self.indices].index(name)
        count = self.dims[self.indices[at][1]]
        return torch.arange(count).reshape([count if i == at else 1 for i in range(len(self.indices))])


class Node:
    """Text of the program, and a function (grid, values) -> tensor over the grid (broadcast)."""

    def __init__(self, text, evaluate, cost=1):
        self.text, self.evaluate, self.cost = text, evaluate, cost


def padded(value, rank):
    """A value over the first axes of the grid, over more of them."""
    return value.reshape(list(value.shape) + [1] * (rank - value.dim()))


class Maker:
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

    def statement(self):
        """Text lines and a function that changes the values."""
        makers = [self.plain_statement] * 6 + [self.contraction] * 4 + [self.best_places, self.inner_gradient, self.point_gradients, self.loop, self.branch, self.lifted, self.sorted]
        return self.random.choice(makers)()

    def contraction(self):
        """A sum of products as networks have it, with something around it."""
        left, right = (self.random.choice([t for t in self.tensors if not t.is_place and len(t.axes) >= 1]) for _ in range(2))
        shared = sorted(set(left.axes) & set(right.axes)) or [left.axes[-1]]
        summed = self.random.choice(shared)
        scope, names = [], []
        bound = self.fresh("r")
        reads = []
        for tensor in (left, right):
            subscripts, taken = [], False
            for d in tensor.axes:
                if d == summed and not taken:
                    subscripts.append(bound)
                    taken = True
                    continue
                free = [n for n, e in scope if e == d and n not in subscripts]
                if free and self.random.random() < 0.5:
                    subscripts.append(self.random.choice(free))
                else:
                    scope.append((self.fresh("i"), d))
                    subscripts.append(scope[-1][0])
            reads.append((tensor, subscripts))
        self.random.shuffle(scope)
        if len(scope) > 3:
            return self.plain_statement()
        epilogue = self.random.choice(["{}", "{} + 0.25", "max(0, {})", "sin({})", "{} * 0.5"])
        extra = self.read(scope) if scope and self.random.random() < 0.5 else None
        name = self.fresh("v")
        product = f"(sum[{bound}: {summed}] " + " * ".join(f"{t.name}[{', '.join(s)}]" for t, s in reads) + ")"
        inner = epilogue.format(product)
        text = f"tanh({inner}{' + ' + extra.text if extra else ''})"
        axes = [d for _, d in scope]
        self.tensors.append(Tensor(name, axes))

        def run(dims, v):
            g = Grid(dims)
            g.indices = scope
            deeper = Grid(dims)
            deeper.indices = scope + [(bound, summed)]
            if np.prod(deeper.shape()) > largest_reference:
                raise TooLarge
            value = 1.0
            for t, subscripts in reads:
                value = value * v[t.name][tuple(deeper.index(n) for n in subscripts)]
            total = value.expand(deeper.shape()).sum(-1)
            total = {"{}": lambda x: x, "{} + 0.25": lambda x: x + 0.25, "max(0, {})": lambda x: torch.where(x > 0, x, 0.0), "sin({})": torch.sin,
                     "{} * 0.5": lambda x: x * 0.5}[epilogue](total)
            v[name] = torch.tanh(total + (extra.evaluate(g, v) if extra else 0.0)).expand(g.shape())

        binders = ", ".join(f"{n}: {d}" for n, d in scope)
        return [f"let {name}{f'[{binders}]' if scope else ''} = {text}"], run

    def best_places(self):
        """argmax as places to read at."""
        over, along = self.random.sample("NMK", 2)
        i, r = self.fresh("i"), self.fresh("r")
        body = self.expression([(i, over), (r, along)], 2)
        name = self.fresh("k")
        kind = self.random.choice(["argmax", "argmin"])

        def run(dims, v):
            g = Grid(dims)
            g.indices = [(i, over), (r, along)]
            value = (body.evaluate(g, v) + 0.0131 * g.index(r)).expand(g.shape()).detach()
            v[name] = value.argmax(1) if kind == "argmax" else value.argmin(1)

        self.tensors.append(Tensor(name, [over], along))
        return [f"let {name}[{i}: {over}] = {kind}[{r}: {along}] ({body.text} + f32({r}) * 0.0131)"], run

    def scalar_expression(self, scope, used):
        body = self.expression(scope, 2)
        bound = [(self.fresh("r"), d) for d in used.axes]
        text = f"{body.text} * 0.5 + (sum[{', '.join(f'{n}: {d}' for n, d in bound)}] sin({used.name}[{', '.join(n for n, _ in bound)}]) * (1.5 + {body.text}))"
        return body, text

    def inner_gradient(self):
        """The gradient of a number in the middle of what is differentiated."""
        used = self.random.choice([t for t in self.tensors if not t.is_place and t.axes])
        body, text = self.scalar_expression([], used)
        name = self.fresh("v")

        def run(dims, v):
            inner = dict(v)
            inner[used.name] = fresh_variable(v[used.name])
            g = Grid(dims)
            b = body.evaluate(g, inner).reshape([])
            value = b * 0.5 + (torch.sin(inner[used.name]) * (1.5 + b)).sum()
            found, = torch.autograd.grad(value, inner[used.name], create_graph=True)
            v[name] = torch.tanh(found)

        self.tensors.append(Tensor(name, used.axes))
        g = self.fresh("g")
        return [f"let {g} = grad({used.name}) {{ {text} }}", f"let {name} = tanh({g})"], run

    def point_gradients(self):
        """One gradient for each point of a comprehension."""
        used = self.random.choice([t for t in self.tensors if not t.is_place and t.axes])
        i, d = self.fresh("i"), self.random.choice("NMK")
        if len(used.axes) > 2:
            return self.plain_statement()
        body, text = self.scalar_expression([(i, d)], used)
        name = self.fresh("v")

        def run(dims, v):
            inner = dict(v)
            inner[used.name] = fresh_variable(v[used.name])
            g = Grid(dims)
            g.indices = [(i, d)]
            b = body.evaluate(g, inner).expand(g.shape())
            values = b * 0.5 + torch.sin(inner[used.name]).sum() * (1.5 + b)
            rows = [torch.autograd.grad(value, inner[used.name], create_graph=True)[0] for value in values]
            v[name] = torch.tanh(torch.stack(rows))

        self.tensors.append(Tensor(name, [d] + used.axes))
        g = self.fresh("g")
        return [f"let {g}[{i}: {d}] = grad({used.name}) {{ {text} }}", f"let {name} = tanh({g})"], run

    def loop(self):
        axes = [self.random.choice("NMK") for _ in range(self.random.randint(1, 2))]
        scope = [(self.fresh("i"), d) for d in axes]
        start = self.read(scope)
        name, t = self.fresh("v"), self.fresh("t")
        variable = Tensor(name, axes)
        self.tensors.append(variable)
        body = self.expression(scope, 2)
        second = [(n + "n", d) for n, d in scope]
        binders = lambda list_: ", ".join(f"{n}: {d}" for n, d in list_)

        def run(dims, v):
            g = Grid(dims)
            g.indices = scope
            v[name] = start.evaluate(g, v).expand(g.shape()) * 1.0
            for k in range(3):
                v[name] = v[name] * 0.5 + torch.tanh(body.evaluate(g, v) + k * 0.25).expand(g.shape())

        plain = ", ".join(n for n, _ in second)
        return [f"var {name}: f32[{', '.join(axes)}] = for[{binders(second)}] {rename(start.text, scope, second)}",
                f"for {t} in 0..3 {{ {name}[{binders(scope)}] = {name}[{', '.join(n for n, _ in scope)}] * 0.5 + tanh({body.text} + f32({t}) * 0.25) }}"], run

    def branch(self):
        axes = [self.random.choice("NMK") for _ in range(self.random.randint(1, 2))]
        scopes = [[(self.fresh("i"), d) for d in axes] for _ in range(3)]
        start = self.read(scopes[0])
        decision = self.expression([], 2)
        name = self.fresh("v")
        yes, no = self.expression(scopes[1], 2), self.expression(scopes[2], 2)
        self.tensors.append(Tensor(name, axes))
        binders = lambda list_: ", ".join(f"{n}: {d}" for n, d in list_)

        def run(dims, v):
            g = Grid(dims)
            g.indices = scopes[0]
            value = start.evaluate(g, v).expand(g.shape()) * 1.0
            v[name] = value
            if decision.evaluate(Grid(dims), v).reshape([]) > 0.25:
                g.indices = scopes[1]
                v[name] = value + torch.tanh(yes.evaluate(g, v)).expand(g.shape())
            else:
                g.indices = scopes[2]
                v[name] = torch.tanh(no.evaluate(g, v)).expand(g.shape()) * 1.0

        return [f"var {name}: f32[{', '.join(axes)}] = for[{binders(scopes[0])}] {start.text}",
                f"if {decision.text} > 0.25 {{ {name}[{binders(scopes[1])}] += tanh({yes.text}) }} else {{ {name}[{binders(scopes[2])}] = tanh({no.text}) }}"], run

    def lifted(self):
        """A function over a pack, and operators on whole tensors."""
        tensor = self.random.choice([t for t in self.tensors if not t.is_place and t.axes])
        name = self.fresh("v")
        kind = self.random.choice(["softmax", "normalised", "mixed"])
        self.tensors.append(Tensor(name, tensor.axes))

        def run(dims, v):
            x = v[tensor.name]
            if kind == "softmax":
                v[name] = torch.softmax(x, -1)
            elif kind == "normalised":
                m = x.mean(-1, keepdim=True)
                v[name] = (x - m) * torch.rsqrt(((x - m)**2).mean(-1, keepdim=True) + 0.125)
            else:
                v[name] = torch.sin(x) * 0.5 - x * x + 1 / (1 + x * x)

        x = tensor.name
        return [f"let {name} = " + (f"{kind}({x})" if kind != "mixed" else f"sin({x}) * 0.5 - {x} * {x} + 1 / (1 + {x} * {x})")], run

    def sorted(self):
        tensor = self.random.choice([t for t in self.tensors if not t.is_place and t.axes])
        name, spread = self.fresh("v"), self.fresh("v")
        scope = [(self.fresh("i"), d) for d in tensor.axes]
        names = [n for n, _ in scope]
        self.tensors.append(Tensor(name, tensor.axes))

        def run(dims, v):
            x = v[tensor.name]
            v[name] = (x + torch.arange(x.shape[-1]) * 0.0131).sort(-1).values

        binders = ", ".join(f"{n}: {d}" for n, d in scope)
        return [f"let {spread}[{binders}] = {tensor.name}[{', '.join(names)}] + f32({names[-1]}) * 0.0131", f"let ({name}, _) = sort({spread})"], run

    def plain_statement(self):
        kind = self.random.random()
        rank = self.random.choice([1, 1, 2, 2, 3, 0])
        axes = [self.random.choice("NMK") for _ in range(rank)]
        scope = [(self.fresh("i"), d) for d in axes]
        body = self.expression(scope, 3)
        name = self.fresh("v")
        binders = ", ".join(f"{n}: {d}" for n, d in scope)

        def compute(dims, v, body=body, scope=scope):
            g = Grid(dims)
            g.indices = scope
            if np.prod(g.shape()) > largest_reference:
                raise TooLarge
            return (torch.tanh(body.evaluate(g, v)) * 1.5).expand(g.shape())

        text = f"tanh({body.text}) * 1.5"
        if kind < 0.6 or rank == 0:
            self.tensors.append(Tensor(name, axes))

            def run(dims, v):
                v[name] = compute(dims, v)

            return [f"let {name}{f'[{binders}]' if scope else ''} = {text}"], run
        # A variable that starts as a tensor and is changed at some cells.
        second_scope = [(self.fresh("i"), d) for d in axes]
        second = self.expression(second_scope, 2)
        extra = None
        subscripts, written = [], []
        for n, d in second_scope:
            places = [t for t in self.tensors if t.is_place == d and t.axes[0] in [e for _, e in second_scope]]
            r = self.random.random()
            if r < 0.25:
                subscripts.append(f"{d} - 1 - {n}")
                written.append(lambda g, v, n=n, d=d: g.dims[d] - 1 - g.index(n))
            elif r < 0.5 and places:
                place = self.random.choice(places)
                source = [m for m, e in second_scope if e == place.axes[0]][0]
                subscripts.append(f"{place.name}[{source}]")
                written.append(lambda g, v, p=place, s=source: v[p.name][g.index(s)])
            else:
                subscripts.append(n)
                written.append(lambda g, v, n=n: g.index(n))
        used = [n for n, _ in second_scope if any(n == s or f"- {n}" in s or f"[{n}]" in s for s in subscripts)]
        dropped = [n for n, _ in second_scope if n not in used]
        if dropped:  # an index must stand on the left
            subscripts = [n for n, _ in second_scope]
            written = [lambda g, v, n=n: g.index(n) for n, _ in second_scope]
        adds = self.random.random() < 0.6
        condition = self.condition(second_scope, 1) if self.random.random() < 0.3 else None
        self.tensors.append(Tensor(name, axes))
        # Ranges: stated where the index stands bare; else they follow from nothing, so state all.
        first_use = set()
        stated = []
        for s in subscripts:
            for n, d in second_scope:
                if s == n and n not in first_use:
                    s = f"{n}: {d}"
                    first_use.add(n)
                    break
            stated.append(s)
        if len(first_use) < len(second_scope):
            stated, written = [f"{n}: {d}" for n, d in second_scope], [lambda g, v, n=n: g.index(n) for n, _ in second_scope]

        def run(dims, v):
            base = compute(dims, v)
            v[name] = base
            g = Grid(dims)
            g.indices = second_scope
            value = torch.tanh(second.evaluate(g, v)).expand(g.shape())
            mask = (condition.evaluate(g, v) if condition else torch.ones([1] * rank, dtype=torch.bool)).expand(g.shape())
            places = torch.stack([w(g, v).expand(g.shape()) for w in written], -1).reshape(-1, rank)
            flat = torch.zeros(len(places), dtype=torch.int64)
            for axis, d in enumerate(axes):
                flat = flat * dims[d] + places[:, axis]
            value, mask = value.reshape(-1), mask.reshape(-1)
            out = base.reshape(-1)
            if adds:
                out = out.index_add(0, flat, torch.where(mask, value, 0.0))
            else:
                last = torch.full(out.shape, -1, dtype=torch.int64)
                for i in range(len(flat)):
                    if mask[i]:
                        last[flat[i]] = i
                out = torch.where(last >= 0, value[last.clamp(min=0)], out)
            v[name] = out.reshape(base.shape)

        where = f" where {condition.text}" if condition else ""
        return [f"var {name}: f32[{', '.join(axes)}] = for[{binders}] {text}", f"{name}[{', '.join(stated)}{where}] {'+=' if adds else '='} tanh({second.text})"], run

    def program(self, name):
        lines, runs = [], []
        for _ in range(self.random.randint(2, 5)):
            text, run = self.statement()
            lines += text
            runs.append(run)
        last = [t for t in self.tensors if not t.is_place][-1]
        made = [t for t in self.tensors if t.name[0] == "v"]  # all count, and every input is used
        total = " + ".join(f"0.25 * sum({t.name})" if t.axes else t.name for t in made)
        total = f"{total + ' + ' if total else ''}0.5 * sum(x) * sum(z) + sum(y)"
        body = "\n".join("    " + line for line in lines)
        text = f"""export fn {name}(x: f32[N, M], y: f32[M, K], z: f32[N], p: i32[N], q: i32[K]) -> loss: f32, dx: f32[N, M], dy: f32[M, K], dz: f32[N], last: f32{'[' + ', '.join(last.axes) + ']' if last.axes else ''}
    where N >= 1, M >= 1, K >= 1 {{
  let ((l, v), (gx, gy, gz)) = value_and_grad(x, y, z) {{
{body}
    return ({total}, {last.name})
  }}
  loss = l
  dx = gx
  dy = gy
  dz = gz
  last = v
}}
"""

        def reference(dims, arguments):
            v = {n: a.torch() for n, a in arguments.items()}
            for n in "xyz":
                v[n] = v[n].double().requires_grad_()
            inputs = [v[n] for n in "xyz"]
            for run in runs:
                run(dims, v)
            value = v[last.name]
            loss = sum((0.25 * v[t.name].sum() if t.axes else v[t.name].sum()) for t in made) + 0.5 * inputs[0].sum() * inputs[2].sum() + inputs[1].sum()
            dx, dy, dz = recording.gradients(loss, *inputs)
            return dict(loss=loss, dx=dx, dy=dy, dz=dz, last=value)

        return text, reference


prelude = """/// Random programs (random_programs.py).
fn square(x: f32) -> f32 = x * x
fn softmax(x: f32[...S, N]) -> y: f32[...S, N] {
  let top[...s] = max[j] x[...s, j]
  let e[...s, j] = exp(x[...s, j] - top[...s])
  y[...s, j] = e[...s, j] / sum[k] e[...s, k]
}
fn normalised(x: f32[...S, N]) -> y: f32[...S, N] where N >= 1 {
  let m[...s] = mean[j] x[...s, j]
  let v[...s] = mean[j] square(x[...s, j] - m[...s])
  y[...s, j] = (x[...s, j] - m[...s]) * rsqrt(v[...s] + 0.125)
}
"""


class TooLarge(Exception):
    pass


def rename(text, old, new):
    for (a, _), (b, _) in zip(old, new):
        text = re.sub(rf"\b{a}\b", b, text)
    return text


def fresh_variable(value):
    """What was computed from `value` before does not depend on the result."""
    return value * 1.0 if value.requires_grad else value.clone().requires_grad_()


def first_of(a, b, comes_first):
    return torch.where(comes_first(a, b), a, b)


def write(program, seeds):
    """A file of one function for each seed, with three calls of each."""
    texts = [prelude]
    for seed in seeds:
        text, reference = Maker(seed).program(f"p{seed}")
        texts.append(text)
        chooser = random.Random(seed)
        for number in range(3):
            dims = {d: chooser.choice(s) for d, s in sizes.items()}
            arguments = dict(x=real((dims["N"], dims["M"]), 5 * number + 1), y=real((dims["M"], dims["K"]), 5 * number + 2), z=real(dims["N"], 5 * number + 3),
                             p=below(dims["N"], 5 * number + 4, dims["M"]), q=below(dims["K"], 5 * number + 5, dims["N"]))
            try:
                results = reference(dims, arguments)
            except TooLarge:
                continue
            results = {n: t.float() for n, t in results.items()}
            recording.case(program, f"p{seed}", arguments, results, f"p{seed} {dims}", tolerance=1e-4)
    (recording.folder / f"{program}.model").write_text("\n".join(texts))


if __name__ == "__main__":
    recording.folder = pathlib.Path(sys.argv[1])
    first, count = int(sys.argv[2]), int(sys.argv[3])
    per_file = 8
    for start in range(first, first + count, per_file):
        write(f"random_{start}", range(start, min(start + per_file, first + count)))
    recording.write()
