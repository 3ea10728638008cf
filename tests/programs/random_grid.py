"""What random programs are made of: names, parts of programs that know their value, and the grid they are evaluated on."""
import re

import torch

largest_reference = 400_000  # points of a grid


class TooLarge(Exception):
    pass


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


def rename(text, old, new):
    for (a, _), (b, _) in zip(old, new):
        text = re.sub(rf"\b{a}\b", b, text)
    return text


def fresh_variable(value):
    """What was computed from `value` before does not depend on the result."""
    return value * 1.0 if value.requires_grad else value.clone().requires_grad_()


def first_of(a, b, comes_first):
    return torch.where(comes_first(a, b), a, b)
