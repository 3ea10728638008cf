"""Random programs in index notation with what PyTorch makes of them: python3 random_programs.py FOLDER FIRST_SEED COUNT.

Each is a chain of tensors, variables and scatters that ends in a number, and its gradient with respect to all inputs. The
reference evaluates the same tree over the grid of all indices in scope, in f64. Then: KILN_PROGRAMS=FOLDER test_programs.
record.py keeps some of them beside the other programs.
"""
import pathlib
import random
import sys

import recording
from random_control import ControlMaker
from random_expressions import ExpressionMaker
from random_grid import TooLarge
from random_statements import StatementMaker
from recording import below, real

sizes = {"N": (1, 2, 3, 5, 8, 17, 33, 64), "M": (1, 2, 4, 7, 16, 31, 65), "K": (1, 3, 4, 8, 9, 32)}


class Maker(ExpressionMaker, StatementMaker, ControlMaker):
    def statement(self):
        """Text lines and a function that changes the values."""
        makers = [self.plain_statement] * 6 + [self.contraction] * 4 + [self.best_places, self.inner_gradient, self.point_gradients, self.loop, self.branch, self.lifted, self.sorted]
        return self.random.choice(makers)()

    def program(self, name):
        lines, runs = [], []
        for _ in range(self.random.randint(2, 5)):
            text, run = self.statement()
            lines += text
            runs.append(run)
        last = [t for t in self.tensors if not t.is_place][-1]
        made = [t for t in self.tensors if t.name[0] == "v"]  # all count, and every input is used
        total = " + ".join(f"0.25 * sum({t.name})" if t.axes else t.name for t in made)
        total = f"{total + ' + ' if total else ''}0.5 * sum(x) * sum(z) + sum(y)"
        body = "\n".join("    " + line for line in lines)
        text = f"""export fn {name}(x: f32[N, M], y: f32[M, K], z: f32[N], p: i32[N], q: i32[K]) -> loss: f32, dx: f32[N, M], dy: f32[M, K], dz: f32[N], last: f32{'[' + ', '.join(last.axes) + ']' if last.axes else ''}
    where N >= 1, M >= 1, K >= 1 {{
  let ((l, v), (gx, gy, gz)) = value_and_grad(x, y, z) {{
{body}
    return ({total}, {last.name})
  }}
  loss = l
  dx = gx
  dy = gy
  dz = gz
  last = v
}}
"""

        def reference(dims, arguments):
            v = {n: a.torch() for n, a in arguments.items()}
            for n in "xyz":
                v[n] = v[n].double().requires_grad_()
            inputs = [v[n] for n in "xyz"]
            for run in runs:
                run(dims, v)
            value = v[last.name]
            loss = sum((0.25 * v[t.name].sum() if t.axes else v[t.name].sum()) for t in made) + 0.5 * inputs[0].sum() * inputs[2].sum() + inputs[1].sum()
            dx, dy, dz = recording.gradients(loss, *inputs)
            return dict(loss=loss, dx=dx, dy=dy, dz=dz, last=value)

        return text, reference


prelude = """/// Random programs (random_programs.py).
fn square(x: f32) -> f32 = x * x
fn softmax(x: f32[...S, N]) -> y: f32[...S, N] {
  let top[...s] = max[j] x[...s, j]
  let e[...s, j] = exp(x[...s, j] - top[...s])
  y[...s, j] = e[...s, j] / sum[k] e[...s, k]
}
fn normalised(x: f32[...S, N]) -> y: f32[...S, N] where N >= 1 {
  let m[...s] = mean[j] x[...s, j]
  let v[...s] = mean[j] square(x[...s, j] - m[...s])
  y[...s, j] = (x[...s, j] - m[...s]) * rsqrt(v[...s] + 0.125)
}
"""


def write(program, seeds):
    """A file of one function for each seed, with three calls of each."""
    texts = [prelude]
    for seed in seeds:
        text, reference = Maker(seed).program(f"p{seed}")
        texts.append(text)
        chooser = random.Random(seed)
        for number in range(3):
            dims = {d: chooser.choice(s) for d, s in sizes.items()}
            arguments = dict(x=real((dims["N"], dims["M"]), 5 * number + 1), y=real((dims["M"], dims["K"]), 5 * number + 2), z=real(dims["N"], 5 * number + 3),
                             p=below(dims["N"], 5 * number + 4, dims["M"]), q=below(dims["K"], 5 * number + 5, dims["N"]))
            try:
                results = reference(dims, arguments)
            except TooLarge:
                continue
            results = {n: t.float() for n, t in results.items()}
            recording.case(program, f"p{seed}", arguments, results, f"p{seed} {dims}", tolerance=1e-4)
    (recording.folder / f"{program}.model").write_text("\n".join(texts))


if __name__ == "__main__":
    recording.folder = pathlib.Path(sys.argv[1])
    first, count = int(sys.argv[2]), int(sys.argv[3])
    per_file = 8
    for start in range(first, first + count, per_file):
        write(f"random_{start}", range(start, min(start + per_file, first + count)))
    recording.write()
