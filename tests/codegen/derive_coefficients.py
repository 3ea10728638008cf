#!/usr/bin/env python3
"""Writes compiler/codegen/coefficients.h: minimax polynomials for the scalar functions.

Each row is p(x) ~ f(x) on [low, high] with least greatest weighted error, found by the Remez exchange at 60 digits,
then rounded to the type coefficient by coefficient, lowest first: after each rounding the rest is fitted again, so
that the higher coefficients take up the error of the lower ones (where the interval starts at 0). Needs mpmath: derive_coefficients.py > coefficients.h
"""
import sys
import mpmath as mp

mp.mp.dps = 60


def remez(f, weight, low, high, powers):
    """Coefficients of sum(c[i] x^powers[i]) with least max |weight * (p - f)|, and that error."""
    n = len(powers)
    mid, half = (low + high) / 2, (high - low) / 2
    nodes = [mid - half * mp.cos(mp.pi * (i + mp.mpf(1) / 2) / (n + 1)) for i in range(n + 1)]
    samples = [mid - half * mp.cos(mp.pi * i / 400) for i in range(401)]
    targets = [(x, f(x), weight(x)) for x in samples]
    previous = None
    for _ in range(30):
        system = mp.matrix(n + 1, n + 1)
        right = mp.matrix(n + 1, 1)
        for i, x in enumerate(nodes):
            for j, power in enumerate(powers):
                system[i, j] = x**power
            system[i, n] = (-1) ** i / weight(x)
            right[i] = f(x)
        solution = mp.lu_solve(system, right)
        coefficients = [solution[j] for j in range(n)]
        errors = [w * (sum(c * x**p for c, p in zip(coefficients, powers)) - y) for x, y, w in targets]
        extremes = []
        for i, e in enumerate(errors):
            if extremes and mp.sign(errors[extremes[-1]]) == mp.sign(e):
                if abs(e) > abs(errors[extremes[-1]]):
                    extremes[-1] = i
            else:
                extremes.append(i)
        while len(extremes) > n + 1:
            extremes.pop(0 if abs(errors[extremes[0]]) < abs(errors[extremes[-1]]) else -1)
        worst = max(abs(e) for e in errors)
        if len(extremes) < n + 1 or (previous is not None and abs(previous - worst) < worst / 1000):
            break
        previous = worst
        nodes = [samples[i] for i in extremes]
    return coefficients, worst


def round_to(value, bits):
    if value == 0:
        return mp.mpf(0)
    exponent = mp.floor(mp.log(abs(value), 2))
    unit = mp.mpf(2) ** (exponent - bits + 1)
    return mp.nint(value / unit) * unit


def fit(f, weight, low, high, degree, bits):
    if low < 0:  # powers from k > 0 on are no Chebyshev system around 0: round all at once
        fixed = [round_to(c, bits) for c in remez(f, weight, low, high, list(range(degree + 1)))[0]]
    else:
        fixed = []
    for power in range(len(fixed), degree + 1):
        rest = list(range(power, degree + 1))
        partial = lambda x: f(x) - sum(c * x**i for i, c in enumerate(fixed))
        coefficients, _ = remez(partial, weight, low, high, rest)
        fixed.append(round_to(coefficients[0], bits))
    worst = max(abs(weight(x) * (sum(c * x**i for i, c in enumerate(fixed)) - f(x)))
                for x in [low + (high - low) * mp.mpf(i) / 500 for i in range(501)])
    return fixed, worst


def quotient(function, parts, power):
    """(function(x) - the parts) / x^power, by Taylor series near 0 where the difference cancels."""
    def value(x):
        mp.mp.dps = 260
        x = mp.mpf(x)
        if abs(x) < mp.mpf(10) ** -40:
            x = mp.mpf(10) ** -40
        result = (function(x) - parts(x)) / x**power
        mp.mp.dps = 60
        return +result
    return value


def of_square(function):
    """As a function of z = x^2."""
    return lambda z: function(mp.sqrt(z))


one = lambda x: mp.mpf(1)
half_ln2 = mp.log(2) / 2 * mp.mpf("1.02")  # a little more than the reduction needs
quarter_pi = mp.pi / 4 * mp.mpf("1.02")
root = mp.sqrt(2)
zero = mp.mpf(0)
eighth = (root - 1) ** 2  # tan(pi / 8)^2

# name, f, error weight, low, high, degree for f32, degree for f64
rows = [
    ("exp", quotient(mp.exp, lambda x: 1 + x, 2), one, -half_ln2, half_ln2, 4, 10),
    ("exp2", quotient(lambda x: mp.mpf(2) ** x, lambda x: 1, 1), one, mp.mpf(-0.505), mp.mpf(0.505), 6, 12),
    ("log", quotient(lambda x: mp.log(1 + x), lambda x: x - x * x / 2, 3), one, 1 / root - 1, root - 1, 8, None),
    ("log_atanh", of_square(quotient(lambda s: mp.log((1 + s) / (1 - s)), lambda s: 2 * s, 3)), one, zero,
     ((root - 1) / (root + 1)) ** 2, None, 6),
    ("log_atanh_rest", of_square(quotient(lambda s: mp.log((1 + s) / (1 - s)),
                                          lambda s: 2 * s + 2 * s**3 / 3, 5)), one, zero,
     ((root - 1) / (root + 1)) ** 2, None, 7),
    ("sin", of_square(quotient(mp.sin, lambda x: x, 3)), one, zero, quarter_pi**2, 3, 6),
    ("cos", of_square(quotient(mp.cos, lambda x: 1 - x * x / 2, 4)), one, zero, quarter_pi**2, 2, 6),
    ("asin", of_square(quotient(mp.asin, lambda x: x, 3)), one, zero, mp.mpf(0.25), 4, 11),
    ("atan", of_square(quotient(mp.atan, lambda x: x, 3)), one, zero, eighth, 4, 10),
    ("sinh", of_square(quotient(mp.sinh, lambda x: x, 3)), one, zero, mp.mpf(1), 3, 7),
    ("tanh", of_square(quotient(mp.tanh, lambda x: x, 3)), one, zero, mp.mpf("0.36"), 5, 14),
    ("erf", of_square(quotient(mp.erf, lambda x: x, 1)), one, zero, mp.mpf(1), 6, 12),
    ("erf_tail", lambda t: mp.log(mp.erfc(t)), lambda t: mp.erfc(t) + mp.mpf(2) ** -60, mp.mpf(1), mp.mpf(4), 7,
     None),
    ("erf_tail_from_1", lambda u: mp.log(mp.erfc(u + 1)), lambda u: mp.erfc(u + 1) + mp.mpf(2) ** -64, zero,
     mp.mpf(5), None, 21),
]


def literal(value):
    return float(value).hex()


def main():
    print("#pragma once\n\n#include <array>\n")
    print("/// Minimax polynomials, lowest power first. Written by tests/codegen/derive_coefficients.py; do not edit.")
    print("namespace kiln::codegen::coefficients {\n")
    wanted = sys.argv[1:]
    for name, f, weight, low, high, single, double in rows:
        if wanted and name not in wanted:
            continue
        for suffix, degree, bits in (("f32", single, 24), ("f64", double, 53)):
            if degree is None:
                continue
            values, worst = fit(f, weight, low, high, degree, bits)
            print(f"// on [{mp.nstr(low, 6)}, {mp.nstr(high, 6)}], weighted error {mp.nstr(worst, 3)}")
            print(f"inline constexpr std::array<double, {degree + 1}> {name}_{suffix} = {{")
            print("    " + ",\n    ".join(literal(v) for v in values) + "};\n")
            sys.stdout.flush()
    print("}  // namespace kiln::codegen::coefficients")


main()
