"""Cases of ragged.model: each row by itself in NumPy."""
import numpy as np
import torch

from recording import below, case, gradients, real

LENGTHS = ([2, 0, 3], [4], [3, 3, 3], [], [0, 0], [1, 7, 0, 0, 2], [(7 * b + 3) % 6 for b in range(70)], [33, 16, 1, 40])
FILLED = ([2, 1, 3], [4], [3, 3, 3], [1, 7, 2], [(7 * b + 3) % 6 + 1 for b in range(70)], [33, 16, 1, 40])


def rows_of(packed, sizes):
    ends = np.cumsum([0] + list(sizes)).astype(int)
    return [packed[ends[b]:ends[b + 1]] for b in range(len(sizes))]


def joined(rows, like):
    return np.concatenate([like[:0]] + list(rows)).astype(like.dtype)


def ragged():
    f32, i32 = np.float32, np.int32
    for lens, d in [(lens, d) for lens in LENGTHS for d in (1, 5)]:
        n, total, name = np.array(lens, i32), sum(lens), f"{lens if len(lens) < 8 else len(lens)} {d}"
        x, z = real((total, d), 1), real((total, d), 2)
        rows = rows_of(x.array, lens)
        y = joined([r * np.arange(len(r), dtype=f32)[:, None] + b for b, r in enumerate(rows)], x.array)
        w = np.maximum(x.array, 0) + z.array * x.array
        case("ragged", "elementwise", dict(len=n, x=x, z=z), dict(y=y, w=w, s=f32(w.astype(float).sum())), f"elementwise {name}")
        s = np.array([r.sum(0) for r in rows], f32).reshape(len(lens), d)
        top = np.array([r.max(0) if len(r) else np.full(d, -np.inf) for r in rows], f32).reshape(len(lens), d)
        with np.errstate(all="ignore"):
            mean = (x.array.astype(float).sum(0) / f32(total)).astype(f32)
        places = np.array([int(np.argmax(r.sum(1))) if len(r) else -1 for r in rows], i32)
        case("ragged", "reductions", dict(len=n, x=x),
             dict(s=s, greatest=top, m=mean, n=total, all_of=f32(x.array.astype(float).sum()), places=places,
                  any_above=np.array([bool((r > 0.5).any()) for r in rows], bool)), f"reductions {name}")
        w, bias = real((7, d), 3), real(7, 4)
        case("ragged", "linear", dict(len=n, x=x, w=w, bias=bias), dict(y=x.array @ w.array.T + bias.array), f"linear {name}")
        s = np.concatenate([np.zeros(0, f32)] + [(r @ r.T).reshape(-1) for r in rows]).astype(f32)
        case("ragged", "scores", dict(len=n, x=x), dict(s=s), f"scores {name}")
        given = real(len(s), 5)
        parts = rows_of(given.array, [m * m for m in lens])
        y = joined([p.reshape(len(r), len(r)) @ r for p, r in zip(parts, rows)], x.array)
        case("ragged", "weigh", dict(len=n, s=given, x=x), dict(y=y), f"weigh {name}")
        token = below(total, 6, 4, i32)
        table = real((4, d), 7)
        before = [np.append(-1, t[:-1])[:len(t)] for t in rows_of(token.array, lens)]
        case("ragged", "tokens", dict(len=n, token=token, table=table),
             dict(e=table.array[token.array], count=np.bincount(token.array, minlength=4).astype(i32), before=joined(before, token.array)),
             f"tokens {name}")
        for most in (0, 3, 41):
            y = np.zeros((len(lens), most, d), f32)
            for b, r in enumerate(rows):
                y[b, :min(most, len(r))] = r[:most]
            case("ragged", "pad", dict(len=n, x=x), dict(y=y), f"pad {name} {most}", dims=dict(Max=most))
        padded = real((len(lens), 4, d), 8)
        packed = []
        for b, m in enumerate(lens):
            r = np.zeros((m, d), f32)
            r[:min(m, 4)] = padded.array[b, :min(m, 4)]
            packed.append(r)
        case("ragged", "pack", dict(len=n, x=padded), dict(y=joined(packed, x.array)), f"pack {name}")
        h = [r.astype(float) for r in rows]
        for _ in range(3):
            h = [0.5 * r + 0.1 * r.sum(0) for r in h]
        for r in h:
            r[:1] += 1
        case("ragged", "rounds", dict(len=n, x=x), dict(y=joined(h, x.array)), f"rounds {name}", tolerance=2e-5)
        place, factor = below(total, 12, 5, i32), real(5, 13)
        one = real(total, 10)
        gs = []
        for r, q in zip(rows_of(one.array.astype(float), lens), rows_of(place.array, lens)):
            gs.append(np.cos(r) * np.bincount(np.arange(len(r)) // 2, factor.array[q], minlength=len(r))[:len(r)])
        case("ragged", "halves", dict(len=n, x=one, p=place, c=factor), dict(g=joined(gs, one.array)), f"halves {name}")
        both = real(2 * total, 9)
        s = [np.zeros(0, f32)]
        for r in rows_of(both.array, [2 * m for m in lens]):
            pair = r.reshape(2, -1)
            s.append((pair[:, :, None] * pair[:, None, :]).reshape(-1))
        case("ragged", "heads", dict(len=n, x=both), dict(s=np.concatenate(s)), f"heads {name}")
        one, kernel = real(total, 10), real(3, 11)
        ys, gs = [], []
        for r in rows_of(one.array.astype(float), lens):
            c = np.convolve(r, kernel.array[::-1], "same")[:len(r)] if len(r) >= 3 else np.array(
                [sum(r[t + k - 1] * kernel.array[k] for k in range(3) if 0 <= t + k - 1 < len(r)) for t in range(len(r))])
            ys.append((c * c).sum())
            gs.append(np.array([sum(2 * c[t - k + 1] * kernel.array[k] for k in range(3) if 0 <= t - k + 1 < len(r)) for t in range(len(r))]))
        case("ragged", "windows", dict(len=n, x=one, w=kernel), dict(y=np.array(ys, f32), g=joined(gs, one.array)), f"windows {name}",
             tolerance=2e-5)
        w, dw = real(d, 12), real(d, 13)
        at = x.array.astype(float) @ w.array
        g = np.array([(np.cos(a)[:, None] * r).sum(0) for a, r in zip(rows_of(at, lens), rows)], f32).reshape(len(lens), d)
        each = (np.cos(at)[:, None] * x.array).sum(1).astype(f32)
        case("ragged", "per_row", dict(len=n, x=x, w=w, dw=dw),
             dict(g=g, each=each, dy=(np.cos(at) * (x.array.astype(float) @ dw.array)).astype(f32)), f"per row {name}", tolerance=2e-5)
        case("ragged", "drawn", dict(rng=5, len=n, x=real(total, 14)), {}, f"drawn {name}")
    for lens in FILLED:
        n, total, d = np.array(lens, i32), sum(lens), 4
        x = real((total, d), 15)
        rows = rows_of(x.array, lens)
        name = str(lens if len(lens) < 8 else len(lens))
        case("ragged", "each_row", dict(len=n, x=x),
             dict(y=joined([r - r.mean(0) for r in rows], x.array), ends=np.array([r[-1] for r in rows], f32)), f"each row {name}")
        q, k, v = real((d, d), 16, 0.5), real((d, d), 17, 0.5), real((d, d), 18, 0.5)
        case("ragged", "attention", dict(len=n, x=x, q=q, k=k, v=v),
             dict(of_loss=f32(0), of_x=f32(0), of_q=f32(0), of_v=f32(0)), f"attention {name}", tolerance=1e-3,
             dims=dict(Max=max(lens) + 2))
    case("ragged", "each_row", dict(len=np.array([2, 0], i32), x=real((2, 4), 1)), {}, "an empty row", fails="T >= 1")
    for height, width in (([2, 3], [3, 1]), ([0, 2], [4, 3]), ([1], [5]), ([4, 0, 3], [2, 2, 5])):
        sizes = [h * w for h, w in zip(height, width)]
        x = real((sum(sizes), 2), 19)
        ys, sums = [], []
        for r, h, w in zip(rows_of(x.array, sizes), height, width):
            r = r.reshape(h, w, 2)
            above = np.concatenate([np.zeros((1, w, 2), f32), r])[:h]
            ys.append((r + above - (10 * np.arange(h)[:, None, None] + np.arange(w)[None, :, None])).reshape(-1, 2))
            sums.append(r.sum(1))
        case("ragged", "images", dict(height=np.array(height, i32), width=np.array(width, i32), x=x),
             dict(y=joined(ys, x.array), rows=joined(sums, x.array)), f"images {height} {width}")
    for n, d in ((0, 3), (1, 1), (5, 4), (33, 17)):
        x, w = real((n, d), 20), real(n, 21)
        with np.errstate(all="ignore"):
            mean = (x.array.astype(float).sum(0) / f32(n)).astype(f32)
        case("ragged", "first", dict(n=n, x=x, w=w), dict(y=x.array * w.array[:, None], s=mean, two=np.repeat(w.array, 2)), f"first {n} {d}")
    for n, k in ((5, 3), (5, 9), (5, 0), (5, -2), (40, 33)):
        x = real(n, 22)
        part = x.array[:max(k, 0)].astype(float)**2
        case("ragged", "bounded", dict(x=x, k=k), dict(s=f32(part.sum()), top=f32(part.max() if len(part) else -np.inf)), f"bounded {n} {k}")


def encoder():
    f32, i32 = np.float32, np.int32
    shapes = {"embed.weight": (40, 8), "out.weight": (4, 8), "out.bias": 4}
    for name in "qkv":
        shapes |= {f"{name}.weight": (8, 8), f"{name}.bias": 8}
    leaves = {name: real(shape, 50 + i, 0.5) for i, (name, shape) in enumerate(sorted(shapes.items()))}
    model = {f"m.{name}": value for name, value in leaves.items()}
    m = {name: value.array.astype(float) for name, value in leaves.items()}
    for lens in ([3, 1, 5], [2], [4, 4], [(5 * b) % 7 + 1 for b in range(66)]):
        n, token, y = np.array(lens, i32), below(sum(lens), 60, 40, i32), below(len(lens), 61, 4, i32)
        logits = []
        for t in rows_of(token.array, lens):
            x = m["embed.weight"][t]
            q, k, v = (x @ m[f"{name}.weight"].T + m[f"{name}.bias"] for name in "qkv")
            s = q @ k.T / np.sqrt(8)
            e = np.exp(s - s.max(1, keepdims=True))
            h = x + (e / e.sum(1, keepdims=True)) @ v
            logits.append(h.mean(0) @ m["out.weight"].T + m["out.bias"])
        z = np.array(logits)
        loss = (np.log(np.exp(z).sum(1)) - z[np.arange(len(lens)), y.array]).mean()
        name = str(lens if len(lens) < 8 else len(lens))
        case("design/ragged_encoder", "classify", dict(model, len=n, tokens=token), dict(label=z.argmax(1).astype(i32)), f"classify {name}")
        # A bias of the keys adds the same to all scores of a query: its gradient is 0 but for rounding.
        case("design/ragged_encoder", "train_step", dict(model, len=n, tokens=token, y=y, lr=f32(0.01)), dict(loss=f32(loss)), f"train {name}",
             unchecked=["m.k.bias"])
    x = real((6, 3), 62)
    rows = rows_of(x.array, [2, 0, 4])
    padded = np.zeros((3, 3, 3), f32)
    for b, r in enumerate(rows):
        padded[b, :len(r)] = r[:3]
    case("design/ragged_encoder", "pad", dict(len=np.array([2, 0, 4], i32), x=x), dict(y=padded, average=x.array.mean(0)), "pad", dims=dict(Max=3))


def attention(q, k, v, mask=None):
    s = q @ k.transpose(-1, -2)
    if mask is not None:
        s = s.masked_fill(~mask, -torch.inf)
    return torch.softmax(s, -1) @ v


def before(x):
    return attention(x, x, x, torch.ones(len(x), len(x), dtype=torch.bool).tril())


def of_rows(leaves, lens, row):
    """The rows' results and the gradients of the sum of their squares, packed; f64 tensors in, f32 arrays out."""
    leaves = [(torch.from_numpy(leaf.array.astype(float)).requires_grad_(), n) for leaf, n in zip(leaves, lens)]
    parts = [torch.split(leaf, list(n)) if len(n) else [] for leaf, n in leaves]
    ys = [row(*one) for one in zip(*parts)]
    y = torch.cat(ys) if ys else leaves[0][0].detach()[:0]
    found = gradients((y * y).sum(), *[leaf for leaf, _ in leaves]) if ys else [torch.zeros_like(leaf) for leaf, _ in leaves]
    return [value.detach().numpy().astype(np.float32) for value in [y, *found]]


def rows_attended():
    i32 = np.int32
    for lens in ([2, 0, 3], [4], [], [0, 0], [33, 16, 1, 40, 0, 17], [(7 * b + 3) % 23 for b in range(70)]):
        n, total, name = np.array(lens, i32), sum(lens), str(lens if len(lens) < 8 else len(lens))
        for heads, inner in ((1, 3), (3, 16)):
            x = real((total, heads, inner), 70)
            y, g = of_rows([x], [lens], lambda r: attention(*[r.transpose(0, 1)] * 3).transpose(0, 1))
            case("ragged", "attended", dict(len=n, x=x), dict(y=y, g=g), f"attended {name} {heads} {inner}", tolerance=5e-5)
        for inner in (1, 19):
            x = real((total, inner), 71)
            y, g = of_rows([x], [lens], before)
            case("ragged", "attended_before", dict(len=n, x=x), dict(y=y, g=g), f"attended before {name} {inner}", tolerance=5e-5)
        others = [(5 * m + b) % 21 for b, m in enumerate(lens)]
        x, z = real((total, 6), 72), real((sum(others), 6), 73)
        y, gx, gz = of_rows([x, z], [lens, others], lambda a, b: torch.sin(a @ b.T) @ b)
        case("ragged", "crossed", dict(len=n, size=np.array(others, i32), x=x, z=z), dict(y=y, gx=gx, gz=gz), f"crossed {name}", tolerance=5e-5)
        for layers in (0, 1, 3):
            x, w = real((total, 5), 74), real((layers, 5, 5), 75, 0.5)
            h = leaf = torch.from_numpy(x.array.astype(float)).requires_grad_()
            weights = torch.from_numpy(w.array.astype(float)).requires_grad_()
            for matrix in weights:
                h = h + torch.cat([before(r) for r in torch.split(h @ matrix.T, lens)]) if lens else h
            gx, gw = gradients((h * h).sum(), leaf, weights)
            case("ragged", "layers", dict(len=n, x=x, w=w), {k: v.detach().numpy().astype(np.float32) for k, v in dict(y=h, gx=gx, gw=gw).items()},
                 f"layers {name} {layers}", tolerance=1e-4)


def sorted_rows():
    f32, i32 = np.float32, np.int32
    for lens in LENGTHS + ([2, 3, 4],):
        n, total, name = np.array(lens, i32), sum(lens), str(lens if len(lens) < 8 else len(lens))
        x = np.round(real(total, 80, 3.0).array)  # with equals
        x[3::7], x[5::9], x[6::11] = np.inf, np.nan, -np.inf
        numbers = below(total, 81, 5, i32).array
        numbers[2::6] = np.iinfo(i32).max
        rows, orders = rows_of(x, lens), [np.argsort(r, kind="stable").astype(i32) for r in rows_of(x, lens)]
        ranks = [(np.argsort(o) + 1).astype(f32) for o in orders]
        case("ragged", "ordered", dict(len=n, x=x, n=numbers),
             dict(y=joined([r[o] for r, o in zip(rows, orders)], x), place=joined(orders, numbers), g=joined(ranks, x),
                  numbers=joined([np.sort(r) for r in rows_of(numbers, lens)], numbers)), f"ordered {name}")
        x = real(total, 82)
        rows = rows_of(x.array, lens)
        down = [np.argsort(-r, kind="stable")[:2].astype(i32) for r in rows]
        if any(m < 2 for m in lens):
            case("ragged", "greatest_two", dict(len=n, x=x), {}, f"greatest two {name}", fails="top_k takes no more than a row has")
        else:
            case("ragged", "greatest_two", dict(len=n, x=x),
                 dict(y=np.array([r[o] for r, o in zip(rows, down)], f32).reshape(-1, 2), place=np.array(down, i32).reshape(-1, 2)), f"greatest two {name}")
        y = [np.sort(np.abs(r[:, None] - r[None, :]), axis=1).reshape(-1) for r in rows]
        case("ragged", "distances", dict(len=n, x=x), dict(y=joined(y, x.array)), f"distances {name}")


def record():
    ragged()
    sorted_rows()
    rows_attended()
    encoder()
