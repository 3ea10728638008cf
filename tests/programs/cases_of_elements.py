"""Cases of element types, control flow, random numbers and calls that fail."""
import numpy as np
import torch

from recording import below, case, gradients, real


def elements():
    for name, dtype in (("of_i8", np.int8), ("of_u8", np.uint8), ("of_i32", np.int32), ("of_i64", np.int64), ("of_u32", np.uint32)):
        info = np.iinfo(dtype)
        corners = [info.min, info.max, 0, 1, 7, 100, 13]
        if info.min < 0:
            corners += [-1, -7, -100]
        x = np.array([a for a in corners for b in corners if b != 0], dtype)
        y = np.array([b for a in corners for b in corners if b != 0], dtype)
        with np.errstate(over="ignore"):
            results = dict(sums=x + y, products=x * y, quotients=x // y, remainders=x % y)
            if name == "of_u8":
                results["differences"] = x - y
            if name in ("of_i32", "of_u32"):
                results["less"] = x < y
            if name == "of_i32":
                results.update(by_seven=x // np.int32(7), mod_eight=x % np.int32(8), negated=-x, absolute=np.abs(x))
            if name == "of_i64":
                # Recorded numbers are doubles: nothing above 2^53.
                x, y = x % 10**8 * np.sign(y), y % 10**7 + 3
                results = dict(sums=x + y, products=x * y % 1 + x * y, quotients=x // y, remainders=x % y, total=x.sum(), greatest=x.max())
            if name == "of_u32":
                results["greatest"] = x.max()
        case("elements", name, dict(x=x, y=y), results)
    x, y = below(33, 1, 2**32 - 1).array.astype(np.uint32), below(33, 2, 2**32 - 1).array.astype(np.uint32)
    case("elements", "bits", dict(x=x, y=y), dict(a=x & y, b=x | y, c=x ^ y, d=x << np.uint32(3), e=x >> np.uint32(3)))
    for n, m in ((0, 2), (1, 1), (3, 7), (5, 33)):
        x, y = real((n, m), 3, 2), real(m, 4)
        tx, ty = (torch.from_numpy(a.array.astype(np.float64)).requires_grad_() for a in (x, y))
        p = torch.sin(tx) + torch.cos(tx) + torch.tanh(tx) + torch.log(1 + tx.abs()) + tx.abs().sqrt() + torch.erf(tx) + (1 + tx.abs())**1.5
        case("elements", "of_f64", dict(x=x, y=y), dict(z=torch.exp(tx) * ty - tx / (1 + ty * ty), total=tx @ ty, p=p), f"f64 {n} {m}")
        z = tx @ ty
        dx, dy = gradients((torch.tanh(z) * z).sum(), tx, ty)
        case("elements", "f64_gradient", dict(x=x, y=y), dict(dx=dx, dy=dy), f"f64 gradient {n} {m}")
        hx, hy = x.torch().half().float(), y.torch().half().float()
        case("elements", "of_f16", dict(x=x, y=y), dict(z=(hx * hy + hx).half(), total=(hx @ hy).half(), average=hx.mean(1).half()), f"f16 {n} {m}")
        bx, by = x.torch().bfloat16().float(), y.torch().bfloat16().float()
        greatest = bx.max(1).values
        case("elements", "of_bf16", dict(x=x, y=y), dict(z=(bx * by + bx).bfloat16(), total=(bx @ by).bfloat16(), greatest=greatest), f"bf16 {n} {m}")
        hx, hy = hx.clone().requires_grad_(), hy.clone().requires_grad_()
        dx, dy = gradients((hx * hy * hy).sum(), hx, hy)
        case("elements", "f16_gradient", dict(x=x, y=y), dict(dx=dx, dy=dy), f"f16 gradient {n} {m}", tolerance=4e-3)
    x = np.array([0.1, 1.2345, 3.0], np.float16)
    f = x.astype(np.float32)
    once = ((f * 1000 + 1) - f * 1000).astype(np.float16)
    twice = ((f * 1000 + 1).astype(np.float16).astype(np.float32) - (f * 1000).astype(np.float16).astype(np.float32)).astype(np.float16)
    case("elements", "rounding", dict(x=x.astype(np.float32)), dict(once=once.astype(np.float32), twice=twice.astype(np.float32)))

    values = np.array([0, -0.0, 0.5, -0.5, 1.5, -1.5, 2.999, 127.6, -128.9, 255.5, 256, -3, 1e6, 3e9, -3e9, 1e20, -1e20, np.inf, -np.inf, np.nan,
                       65504, 65520, 1e-8, 6e-8, 1.0009766], np.float32)

    def to_integer(dtype, x):
        info = np.iinfo(dtype)
        exact = [0 if np.isnan(v) else info.max if v >= info.max else info.min if v <= info.min else int(v) for v in x.astype(np.float64)]
        return [float(v) for v in exact]

    def as_result(dtype, x):
        return np.array(to_integer(dtype, x))

    t = torch.from_numpy(values)
    case("elements", "casts_of_floats", dict(x=values),
         dict(a=as_result(np.int32, values), b=as_result(np.uint8, values), c=as_result(np.int8, values), d=as_result(np.int64, values),
              e=t.half(), f=t.bfloat16(), g=t.double(), h=values > 0, k=as_result(np.uint32, values), l=as_result(np.int16, values)))
    doubles = np.concatenate([values.astype(np.float64), [1e300, -1e300, 1 + 2.0**-40, 16777217.0, 1e-310]])
    t = torch.from_numpy(doubles)
    case("elements", "casts_of_doubles", dict(x=doubles),
         dict(a=as_result(np.int32, doubles), b=as_result(np.int64, doubles), c=t.float(), d=t.half(), e=as_result(np.uint64, doubles)))
    x = np.array([0, 1, -1, 127, 128, 255, 256, -129, 2**31 - 1, -2**31, 16777217, 65519, 65520, 70000], np.int32)
    t = torch.from_numpy(x)
    case("elements", "casts_of_integers", dict(x=x),
         dict(a=x.astype(np.uint8), b=x.astype(np.int8), c=x.astype(np.int64), d=x.astype(np.float32), e=t.half(), f=x.astype(np.uint32),
              g=x.astype(np.float64), h=x.astype(np.int16)))
    for n, m in ((0, 3), (3, 5), (7, 64)):
        x = below((n, m), 5, 256).array.astype(np.uint8)
        case("elements", "of_bytes", dict(x=x), dict(pixels=x.astype(np.float32) / np.float32(255), total=x.sum(1, dtype=np.int64),
                                                     half=torch.from_numpy(x.astype(np.float32) / np.float32(255)).bfloat16(), doubled=x.astype(np.int64) * 2), f"bytes {n} {m}")
    x, y = np.array([0, 0, 1, 1, 1], bool), np.array([0, 1, 0, 1, 1], bool)
    case("elements", "of_bools", dict(x=x, y=y), dict(a=x & y, b=x | ~y, c=x == y, d=x.astype(np.int64), e=y.astype(np.float32), count=3))
    x = real((3, 5), 1)
    case("elements", "indices_as_numbers", dict(x=x), dict(y=np.arange(15, dtype=np.float32).reshape(3, 5) + 3, z=np.arange(3) * 1000000 + 3))


def control():
    x = real(11, 1)
    v = x.array
    case("control", "sign", dict(x=x), dict(y=np.sign(v), z=np.where(v > 0.5, (v * np.float32(10)).astype(np.int64) * 2, -7)))
    for n, y, k in ((3, 3.0, 1), (11, 103.0, 11), (-2, -1.5, 0), (0, 1.5, 50)):
        case("control", "statements", dict(x=np.float32(1.5), n=n), dict(y=np.float32(y), k=k), f"statements {n}")
    for flag in (False, True):
        y = v.copy()
        tx = x.torch(True)
        z = tx
        if flag:
            y[0] = 9
            y = y * 2
            z = torch.cat([torch.tensor([9.0]), tx[1:]]) * tx
        case("control", "branch_on_tensors", dict(x=x, flag=flag), dict(y=y), f"branch {flag}")
        case("control", "branch_gradient", dict(x=x, flag=flag), dict(dx=gradients((z * z).sum(), tx)[0]), f"branch gradient {flag}")
    case("control", "tuples", dict(x=x, a=np.float32(3), b=np.float32(2)), dict(low=np.float32(2), high=np.float32(3), total=v * 3 + 2))
    case("control", "tuples_by_index", dict(x=x), dict(a=np.minimum(v, 1 - v), b=np.maximum(v, 1 - v)))
    values = real((8, 4), 2)
    after = values.array.copy()
    row = real(4, 3)
    after[5] = row.array
    case("control", "cache", {"c.values": values, "c.used": 5, "x": row},
         {"c.values": after, "c.used": 6, "total": np.float32(after[:6].sum())})
    case("control", "cache", {"c.values": values, "c.used": 8, "x": row}, fails="c.values", name="cache is full")
    case("control", "swaps", dict(a=np.float32(3), b=np.float32(10)), dict(a=np.float32(11), b=np.float32(8)))
    h = v
    for t in range(3):
        h = h * np.float32(0.5) + np.float32(t)
    case("control", "loops", dict(x=x), dict(y=h, s=np.float32(4 + 9 + 16 + 25), z=np.float32(v.sum()**3)))
    for n in (1, 5, 16):
        x, w = real(n, 4), real((n, n), 5)
        tx, tw = x.torch(True), w.torch(True)
        h = tx
        for _ in range(4):
            h = torch.tanh(tw @ h + tx)
        dx, dw = gradients((h * h).sum(), tx, tw)
        case("control", "loop_gradient", dict(x=x, w=w), dict(dx=dx, dw=dw), f"loop gradient {n}")
    x = real((3, 4), 6)
    case("control", "imported", dict(x=x), dict(y=2 * x.array.T, z=x.array.reshape(-1)))
    case("control", "rebound", dict(x=real(3, 7)), dict(y=real(3, 7).array * 2 + 1))


def random():
    case("random", "draws", dict(rng=7))
    case("random", "draws", dict(rng=8), name="other draws")
    case("random", "moments", dict(rng=3), dict(
        average=np.array([0.5, 0, 0.3, 0.5, 0.5772, 0], np.float32), variance=np.array([1 / 12, 1, 0.21, 143 / 12, np.pi**2 / 6, 1], np.float32), inside=True), tolerance=0.05)
    case("random", "same_seed", dict(seed=5), dict(same=True, differs=True, goes_on=True))
    case("random", "in_parts", dict(rng=5), dict(same=True))
    case("random", "forks", dict(rng=5), dict(distinct=True, unchanged=True), dims={"N": 20})
    for flag in (False, True):
        case("random", "conditional", dict(rng=9, c=flag), dict(x=np.float32(-1)) if not flag else {}, f"conditional {flag}")
    case("random", "conditional_expression", dict(rng=9, c=True), dict(same=True))
    case("random", "conditional_expression", dict(rng=9, c=False), dict(same=True), name="conditional expression false")
    for flag in (False, True):
        case("random", "short_circuit", dict(rng=9, c=flag), dict(first=flag, same=True), f"short circuit {flag}")
    case("random", "dropout", dict(rng=2, x=real(40, 1), p=np.float32(0.25)))
    case("random", "dropout_is_its_own_gradient", dict(rng=2, x=real(400, 1)), dict(same=True, share=np.float32(0.75)), tolerance=0.06)


def checks():
    table = real((5, 3), 1)
    case("checks", "gather", dict(table=table, tokens=np.array([4, 0, 2])), dict(y=table.array[[4, 0, 2]]))
    case("checks", "gather", dict(table=table, tokens=np.array([], np.int32)), dict(y=np.zeros((0, 3), np.float32)), "gather nothing")
    for bad in (5, -1, 2**31 - 1, -2**31):
        case("checks", "gather", dict(table=table, tokens=np.array([4, bad, 2])), fails=str(bad), name=f"gather {bad}")
    case("checks", "gather", dict(table=table, tokens=np.array([4, 9, 2])), fails="table", name="names the tensor")
    case("checks", "gather", dict(table=table, tokens=np.array([4, 9, 2])), fails="axis 0", name="names the axis")
    case("checks", "pick", dict(x=real(4, 2), k=3), dict(y=real(4, 2).array[3]))
    case("checks", "pick", dict(x=real(4, 2), k=4), fails="4")
    case("checks", "pick", dict(x=real(0, 2), k=0), fails="x", name="pick from nothing")
    x = real((4, 6), 3)
    case("checks", "two_axes", dict(x=x, i=np.array([0, 3]), j=np.array([5, 0])), dict(y=x.array[[0, 3], [5, 0]]))
    case("checks", "two_axes", dict(x=x, i=np.array([0, 3]), j=np.array([6, 0])), fails="axis 1", name="second axis")
    for k in (-1, 0, 3, 4):
        case("checks", "guarded", dict(x=real(4, 4), k=k), dict(y=real(4, 4).array[k] if 0 <= k < 4 else np.float32(-1)), f"guarded {k}")
    case("checks", "filtered", dict(x=real(4, 4), k=np.array([-1, 2, -7, 3])), dict(y=np.float32(real(4, 4).array[[2, 3]].sum())))
    case("checks", "filtered", dict(x=real(4, 4), k=np.array([-1, 2, -7, 4])), fails="x", name="filtered outside")
    x = real(5, 5)
    y = x.array * 2
    y[2] += 1
    case("checks", "changes", dict(x=x, n=1, k=2, v=np.float32(1)), dict(before=np.float32(x.array.sum()), x=y, n=2))
    case("checks", "changes", dict(x=x, n=1, k=5, v=np.float32(1)), fails="x", name="nothing is changed")
    case("checks", "divides", dict(x=np.array([7, -7, 9]), y=np.array([2, 2, -4]), n=0), dict(q=np.array([3, -4, -3]), n=1))
    case("checks", "divides", dict(x=np.array([7, -7, 9]), y=np.array([2, 0, -4]), n=0), fails="zero", name="division by zero")
    case("checks", "asserts", dict(x=np.array([1, 2, 3], np.float32), n=0), dict(s=np.float32(6), n=1))
    case("checks", "asserts", dict(x=np.array([1, 20, 3], np.float32), n=0), fails="the sum is small", name="assert with words")
    case("checks", "asserts", dict(x=np.array([1, -2, 3], np.float32), n=0), fails="x[i] >= 0", name="assert without words")
    w = real(6, 6)
    tokens = np.array([1, 1, 5, 0])
    tw = w.torch(True)
    case("checks", "in_gradient", dict(w=w, tokens=tokens), dict(dw=gradients((tw[tokens]**2).sum(), tw)[0]))
    case("checks", "in_gradient", dict(w=w, tokens=tokens + 1), fails="6", name="in gradient, outside")
    none = np.zeros(0, np.float32)
    case("checks", "same_for_all", dict(t=w, k=3, x=real(2, 1), d=2), dict(y=w.array[3] * real(2, 1).array, q=np.array([3, 3])))
    case("checks", "same_for_all", dict(t=w, k=6, x=real(2, 1), d=2), fails="t", name="same for all, outside")
    case("checks", "same_for_all", dict(t=w, k=6, x=none, d=2), dict(y=none, q=none), "same for none, outside")
    case("checks", "same_for_all", dict(t=w, k=3, x=none, d=0), dict(y=none, q=none), "same for none, division by zero")
    case("checks", "same_for_all", dict(t=w, k=3, x=real(2, 1), d=0), fails="zero", name="same for all, division by zero")
    case("checks", "written", dict(x=none, k=9), dict(y=np.zeros((4, 0), np.float32)), "written by none")
    case("checks", "written", dict(x=real(2, 1), k=9), fails="axis 0", name="written outside")
    case("checks", "needs", dict(x=real(2, 1)), dict(y=np.zeros(0, np.float32)), "needs 2")


def record():
    elements()
    control()
    random()
    checks()
