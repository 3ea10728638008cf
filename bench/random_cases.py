"""Random contractions, convolutions, reductions and attentions of sizes that nobody tuned for: one case for each seed.

A case is a function in Kiln, its inputs, and what PyTorch's eager mode calls for the same. Extents are tiny, odd, prime, tall or
large; dims stay symbolic in Kiln but for channels, windows and groups of convolutions.
"""
import dataclasses
import random

import torch
import torch.nn.functional as F

MOST_FLOPS = 1.5e9
MOST_ELEMENTS = 1.2e7  # of one tensor
KINDS = ("contraction", "convolution", "reduction", "attention")
PRIMES = [13, 17, 29, 37, 53, 71, 97, 131, 179, 257, 331, 509, 761, 1021, 1531]
EXTENTS = {
    "tiny": lambda chosen: chosen.randint(1, 16),
    "odd": lambda chosen: chosen.randrange(17, 400, 2),
    "prime": lambda chosen: chosen.choice(PRIMES),
    "large": lambda chosen: chosen.choice([256, 320, 384, 512, 640, 768, 1000, 1024, 1536]),
}


@dataclasses.dataclass
class Case:
    seed: int
    kind: str
    form: str  # what is computed, in a few words
    text: str  # the function in Kiln, called c<seed>
    shapes: list  # of the inputs
    eager: object
    flops: float = 0

    def inputs(self):
        torch.manual_seed(self.seed)
        return [torch.randn(shape) for shape in self.shapes]

    def where(self):
        return f"{self.form}, {' '.join('x'.join(map(str, shape)) for shape in self.shapes)}"


def extents(chosen, names, batch=""):
    """Extents of one class; "tall" has one long axis and short ones. Axes in `batch` are small."""
    size_class = chosen.choice([*EXTENTS, "tall"])
    found = {}
    for name in names:
        if name in batch:
            found[name] = chosen.choice([1, 2, 3, 5, 8, 12, 31])
        else:
            found[name] = EXTENTS["tiny" if size_class == "tall" else size_class](chosen)
    if size_class == "tall":
        found[chosen.choice([name for name in names if name not in batch])] = chosen.randint(1000, 30000)
    return found


def product(values):
    result = 1
    for value in values:
        result *= value
    return result


def type_of(axes):
    return f"f32[{', '.join(axis.upper() for axis in axes)}]" if axes else "f32"


# The operands' and the result's axes, and PyTorch's way; the axes that are not in the result are summed.
CONTRACTIONS = [
    ("mk", "kn", "mn", lambda x, y: x @ y), ("mk", "nk", "mn", lambda x, y: x @ y.T), ("km", "kn", "mn", lambda x, y: x.T @ y),
    ("km", "nk", "mn", lambda x, y: x.T @ y.T), ("mk", "nk", "nm", lambda x, y: y @ x.T),
    ("bmk", "bkn", "bmn", lambda x, y: x @ y), ("bmk", "bnk", "bmn", lambda x, y: x @ y.mT),
    ("bkm", "bkn", "bmn", lambda x, y: x.mT @ y), ("bmk", "kn", "bmn", lambda x, y: x @ y),
    ("bhmk", "bhnk", "bhmn", lambda x, y: x @ y.mT), ("mk", "k", "m", lambda x, y: x @ y), ("km", "k", "m", lambda x, y: x.T @ y),
    ("bmk", "bmn", "kn", lambda x, y: x.flatten(0, 1).T @ y.flatten(0, 1)),
    ("mbk", "nbk", "bmn", lambda x, y: x.transpose(0, 1) @ y.permute(1, 2, 0)),
]
EPILOGUES = [("{}", lambda p: p), ("max(0, {})", torch.relu), ("tanh({})", torch.tanh)]


def contraction(seed, chosen):
    while True:
        x, y, z, eager = chosen.choice(CONTRACTIONS)
        size = extents(chosen, sorted(set(x + y)), "bh")
        shapes = [[size[axis] for axis in axes] for axes in (x, y)]
        flops = 2 * product(size.values())
        if flops <= MOST_FLOPS and max(product(s) for s in (*shapes, [size[axis] for axis in z])) <= MOST_ELEMENTS:
            break
    epilogue, around = chosen.choices(EPILOGUES, [4, 1, 1])[0]
    summed = ", ".join(axis for axis in sorted(set(x + y)) if axis not in z)
    body = epilogue.format(f"(sum[{summed}] x[{', '.join(x)}] * y[{', '.join(y)}])")
    text = (f"export fn c{seed}(x: {type_of(x)}, y: {type_of(y)}) -> z: {type_of(z)} {{\n"
            f"  z[{', '.join(z)}] = {body}\n}}\n")
    return Case(seed, "contraction", f"{x},{y}->{z} {epilogue.format('').strip('()')}".strip(), text, shapes,
                lambda x, y: around(eager(x, y)), flops)


def convolution(seed, chosen):
    while True:
        window = chosen.choice([1, 1, 3, 3, 3, 5, 7])
        stride, dilation = chosen.choice([1, 1, 1, 2, 3]), chosen.choice([1, 1, 1, 1, 2])
        padding = chosen.choice([0, window // 2, window // 2, window - 1])
        groups_of = chosen.choice(["one", "one", "one", "few", "depthwise"])
        inside, outside = (chosen.choice([1, 3, 5, 8, 13, 16, 24, 31, 48, 64, 96, 100, 128, 192, 256]) for _ in range(2))
        groups = {"one": 1, "few": chosen.choice([2, 3, 4]), "depthwise": inside}[groups_of]
        if groups_of == "few":
            inside, outside = inside * groups, outside * groups
        elif groups_of == "depthwise":
            outside = inside
        batch, height, width = chosen.choice([1, 1, 2, 5, 8]), *(chosen.choice([7, 8, 11, 14, 19, 28, 33, 56, 61, 97, 112]) for _ in range(2))
        reach = dilation * (window - 1)
        high, wide = ((extent + 2 * padding - reach - 1) // stride + 1 for extent in (height, width))
        if high < 1 or wide < 1:
            continue
        flops = 2 * batch * outside * high * wide * inside // groups * window * window
        if flops <= MOST_FLOPS and batch * max(inside * height * width, outside * high * wide) <= MOST_ELEMENTS:
            break
    extent = lambda dim: f"({dim} + {2 * padding} - {reach} - 1) / {stride} + 1"
    place = lambda index, step: f"{stride} * {index} + {dilation} * {step} - {padding}"
    text = (f"export fn c{seed}(x: f32[N, {inside}, H, W], w: f32[{outside}, {inside // groups}, {window}, {window}])\n"
            f"    -> y: f32[N, {outside}, {extent('H')}, {extent('W')}]\n"
            f"    where H + {2 * padding} > {reach}, W + {2 * padding} > {reach} {{\n"
            f"  y[n, (g: {groups}, o), i, j] =\n"
            f"      sum[c, di, dj] x[n, (g, c), {place('i', 'di')}, {place('j', 'dj')} else 0] * w[(g, o), c, di, dj]\n}}\n")
    form = f"{window}x{window} stride {stride} pad {padding} dilation {dilation} groups {groups}"
    return Case(seed, "convolution", form, text, [[batch, inside, height, width], [outside, inside // groups, window, window]],
                lambda x, w: F.conv2d(x, w, None, stride, padding, dilation, groups), flops)


# The result's axes, Kiln's body over x[a, b, c], and PyTorch's way.
REDUCTIONS = [
    ("sum of the last axis", "ab", "y[a, b] = sum[c] x[a, b, c]", lambda x: x.sum(-1)),
    ("sum of the first axis", "bc", "y[b, c] = sum[a] x[a, b, c]", lambda x: x.sum(0)),
    ("sum of the middle axis", "ac", "y[a, c] = sum[b] x[a, b, c]", lambda x: x.sum(1)),
    ("sum of the outer axes", "b", "y[b] = sum[a, c] x[a, b, c]", lambda x: x.sum((0, 2))),
    ("sum of all", "", "y = sum[a, b, c] x[a, b, c]", lambda x: x.sum()),
    ("maximum of the last axis", "ab", "y[a, b] = max[c] x[a, b, c]", lambda x: x.amax(-1)),
    ("maximum of the middle axis", "ac", "y[a, c] = max[b] x[a, b, c]", lambda x: x.amax(1)),
    ("norm of the last axis", "ab", "y[a, b] = sqrt(sum[c] x[a, b, c] * x[a, b, c])", lambda x: torch.linalg.vector_norm(x, dim=-1)),
    ("softmax", "abc", "y = nn.softmax(x)", lambda x: torch.softmax(x, -1)),
    ("log-softmax", "abc", "y = nn.log_softmax(x)", lambda x: torch.log_softmax(x, -1)),
    ("logsumexp", "ab", "y = nn.logsumexp(x)", lambda x: torch.logsumexp(x, -1)),
    ("softmax of the middle axis", "abc",
     "let top[a, c] = max[b] x[a, b, c]\n  let e[a, b, c] = exp(x[a, b, c] - top[a, c])\n"
     "  let total[a, c] = sum[b] e[a, b, c]\n  y[a, b, c] = e[a, b, c] / total[a, c]", lambda x: torch.softmax(x, 1)),
    ("variance of the last axis", "ab",
     "let mu[a, b] = mean[c] x[a, b, c]\n  y[a, b] = mean[c] nn.square(x[a, b, c] - mu[a, b])", lambda x: x.var(-1, correction=0)),
    ("layer norm", "abc",
     "let mu[a, b] = mean[c] x[a, b, c]\n  let v[a, b] = mean[c] nn.square(x[a, b, c] - mu[a, b])\n"
     "  y[a, b, c] = (x[a, b, c] - mu[a, b]) * rsqrt(v[a, b] + 1e-5)", lambda x: F.layer_norm(x, x.shape[-1:])),
    ("batch norm of the outer axes", "abc",
     "let mu[b] = mean[a, c] x[a, b, c]\n  let v[b] = mean[a, c] nn.square(x[a, b, c] - mu[b])\n"
     "  y[a, b, c] = (x[a, b, c] - mu[b]) * rsqrt(v[b] + 1e-5)", lambda x: F.batch_norm(x, None, None, training=True)),
]


def reduction(seed, chosen):
    form, axes, body, eager = chosen.choice(REDUCTIONS)
    while True:
        size = extents(chosen, "abc", chosen.choice(["", "a", "b"]))
        if product(size.values()) <= MOST_ELEMENTS and not (form.startswith("batch norm") and size["a"] * size["c"] < 2):
            break
    text = f"export fn c{seed}(x: f32[A, B, C]) -> y: {type_of(axes)} where A >= 1, B >= 1, C >= 1 {{\n  {body}\n}}\n"
    return Case(seed, "reduction", form, text, [[size[axis] for axis in "abc"]], eager)


def attention(seed, chosen):
    while True:
        batch, heads = chosen.choice([1, 1, 2, 3, 8]), chosen.choice([1, 2, 6, 12, 16])
        wide = chosen.choice([8, 16, 32, 40, 64, 64, 80, 96, 128, 33])
        queries = chosen.choice([1, 2, 7, 16, 31, 64, 100, 127, 128, 197, 256, 333, 512, 1024])
        is_causal = chosen.random() < 0.4
        keys = queries if is_causal or chosen.random() < 0.6 else chosen.choice([5, 17, 77, 128, 300, 513, 1024, 2000])
        flops = 4 * batch * heads * queries * keys * wide * (0.5 if is_causal else 1)
        if flops <= MOST_FLOPS and batch * heads * keys * wide <= MOST_ELEMENTS:
            break
    text = (f"export fn c{seed}(q: f32[B, H, T, E], k: f32[B, H, U, E], v: f32[B, H, U, E]) -> y: f32[B, H, T, E] =\n"
            f"  attention.attend(q, k, v, Causal: {str(is_causal).lower()})\n")
    shape = lambda length: [batch, heads, length, wide]
    return Case(seed, "attention", "causal" if is_causal else "full", text, [shape(queries), shape(keys), shape(keys)],
                lambda q, k, v: F.scaled_dot_product_attention(q, k, v, is_causal=is_causal), flops)


MAKERS = dict(zip(KINDS, (contraction, convolution, reduction, attention)))
SHARES = [kind for kind, times in zip(KINDS, (4, 3, 3, 2)) for _ in range(times)]  # 100, 75, 75 and 50 of 300


def case(seed):
    """The case of a seed; of 12 seeds in a row 4 are contractions, 3 convolutions, 3 reductions and 2 attentions."""
    return MAKERS[SHARES[seed % len(SHARES)]](seed, random.Random(seed))
