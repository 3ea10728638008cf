"""Random expressions over rows that differ in length: `b` names the row, an index on the axis "T" runs over len[b].

The reference goes from row to row: a ragged tensor is a list of tensors, one for each row.
"""
import numpy as np
import torch

from random_expressions import ExpressionMaker
from random_grid import Grid, Node, Tensor, TooLarge, largest_reference


class RowGrid(Grid):
    """A grid within one row, whose index is a constant there and whose length is the dim "T"; or without a row."""

    def __init__(self, dims, lengths, row_index=None, row=None):
        super().__init__(dims | ({"T": lengths[row]} if row is not None else {}))
        self.lengths, self.row_index, self.row = lengths, row_index, row

    def index(self, name):
        if name == self.row_index:
            return torch.full([1] * len(self.indices), self.row)
        return super().index(name)

    def deeper(self, bound):
        """The grids that bind these as well: one, or one for each row where "B" is among them."""
        rows = [n for n, d in bound if d == "B"]
        within = self.indices + [(n, d) for n, d in bound if d != "B"]
        grids = [RowGrid(self.dims, self.lengths, rows[0], row) for row in range(len(self.lengths))] if rows else [
            RowGrid(self.dims, self.lengths, self.row_index, self.row)]
        for grid in grids:
            grid.indices = within
            if np.prod(grid.shape()) > largest_reference:
                raise TooLarge
        return grids


def row_of(scope):
    return next((n for n, d in scope if d == "B"), None)


def binders(scope, stated=True):
    row = row_of(scope)
    return ", ".join(f"{n}: {f'len[{row}]' if d == 'T' else d}" if stated else n for n, d in scope)


class RowExpressions(ExpressionMaker):
    def subscript_in_row(self, scope):
        """Of an axis as long as the row."""
        name = self.random.choice([n for n, d in scope if d == "T"])
        length = f"len[{row_of(scope)}]"
        r = self.random.random()
        if r < 0.6:
            return name, lambda g, v: g.index(name), False
        if r < 0.7:
            return f"{length} - 1 - {name}", lambda g, v: g.dims["T"] - 1 - g.index(name), False
        if r < 0.78:
            return f"({name} + 2) % {length}", lambda g, v: (g.index(name) + 2) % max(g.dims["T"], 1), False
        if r < 0.85:
            return f"{name} / 2", lambda g, v: g.index(name) // 2, False
        shift = self.random.choice([-1, 1, 2])
        return f"{name} {'+' if shift > 0 else '-'} {abs(shift)}", lambda g, v: g.index(name) + shift, True

    def can_read(self, tensor, scope):
        dims = [d for _, d in scope]
        return all(d in dims for d in tensor.axes if d in "BT")

    def read(self, scope):
        tensor = self.random.choice([t for t in self.tensors if not t.is_place and self.can_read(t, scope)])
        row = row_of(scope)
        is_ragged = "T" in tensor.axes
        subscripts = []
        for d in tensor.axes:
            if d == "B":
                subscripts.append((row, lambda g, v: g.index(row), False))
            else:
                subscripts.append(self.subscript_in_row(scope) if d == "T" else self.subscript(d, scope))
        is_padded = any(s[2] for s in subscripts)
        text = f"{tensor.name}[{', '.join(s[0] for s in subscripts)}{' else 0' if is_padded else ''}]" if tensor.axes else tensor.name

        def evaluate(g, v):
            value = v[tensor.name][g.row] if is_ragged else v[tensor.name]
            if not tensor.axes:
                return value.reshape([1] * len(g.indices))
            axes = list(zip(tensor.axes, subscripts))[1 if is_ragged else 0:]
            shape = torch.broadcast_shapes(*(s[1](g, v).shape for _, s in axes), [1] * len(g.indices))
            if 0 in value.shape:  # nothing there to read: all points, if any, are outside
                return torch.zeros(shape, dtype=torch.float64)
            inside, limited = torch.ones([1] * len(g.indices), dtype=torch.bool), []
            for d, s in axes:
                place = s[1](g, v)
                inside = inside & (place >= 0) & (place < g.dims[d])
                limited.append(place.clamp(0, g.dims[d] - 1))
            read = value[tuple(limited)]
            return torch.where(inside, read, torch.zeros((), dtype=read.dtype)) if is_padded else read

        return Node(text, evaluate)

    def reduction(self, scope, depth):
        if len(scope) >= 4:
            return self.read(scope)
        row = row_of(scope)
        if not row and self.random.random() < 0.6:
            bound = [(self.fresh("b"), "B"), (self.fresh("t"), "T")]
        else:
            count = 1 if len(scope) >= 3 or self.random.random() < 0.7 else 2
            bound = [(self.fresh("r"), self.random.choice("TTDE" if row else "DE")) for _ in range(count)]
        inner = scope + bound
        may_be_empty = any(d == "T" for _, d in bound)
        kind = self.random.choice(["sum", "sum", "sum", "max", "min", "prod"] + ([] if may_be_empty else ["mean"]))
        body = self.expression(inner, depth - 1)
        if may_be_empty:
            body = with_places_read(body, row or row_of(bound), [n for n, d in bound if d == "T"])
        condition = self.condition(inner, depth - 1) if self.random.random() < 0.35 and kind != "mean" else None
        is_clamped = kind in ("max", "min") and (may_be_empty or condition)
        spreads = [(n, c) for (n, _), c in zip(bound, (0.0131, 0.00077))]
        text = f"({body.text})"
        if kind in ("max", "min"):
            text = f"({body.text} + {' + '.join(f'f32({n}) * {c}' for n, c in spreads)})"
        if kind == "prod":
            text = f"(0.875 + 0.125 * tanh({body.text}))"
        where = f" where {condition.text}" if condition else ""
        own = row or row_of(bound)
        ranges = ", ".join(f"{n}: {f'len[{own}]' if d == 'T' else d}" for n, d in bound)
        text = f"({kind}[{ranges}{where}] {text})"
        if is_clamped:
            text = f"{kind}({text}, {'-3' if kind == 'max' else '3'})"

        def evaluate(g, v):
            values, masks = [], []
            for deeper in g.deeper(bound):
                value = body.evaluate(deeper, v)
                if kind in ("max", "min"):
                    for n, c in spreads:
                        value = value + deeper.index(n) * c
                if kind == "prod":
                    value = 0.875 + 0.125 * torch.tanh(value)
                mask = condition.evaluate(deeper, v) if condition else torch.ones([1] * len(deeper.indices), dtype=torch.bool)
                full = deeper.shape()
                shape = full[:len(g.indices)] + [int(np.prod(full[len(g.indices):]))]
                values.append(value.expand(full).reshape(shape))
                masks.append(mask.expand(full).reshape(shape))
            if not values:
                values, masks = [torch.zeros(g.shape() + [0], dtype=torch.float64)], [torch.ones(g.shape() + [0], dtype=torch.bool)]
            return folded(kind, torch.cat(values, -1), torch.cat(masks, -1), is_clamped)

        return Node(text, evaluate, 4 * body.cost)


def with_places_read(body, row, names):
    """With a read at each of the places, which gives the indices their range."""
    text = f"({body.text} + {' + '.join(f'0.125 * u[{row}, {n}]' for n in names)})"
    return Node(text, lambda g, v: body.evaluate(g, v) + 0.125 * sum(v["u"][g.row][g.index(n)] for n in names), body.cost)


def folded(kind, value, mask, is_clamped):
    if kind == "sum":
        return torch.where(mask, value, 0.0).sum(-1)
    if kind == "mean":
        return value.mean(-1)
    if kind == "prod":
        return torch.where(mask, value, 1.0).prod(-1)
    sign = 1.0 if kind == "max" else -1.0
    if is_clamped:  # the bound as one more candidate, behind all others
        bound = torch.full(list(value.shape[:-1]) + [1], -3.0 * sign, dtype=value.dtype)
        value, mask = torch.cat([value, bound], -1), torch.cat([mask, torch.ones_like(bound, dtype=torch.bool)], -1)
    return sign * torch.where(mask, sign * value, -torch.inf).max(-1).values
