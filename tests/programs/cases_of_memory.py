"""Cases of memory.model."""
import numpy as np

from recording import below, case, real


def memory():
    f32 = np.float32
    case("memory", "constants", {}, dict(a=f32([1, 2, 3]), b=7, c=True, d=f32([[0, 1], [2, 3]])))
    for n, m in ((0, 3), (1, 1), (5, 7), (16, 33), (67, 3)):
        x, y, p = real((n, m), 1), real((n, m), 2), below(n, 3, max(n, 1))
        a = x.array
        case("memory", "identity", dict(x=x), dict(y=a), f"identity {n} {m}")
        s = (a.astype(np.float64)**2).sum(1)
        case("memory", "normalise", dict(x=x), dict(x=(a / np.sqrt(s + 1)[:, None]).astype(f32), norms=s.astype(f32)), f"normalise {n} {m}")
        case("memory", "permute", dict(x=x, p=p), dict(x=a[p.array]), f"permute {n} {m}")
    for n in (1, 2, 7, 8, 33, 64, 1000):
        x, y, z, p = real(n, 4), real(n, 5), real(n, 6), below(n, 7, n)
        a, b, c = x.array, y.array, z.array
        case("memory", "twice_the_same", dict(x=x), dict(a=2 * a, b=2 * a, c=a), f"twice {n}")
        case("memory", "swap", dict(a=x, b=y), dict(a=b, b=a), f"swap {n}")
        case("memory", "rotate", dict(a=x, b=y, c=z), dict(a=b + 1, b=c + a, c=2 * a, sum_before=a + b + c), f"rotate {n}")
        case("memory", "reverse", dict(x=x), dict(x=a[::-1]), f"reverse {n}")
        case("memory", "shift", dict(x=x), dict(x=np.append(a[:1], a[:-1])), f"shift {n}")
        case("memory", "shift_back", dict(x=x), dict(x=np.append(a[1:], a[-1:])), f"shift back {n}")
        added, last = a.copy(), a.copy()
        np.add.at(added, p.array, a)
        for i, k in enumerate(p.array):
            last[k] = a[i]
        case("memory", "scatter_into_itself", dict(x=x, p=p), dict(x=added), f"scatter into itself {n}")
        case("memory", "last_into_itself", dict(x=x, p=p), dict(x=last), f"last into itself {n}")
        case("memory", "unchanged", dict(x=x, y=y), dict(x=a, y=b, s=f32(a.sum() + b.sum())), f"unchanged {n}")
        case("memory", "one_of_them", dict(x=x, y=y, first=True), dict(x=2 * b, y=b), f"the first {n}")
        case("memory", "one_of_them", dict(x=x, y=y, first=False), dict(x=a, y=2 * a), f"the second {n}")
        case("memory", "from_each_other", dict(x=x, y=y), dict(x=a + f32(0.5) * b, y=b - f32(0.5) * a), f"from each other {n}")
        case("memory", "old_and_new", dict(x=x), dict(x=a * a, before=a, after=a * a, difference=a * a - a), f"old and new {n}")
    for n in (1, 5, 16, 33):
        x, y = real((n, n), 8), real((n, n), 9)
        a = x.array.astype(np.float64)
        case("memory", "transpose", dict(x=x), dict(x=x.array.T), f"transpose {n}")
        case("memory", "square_matrix", dict(x=x), dict(x=(a @ a).astype(f32)), f"square {n}")
        a = a + np.eye(n)
        b = a @ y.array
        case("memory", "read_after_write", dict(x=x, y=y), dict(x=b.astype(f32), z=(a @ b).astype(f32)), f"read after write {n}")
    for b, n, m in ((0, 2, 3), (4, 5, 7), (33, 16, 32)):
        total, x, y = real((n, m), 10), real((b, n), 11), real((b, m), 12)
        case("memory", "accumulate", dict(total=total, count=b, x=x, y=y), dict(total=total.array + x.array.T @ y.array, count=b + 1), f"accumulate {b} {n} {m}")
    for at, n in ((0, 3), (6, 5), (7, 0), (3, 8), (2, 11)):
        buffer, x = real(8, 13), real(n, 14)
        after = buffer.array.copy()
        for i in range(n):
            after[(at + i) % 8] = x.array[i]
        end = (at + n) % 8
        case("memory", "ring", dict(buffer=buffer, at=at, x=x), dict(buffer=after, at=end, y=np.roll(after, -end)), f"ring {at} {n}")
    for n in (1, 9, 65):
        x = real(n, 15).array.astype(np.float64)
        a, b = np.sin(x), np.cos(x)
        c = a * b
        d = a.sum() * c
        e = b.max() - d
        f = d[::-1] + e
        g = np.cumsum(f) + a
        k = np.argsort(g, kind="stable")
        y = g[k] + k + g[::-1] * b + c
        case("memory", "wide", dict(x=real(n, 15)), dict(y=y.astype(f32), s=f32(y.sum() + d.mean() + e.max())), f"wide {n}", tolerance=1e-4)


def record():
    memory()
