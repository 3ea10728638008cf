"""Cases of ragged_loops.model: each row by itself in NumPy."""
import numpy as np

from cases_of_ragged import joined, rows_of
from recording import case, real

LENGTHS = ([2, 1, 3], [0, 4, 0, 2], [6], [1] * 6, [], [0, 0], [9, 0, 5, 1], [(5 * b) % 7 for b in range(66)])


def smoothing(count):
    """What `smooth` does to a row of this length, as a matrix: as many rounds as places."""
    once = 0.5 * (np.eye(count) + np.eye(count, k=-1))
    return np.linalg.matrix_power(once, count)


def halved(values, is_done):
    rounds = 0
    while not is_done(values) and rounds < 20:
        values, rounds = values * 0.5, rounds + 1
    return values, rounds


def record():
    f32, i32 = np.float32, np.int32
    for lens in LENGTHS:
        n, x, name = np.array(lens, i32), real(sum(lens), 1, 4.0), str(lens if len(lens) < 8 else len(lens))
        rows = [row.astype(float) for row in rows_of(x.array, lens)]
        given = dict(len=n, x=x)
        decay = [0.5 ** np.arange(len(r) - 1, -1, -1.0) for r in rows]
        case("ragged_loops", "rows", given, dict(y=np.array([d @ r for d, r in zip(decay, rows)], f32), g=joined(decay, x.array)), f"rows {name}")
        matrices = [smoothing(len(r)) for r in rows]
        ys = [m @ r for m, r in zip(matrices, rows)]
        case("ragged_loops", "smoothed", given, dict(y=joined(ys, x.array), g=joined([m.T @ y for m, y in zip(matrices, ys)], x.array)),
             f"smoothed {name}", tolerance=2e-5)
        for count in (0, 3):
            v = rows
            for k in range(count):
                v = [0.5 * a + k * np.append(0, r[:-1])[:len(r)] for a, r in zip(v, rows)]
            case("ragged_loops", "damped", given, dict(y=joined(v, x.array), s=np.array([a.sum() for a in v], f32)), f"damped {name} {count}",
                 dims=dict(N=count), tolerance=2e-5)
        whole, rounds = halved(x.array, lambda v: (v.astype(float)**2).sum() <= 1)
        case("ragged_loops", "shrunk", dict(given, most=f32(1)), dict(y=whole, rounds=rounds), f"shrunk {name}")
        each = np.array([halved(v, lambda q: q <= 1)[0] for v in x.array], f32)
        below = [halved(r, lambda q: q.sum() <= 1)[0] for r in rows_of(x.array, lens)]
        case("ragged_loops", "each", given, dict(y=each, z=joined(below, x.array)), f"each {name}")
        wide = x.array.astype(float)
        case("ragged_loops", "again", given, dict(l=f32((wide**4).sum()), g=(4 * wide**3).astype(f32)), f"again {name}", tolerance=2e-5)
    for count in (0, 1, 3, 8):
        x = real(count, 2)
        decay = 0.5 ** np.arange(count - 1, -1, -1.0)
        case("ragged_loops", "first", dict(n=count, x=x), dict(s=f32(decay @ x.array.astype(float)), g=decay.astype(f32)), f"first {count}")
    for most, count in ((6, 5), (3, 6), (0, 2), (4, 0)):
        x = real(most, 3)
        case("ragged_loops", "cuts", dict(x=x), dict(s=f32(sum(x.array[:min(k, most)].astype(float).sum() for k in range(count)))),
             f"cuts {most} {count}", dims=dict(N=count))
