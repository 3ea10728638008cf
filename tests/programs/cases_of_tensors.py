"""Cases of products, reductions, lifting and assignment."""
import itertools

import numpy as np
import torch

from recording import Filled, below, case, gradients, real


def products():
    for n in (0, 1, 7, 64, 1000):
        x, y = real(n, 1), real(n, 2)
        case("products", "dot", dict(x=x, y=y), dict(s=np.float32(np.dot(x.array.astype(np.float64), y.array))), f"dot {n}")
    for n, m in ((0, 3), (3, 0), (1, 1), (5, 7), (16, 33)):
        x, y = real(n, 1), real(m, 2)
        case("products", "outer", dict(x=x, y=y), dict(z=np.outer(x.array, y.array)), f"outer {n} {m}")
    sizes = [(0, 3, 4), (3, 0, 4), (3, 4, 0), (1, 1, 1), (1, 64, 10), (2, 3, 5), (7, 8, 9), (8, 16, 32), (13, 17, 19), (31, 33, 32),
             (32, 64, 63), (64, 65, 64), (65, 100, 17)]
    for b, i, o in sizes:
        x, w, bias = real((b, i), 1), real((o, i), 2), real(o, 3)
        y = x.array.astype(np.float64) @ w.array.T + bias.array
        case("products", "linear", dict(x=x, w=w, bias=bias), dict(y=y.astype(np.float32)), f"linear {b} {i} {o}")
        a, c = real((b, i), 4), real((i, o), 5)
        z = (a.array.astype(np.float64) @ c.array).astype(np.float32)
        case("products", "product", dict(x=a, y=c), dict(z=z), f"product {b} {i} {o}")
        a = real((i, b), 4)
        z = (a.array.T.astype(np.float64) @ c.array).astype(np.float32)
        case("products", "left_transposed", dict(x=a, y=c), dict(z=z), f"left transposed {b} {i} {o}")
        c = real((o, i), 5)
        z = (a.array.T.astype(np.float64) @ c.array.T).astype(np.float32)
        case("products", "both_transposed", dict(x=a, y=c), dict(z=z), f"both transposed {b} {i} {o}")
        x, w, bias = (t.torch(True) for t in (x, w, bias))
        out = x @ w.T + bias
        loss = (out * out * 0.5 + torch.sin(out)).sum()
        dx, dw, db = gradients(loss, x, w, bias)
        case("products", "linear_gradients", dict(x=real((b, i), 1), w=real((o, i), 2), bias=real(o, 3)),
             dict(loss=loss, dx=dx, dw=dw, dbias=db), f"linear gradients {b} {i} {o}", tolerance=2e-5)
    for b, n, k, m in ((0, 2, 3, 4), (1, 1, 1, 1), (3, 5, 7, 2), (2, 16, 8, 33), (5, 31, 17, 8)):
        x, y, t = real((b, n, k), 1), real((b, k, m), 2), real((b, n, m), 3)
        case("products", "stacked", dict(x=x, y=y), dict(z=x.torch() @ y.torch()), f"stacked {b} {n} {k} {m}")
        tx, ty = x.torch(True), y.torch(True)
        dx, dy = gradients((t.torch() * (tx @ ty)).sum(), tx, ty)
        case("products", "stacked_gradients", dict(x=x, y=y, t=t), dict(dx=dx, dy=dy), f"stacked gradients {b} {n} {k} {m}")
        x, y = real((n, b, k), 1), real((b, m, k), 2)
        z = torch.einsum("iac,ajc->ij", x.torch(), y.torch())
        case("products", "two_sums", dict(x=x, y=y), dict(z=z), f"two sums {b} {n} {k} {m}")
    for b, i, j in ((0, 2, 2), (1, 1, 1), (3, 5, 7), (17, 8, 16)):
        x, w, y = real((b, i), 1), real((i, j), 2), real((b, j), 3)
        tx, tw, ty = (t.torch(True) for t in (x, w, y))
        s = torch.einsum("bi,ij,bj->b", tx, tw, ty)
        case("products", "bilinear", dict(x=x, w=w, y=y), dict(s=s), f"bilinear {b} {i} {j}")
        dx, dw, dy = gradients(torch.tanh(s).sum(), tx, tw, ty)
        case("products", "bilinear_gradients", dict(x=x, w=w, y=y), dict(dx=dx, dw=dw, dy=dy), f"bilinear gradients {b} {i} {j}")
    for n, l, m in ((5, 16, 2), (33, 33, 2), (33, 33, 3), (8, 100, 5)):
        z, v = real(n, 1), real((n, l, m), 2)
        s = torch.einsum("r,rlm->ml", z.torch(), v.torch())
        case("products", "weighted", dict(z=z, v=v), dict(s=s), f"weighted {n} {l} {m}")
    for n in (0, 1, 5, 16):
        x = real((n, n), 1)
        case("products", "trace", dict(x=x), dict(s=np.float32(np.trace(x.array))), f"trace {n}")
        case("products", "diagonal", dict(x=x), dict(d=np.diag(x.array)), f"diagonal {n}")
        case("products", "trace_gradient", dict(x=x), dict(dx=2 * x.array.T + 2 * np.diag(np.diag(x.array))), f"trace gradient {n}")


def with_ties(shape, salt):
    """Multiples of 1/4: equal elements and exact sums."""
    values = (below(shape, salt, 17).array - 8).astype(np.float32) / 4
    return values


def row_results(x):
    n, m = x.shape
    return dict(total=x.sum(1, dtype=np.float64).astype(np.float32), product=x.prod(1, dtype=np.float64).astype(np.float32),
                average=(x.sum(1, dtype=np.float64) / m).astype(np.float32) if m else np.full(n, np.nan, np.float32),
                greatest=x.max(1) if m else np.full(n, -np.inf, np.float32),
                least=x.min(1) if m else np.full(n, np.inf, np.float32),
                first_greatest=x.argmax(1) if m else np.full(n, -1), first_least=x.argmin(1) if m else np.full(n, -1))


def reductions():
    for n, m in ((0, 4), (4, 0), (1, 1), (3, 7), (5, 8), (16, 31), (2, 65), (33, 16)):
        x = with_ties((n, m), 1)
        case("reductions", "over_rows", dict(x=x), row_results(x), f"rows {n} {m}")
        case("reductions", "over_columns", dict(x=x), row_results(x.T), f"columns {n} {m}")
    for n, m in ((1, 1), (3, 7), (9, 33)):
        x = with_ties((n, m), 2)
        r, c = np.unravel_index(x.argmax(), x.shape)
        case("reductions", "over_all", dict(x=x),
             dict(total=np.float32(x.sum()), product=np.float32(x.prod()), average=np.float32(x.mean()), greatest=x.max(),
                  least=x.min(), row=r, column=c, some=bool((x > 0.9).any()), every=bool((x > -2).all())), f"all {n} {m}")
    x = with_ties((6, 9), 3)
    keep = np.array([0, 1, 9, 4, 100, -3])
    rows = [row[:max(k, 0)] for row, k in zip(x, keep)]
    f32 = lambda values: np.array(values, np.float32)
    expected = dict(total=f32([r.sum() for r in rows]), product=f32([r.prod() for r in rows]),
                    average=f32([r.mean() if len(r) else np.nan for r in rows]),
                    greatest=f32([r.max() if len(r) else -np.inf for r in rows]), least=f32([r.min() if len(r) else np.inf for r in rows]),
                    place=np.array([r.argmax() if len(r) else -1 for r in rows]), some=np.array([(r > 0).any() for r in rows]),
                    every=np.array([(r > 0).all() for r in rows]))
    case("reductions", "filtered", dict(x=x, keep=keep), expected)
    nan = x.copy()
    nan[1, 4] = nan[3, 0] = np.nan
    results = row_results(nan)
    del results["first_greatest"], results["first_least"]
    case("reductions", "over_rows", dict(x=nan), results, "NaN passes on")
    for n, m in ((4, 0), (1, 5), (7, 16), (3, 37)):
        x = (below((n, m), 4, 2**31).array * 2 - 2**31).astype(np.int32) if m != 5 else below((n, m), 4, 10).array.astype(np.int32)
        with np.errstate(over="ignore"):
            case("reductions", "of_integers", dict(x=x),
                 dict(total=x.sum(1, dtype=np.int32), product=x.prod(1, dtype=np.int32),
                      greatest=x.max(1) if m else np.full(n, -2**31), least=x.min(1) if m else np.full(n, 2**31 - 1),
                      place=x.argmin(1) if m else np.full(n, -1)), f"integers {n} {m}")
    x, y = real(5, 1), real(5, 2)
    p = x.array * y.array
    case("reductions", "extents", dict(x=x, y=y, c=np.float32(3)),
         dict(a=np.float32(p.sum() + 3), b=np.float32(-p.sum()), d=np.float32(p.max() + x.array.min())))
    for n, m in ((1, 1), (3, 5), (8, 16), (7, 33)):
        x = real((n, m), 5, 1.5)
        tx = x.torch(True)
        case("reductions", "gradients", dict(x=x),
             dict(total=gradients((tx.sum(1)**2).sum(), tx)[0], product=gradients((tx.prod(1)**2).sum(), tx)[0],
                  average=gradients((tx.mean(0)**2).sum(), tx)[0], greatest=gradients((tx.max(1).values**2).sum(), tx)[0],
                  least=gradients((tx.min(0).values**2).sum(), tx)[0]), f"gradients {n} {m}")
    zero = real((4, 6), 6).array
    zero[0, 2] = zero[1, 1] = zero[1, 4] = 0
    tx = torch.from_numpy(zero).requires_grad_()
    case("reductions", "gradients", dict(x=zero), dict(product=gradients((tx.prod(1)**2).sum(), tx)[0]), "gradient of a product with zeros")
    keep = np.array([0, 1, 6, 3])
    rows = [tx[i, :keep[i]] for i in range(4)]
    case("reductions", "filtered_gradients", dict(x=zero, keep=keep),
         dict(total=gradients(sum(r.sum()**2 for r in rows), tx)[0], product=gradients(sum(r.prod() for r in rows), tx)[0],
              greatest=gradients(sum(r.max()**2 for r in rows if len(r)), tx)[0]))
    ties = np.array([[1, 3, 3], [2, 2, 2]], np.float32)
    case("reductions", "gradients", dict(x=ties), dict(greatest=np.array([[0, 6, 0], [4, 0, 0]], np.float32),
                                                       least=np.array([[2, 0, 0], [0, 4, 4]], np.float32)), "first of equals")
    for n, a, b in ((3, 0, 0), (9, 2, 6), (40, 0, 100)):
        x = real(n, 7)
        v = x.array
        case("reductions", "ranges", {"x": x, "from": a, "to": b},
             dict(inner=np.float32(v[1:-1].sum()), running=np.cumsum(v, dtype=np.float64).astype(np.float32), place=1 + v[1:].argmax(),
                  part=np.float32(v[a:b].sum())), f"ranges {n}")


def lifting():
    F = torch.nn.functional
    for b, t, d in ((0, 2, 3), (1, 1, 1), (2, 3, 5), (4, 8, 16), (3, 7, 33)):
        x, bias, rows = real((b, t, d), 1), real(d, 2), real((t, d), 3)
        s = np.float32(1.25)
        v = x.array
        case("lifting", "suffixes", dict(x=x, bias=bias, rows=rows, s=s),
             dict(a=v + bias.array, b=v * rows.array - bias.array / 2, c=s - v * s + np.maximum(v, bias.array)), f"suffixes {b} {t} {d}")
        tx, tb, tr = (q.torch(True) for q in (x, bias, rows))
        ts = torch.tensor(1.25, requires_grad=True)
        y = torch.softmax(tx * tr + tb, -1) * ts - torch.tanh(tx)
        dx, db, dr, ds = gradients((y**3).sum(), tx, tb, tr, ts)
        case("lifting", "gradients", dict(x=x, bias=bias, rows=rows, s=s), dict(dx=dx, dbias=db, drows=dr, ds=ds), f"gradients {b} {t} {d}")
    for n, m in ((0, 0), (1, 1), (5, 13), (16, 64)):
        x = real((n, m), 4, 3)
        tx = x.torch()
        clip = lambda limit: limit * torch.tanh(tx / limit)
        a = clip(2) + clip(1) + clip(0.5)
        b = F.gelu(tx) - F.leaky_relu(tx) * F.softplus(tx)
        c = (torch.exp(-tx * tx) + torch.log(1 + tx.abs()) + tx.abs().sqrt() + torch.tanh(tx) * torch.sigmoid(tx)
             + torch.sin(tx) * torch.cos(tx) + torch.erf(tx) + torch.floor(4 * tx) + torch.round(3 * tx))
        case("lifting", "functions", dict(x=x), dict(a=a, b=b, c=c, d=(tx > 0) & (tx < 0.5)), f"functions {n} {m}")
        x = real((n, m), 4, 1.5)
        tx = x.torch(True)
        y = (F.gelu(tx) + F.softplus(tx) * F.silu(tx) + 2 * torch.tanh(tx / 2) + torch.exp(-tx * tx) + torch.log(1 + tx * tx)
             + torch.sqrt(1 + tx * tx) + torch.erf(tx) + (tx.abs() + 1)**1.5 + torch.rsqrt(2 + tx) + tx.abs())
        case("lifting", "function_gradients", dict(x=x), dict(dx=gradients(y.sum(), tx)[0]), f"function gradients {n} {m}", tolerance=3e-5)
    for shape in ((1,), (7,), (64,)):
        x = real(shape, 5, 20)
        case("lifting", "softmax_1", dict(x=x), dict(y=torch.softmax(x.torch(), -1)), f"softmax {shape}")
    for shape in ((0, 2, 3), (2, 3, 1), (2, 3, 17), (4, 1, 64)):
        x = real(shape, 6, 20)
        y = torch.softmax(x.torch(), -1)
        case("lifting", "softmax_3", dict(x=x), dict(y=y), f"softmax {shape}")
        case("lifting", "in_comprehension", dict(x=x), dict(y=y), f"softmax in a comprehension {shape}")
    x = real((3, 11), 7, 20)
    case("lifting", "softmax_double", dict(x=x), dict(y=torch.softmax(x.torch().double(), -1)))
    x, y = real((3, 4), 8), real((2, 3, 4), 9)
    case("lifting", "lasts", dict(x=real((3, 4), 8), y=real((3, 2, 4), 9)), dict(a=x.array[:, -1], b=real((3, 2, 4), 9).array[..., -1]))


def assignment():
    def rows_and_slices(x, r):
        z = x.clone()
        z[1] = r
        z[:, 0] = 7
        z[2:, 1:3] = 0.5
        z[0] = z[0] + x[3]
        return z * 2

    for n, m in ((4, 3), (5, 8), (17, 33)):
        x, r = real((n, m), 1), real(m, 2)
        case("assignment", "rows_and_slices", dict(x=x, r=r), dict(y=rows_and_slices(x.torch(), r.torch())), f"rows and slices {n} {m}")
        tx, tr = x.torch(True), r.torch(True)
        z = tx.clone()
        z[1] = tr
        z[:, 0] = 7
        z[2:, 1:3] = z[2:, 1:3] - tx[2:, 0:2]
        z[0] = z[0] + tx[3] * tr
        dx, dr = gradients((z * z).sum(), tx, tr)
        case("assignment", "slice_gradient", dict(x=x, r=r), dict(dx=dx, dr=dr), f"slice gradient {n} {m}")
        case("assignment", "changed_in_place", dict(x=x, r=r, count=3),
             dict(before=np.float32(x.array.sum()), x=(x.array + (np.arange(n)[:, None] == 1) * r.array) * 2, count=4), f"in place {n} {m}")
    for n in (1, 2, 7, 64):
        x = real(n, 3)
        v = x.array
        case("assignment", "reversed_in_place", dict(x=x), dict(y=v[::-1] + v), f"reversed {n}")
        case("assignment", "shifted", dict(x=x), dict(y=np.concatenate([np.float32([-1]), v[:-1]])), f"shifted {n}")
        if n >= 2:
            case("assignment", "shifted_left", dict(x=x), dict(y=v - 0.5 * np.append(v[1:], np.float32(0))), f"shifted left {n}")
    for n in (0, 1, 9, 100):
        places, w = below(n, 4, 8), real(n, 5)
        p = places.array
        counts, sums = np.bincount(p, minlength=8), np.bincount(p, w.array.astype(np.float64), minlength=8).astype(np.float32)
        case("assignment", "histogram", dict(places=places, weights=w), dict(counts=counts, sums=sums, taken=10 - sums), f"histogram {n}")
        if n < 4:
            continue
        y = np.full(8, -1, np.float32)
        z = np.zeros(4, np.float32)
        for i in range(n):
            y[p[i]] = w.array[i]
            z[i // ((n + 3) // 4)] = w.array[i]
        case("assignment", "last_wins", dict(places=places, x=w), dict(y=y, z=z), f"last wins {n}")
    for n, m in ((0, 2), (3, 3), (5, 17)):
        x = real((n, m), 6)
        y = np.minimum(x.array, np.float32(0.25)) + 100 * np.eye(n, m, dtype=np.float32)
        case("assignment", "where_some", dict(x=x, limit=np.float32(0.25)), dict(y=y), f"where {n} {m}")
    for n, d in ((0, 3), (1, 1), (13, 5), (40, 16)):
        table, tokens, x = real((8, d), 7), below(n, 8, 8), real((n, d), 9)
        y, z = table.array.copy(), table.array.copy()
        np.add.at(y, tokens.array, x.array)
        for i, t in enumerate(tokens.array):
            z[t] = x.array[i]
        case("assignment", "scattered_rows", dict(table=table, tokens=tokens, x=x), dict(y=y, z=z), f"scattered {n} {d}")
        tx = x.torch(True)
        out = torch.ones(8, d).index_add(0, tokens.torch(), tx)
        case("assignment", "scatter_gradient", dict(x=x, places=tokens), dict(dx=gradients((out**3).sum(), tx)[0]), f"scatter gradient {n} {d}")
        tt = table.torch(True)
        loss = (tt[tokens.torch()]**2 * torch.arange(1, n + 1)[:, None]).sum()
        case("assignment", "gather_gradient", dict(table=table, places=tokens), dict(dtable=gradients(loss, tt)[0]), f"gather gradient {n} {d}")
    for b, h, w in ((0, 2, 3), (1, 1, 1), (2, 3, 5)):
        x = real((b, h, w), 10)
        case("assignment", "joined", dict(x=x), dict(y=x.array.reshape(b, h * w), z=x.array.transpose(1, 2, 0)), f"joined {b} {h} {w}")
    x = real((3, 4), 11)
    case("assignment", "upsampled", dict(x=x), dict(y=x.array.repeat(2, 0).repeat(3, 1)))
    case("assignment", "one_hot", dict(labels=np.array([2, 0, 4, -1])), dict(y=np.eye(5, dtype=np.float32)[[2, 0, 4, 4]] * [[1], [1], [1], [0]]), dims={"C": 5})
    y = real(5, 12).array.copy()
    y[3] = 7.5 - 2
    case("assignment", "written_by_value", dict(x=real(5, 12), k=3, v=np.float32(7.5)), dict(y=y))
    x = real((5, 5), 13)
    y = x.array.copy()
    y[np.arange(5), np.arange(5)] = -x.array[:, 0]
    case("assignment", "twice_written", dict(x=x), dict(y=y))
    x, y, places = real(6, 14), real(6, 15), np.array([2, 2, 0, 5, 2, 5])
    tx, ty = x.torch(True), y.torch(True)
    z = list(tx * tx)
    for i, p in enumerate(places):
        z[p] = ty[i] * 3
    dx, dy = gradients(sum(v * v for v in z), tx, ty)
    case("assignment", "overwrite_gradient", dict(x=x, y=y, places=places), dict(dx=dx, dy=dy))


def record():
    products()
    reductions()
    lifting()
    assignment()
