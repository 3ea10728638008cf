"""What record.py builds case files from: filled inputs, and cases that are written as JSON, one a line."""
import json
import pathlib

import numpy as np
import torch

folder = pathlib.Path(__file__).resolve().parent
cases = {}
most_recorded = 40  # elements of one tensor; of a larger one every n-th is kept


def hashed(count, salt):
    """`count` 32-bit numbers: the finaliser of MurmurHash3 over position and salt (golden_values.h makes the same)."""
    with np.errstate(over="ignore"):
        h = np.arange(count, dtype=np.uint32) + np.uint32(salt * 0x9E3779B9 & 0xFFFFFFFF)
        h ^= h >> np.uint32(16)
        h *= np.uint32(0x85EBCA6B)
        h ^= h >> np.uint32(13)
        h *= np.uint32(0xC2B2AE35)
        h ^= h >> np.uint32(16)
    return h


class Filled:
    """An input that the test makes itself: the specification for the case file, and the values for PyTorch."""

    def __init__(self, specification, array):
        self.specification = specification
        self.array = array

    def torch(self, gradient=False):
        return torch.from_numpy(self.array.copy()).requires_grad_(gradient)


def real(shape, salt, scale=1.0):
    """f32 in [-scale, scale)."""
    shape = [shape] if isinstance(shape, int) else list(shape)
    count = int(np.prod(shape))
    unit = (hashed(count, salt) >> 8).astype(np.float32) * np.float32(2.0**-23) - np.float32(1)
    return Filled({"shape": shape, "salt": salt, "scale": scale}, (unit * np.float32(scale)).reshape(shape))


def below(shape, salt, bound, dtype=np.int64):
    """Integers in [0, bound)."""
    shape = [shape] if isinstance(shape, int) else list(shape)
    count = int(np.prod(shape))
    values = (hashed(count, salt) % np.uint32(bound)).astype(dtype).reshape(shape)
    return Filled({"shape": shape, "salt": salt, "below": bound}, values)


def number_text(value):
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    if isinstance(value, (int, np.integer)):
        return int(value)
    if np.isnan(value):
        return "nan"
    if np.isinf(value):
        return "inf" if value > 0 else "-inf"
    if isinstance(value, np.float32):
        return float(np.format_float_positional(value, unique=True) if value == 0 else f"{value:.9g}")
    return float(value)


def tensor_of(value, whole=False):
    """A result or a given input (`whole`) as it stands in a case file."""
    if isinstance(value, Filled):
        return value.specification
    if isinstance(value, torch.Tensor):
        value = value.detach()
        value = value.float().numpy() if value.dtype in (torch.bfloat16, torch.float16) else value.numpy()
    value = np.asarray(value)
    if value.ndim == 0:
        return number_text(value[()])
    flat = value.reshape(-1)
    recorded = {"shape": list(value.shape)}
    every = 1 if whole else len(flat) // most_recorded | 1
    if every > 1:
        recorded["every"] = every
    recorded["values"] = [number_text(element) for element in flat[::every]]
    return recorded


def case(program, call, arguments=None, results=None, name=None, fails=None, tolerance=None, dims=None, trains=None, only_recorded=False, unchecked=None):
    """Adds a call with what it must give; `fails` is a part of the message of a call that must not succeed.
    `unchecked` names results that are noise. `trains` is (result, rounds, factor): see Training in case_file.h."""
    one = {"call": call, "name": name or call, "arguments": {n: tensor_of(v, whole=True) for n, v in (arguments or {}).items()}}
    if dims:
        one["dims"] = dims
    if results:
        one["results"] = {n: tensor_of(v) for n, v in results.items()}
    if fails:
        one["fails"] = fails
    if only_recorded:
        one["only_recorded"] = True
    if trains:
        one["trains"] = dict(zip(("result", "rounds", "factor"), trains))
    if unchecked:
        one["unchecked"] = unchecked
    if tolerance:
        one["tolerance"] = tolerance
    cases.setdefault(program, []).append(one)


def write():
    for program, list_of_cases in cases.items():
        assert (folder / f"{program}.model").exists(), program
        text = ",\n".join(json.dumps(one) for one in list_of_cases)
        (folder / f"{program}.json").write_text(f"[\n{text}\n]\n")


def gradients(loss, *inputs, create_graph=False):
    """d loss / d input for each input; zeros where nothing flows."""
    found = torch.autograd.grad(loss, inputs, allow_unused=True, retain_graph=True, create_graph=create_graph)
    return [torch.zeros_like(x) if g is None else g for g, x in zip(found, inputs)]
