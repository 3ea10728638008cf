"""Random statements that make one tensor of others: what models compute most."""
import numpy as np
import torch

from random_grid import Grid, Tensor, TooLarge, largest_reference


class StatementMaker:
    """Mixed into an ExpressionMaker."""

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
