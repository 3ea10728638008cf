#!/usr/bin/env python3
"""How long `kilnc check` takes, and how it grows with the program.

    bench/compile_speed.py [--kilnc build/release/bin/kilnc] [--repeat 5] [--quick [--slack 2]]

Checks generated programs of 1,000 to 100,000 lines and the larger programs of tests/ and samples/: the least time on
a processor of several runs, the greatest memory, and the exponent of the growth (1 is linear). Exits with 1 where a bound of
docs/performance.md does not hold. `--generate LINES` prints such a program instead. `--quick` looks at 1,000 lines and
ResNet-50 alone; `--slack` multiplies the bounds of time, for a machine that does other things too.
"""
import argparse
import math
import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[1]
LINES = [1_000, 3_000, 10_000, 30_000, 100_000]
MOST_SECONDS_OF_1000_LINES = 0.050
MOST_SECONDS_OF_RESNET = 0.030
REAL_RESNET = ("ResNet(10, 2, 2, 1, 2, 1)", "ResNet50(10)")  # the program of the tests has fewer blocks
MOST_BYTES_OF_100000_LINES = 1e9
GREATEST_EXPONENT = 1.15

# One unit of generated text: what models look like, in 20 lines. {n} is its number, {m} that of an earlier one.
UNIT = '''
/// Layer {n}.
model Layer{n}(In: dim, Hidden: dim, Out: dim) {{
  param w1: f32[Hidden, In] = init.kaiming_uniform(rng, In)
  param b1: f32[Hidden] = 0
  param w2: f32[Out, Hidden] = init.kaiming_uniform(rng, Hidden)
  state count: i64 = 0

  fn call(x: f32[B, In]) -> y: f32[B, Out] {{
    let h[b, k] = max((sum[i] x[b, i] * w1[k, i]) + b1[k], 0)
    let scale = {scale}
    y[b, o] = scale * sum[k] h[b, k] * w2[o, k]
  }}
}}
fn shift{n}(x: f32[N, H], k: f32[3]) -> y: f32[N, H] where H >= 1 {{
  let padded[n: N, h: H] = sum[d] x[n, h + d - 1 else 0] * k[d]
  var total = 0.0
  if N >= 2 {{ total = sum(padded) }} else {{ total = padded[0, 0 else 0] }}
  y[n, h] = padded[n, h] / (1 + abs(total)) {call}
}}
'''
UNIT_LINES = UNIT.count("\n") - 1
END = '''
export type Net = Layer0(4, 8, 2)
export fn predict(m: Net, x: f32[B, 4]) -> y: f32[B, 2] = m(x)
'''


def generate(lines):
    text = "import init\n"
    units = max(1, (lines - END.count("\n") - 1) // UNIT_LINES)
    for n in range(units):
        call = f"+ shift{n - 1}(padded, k)[n, h]" if n % 4 else ""
        text += UNIT.format(n=n, scale=f"{1 + n % 7}.5", call=call)
    return text + END


def measure(kilnc, path, repeat):
    """The least processor seconds and the greatest bytes of several runs."""
    least, most = math.inf, 0
    for _ in range(repeat):
        child = subprocess.Popen([kilnc, "check", str(path)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        message = child.stderr.read().decode()
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = status
        least = min(least, usage.ru_utime + usage.ru_stime)  # of one thread: its time on an idle machine
        most = max(most, usage.ru_maxrss * 1024)
        if status != 0:
            sys.exit(f"{path}: kilnc check failed\n{message[:2000]}")
    return least, most


def exponent(points):
    """The slope of log seconds over log lines, by least squares."""
    xs, ys = [math.log(x) for x, _ in points], [math.log(y) for _, y in points]
    x_mean, y_mean = sum(xs) / len(xs), sum(ys) / len(ys)
    return sum((x - x_mean) * (y - y_mean) for x, y in zip(xs, ys)) / sum((x - x_mean) ** 2 for x in xs)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kilnc", default=str(ROOT / "build/release/bin/kilnc"))
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--generate", type=int, metavar="LINES")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--slack", type=float, default=1.0)
    options = parser.parse_args()
    if options.generate:
        print(generate(options.generate), end="")
        return 0
    broken, points = [], []

    def show(path, name, most_seconds=math.inf):
        text = path.read_text()
        repeat = options.repeat if len(text) < 1e6 else 2
        seconds, size = measure(options.kilnc, path, repeat)
        count = text.count("\n")
        print(f"{name:40} {count:8} {seconds * 1e3:9.1f} {size / 1e6:7.0f}")
        if seconds > most_seconds * options.slack:
            broken.append(f"{name} takes more than {most_seconds * options.slack * 1e3:.0f} ms")
        return count, seconds, size

    print(f"{'program':40} {'lines':>8} {'ms':>9} {'MB':>7}")
    with tempfile.TemporaryDirectory() as folder:
        for lines in LINES[:1] if options.quick else LINES:
            path = pathlib.Path(folder) / f"generated_{lines}.model"
            path.write_text(generate(lines))
            count, seconds, size = show(path, path.stem, MOST_SECONDS_OF_1000_LINES if lines == 1_000 else math.inf)
            if lines == 100_000 and size > MOST_BYTES_OF_100000_LINES:
                broken.append("100,000 lines take more than 1 GB")
            if lines >= 10_000:
                points.append((count, seconds))
        resnet = ROOT / "tests/programs/design/resnet50.model"
        show(resnet, str(resnet.relative_to(ROOT)), MOST_SECONDS_OF_RESNET)
        text = resnet.read_text()
        if REAL_RESNET[0] not in text:
            sys.exit(f"{resnet} no longer holds {REAL_RESNET[0]}")
        path = pathlib.Path(folder) / "resnet50_real.model"
        path.write_text(text.replace(*REAL_RESNET))
        show(path, "the same with its 16 blocks")
    if not options.quick:
        slope = exponent(points)
        print(f"growth from 10,000 to 100,000 lines: exponent {slope:.2f}")
        if slope > GREATEST_EXPONENT:
            broken.append(f"the growth is not linear: exponent {slope:.2f}")
        for pattern in ("samples/**/*.model", "tests/programs/networks.model"):
            for path in sorted(ROOT.glob(pattern)):
                show(path, str(path.relative_to(ROOT)))
    for line in broken:
        print("BOUND BROKEN:", line)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
