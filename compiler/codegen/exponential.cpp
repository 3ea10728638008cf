#include "codegen/coefficients.h"
#include "codegen/vector_math.h"

namespace kiln::codegen::math {
namespace {

namespace c = coefficients;

// Adding 1.5 * 2^(mantissa bits) to |x| < 2^(mantissa bits - 1) rounds it to an integer, which then stands in
// the low bits of the sum. NaN stays NaN, where a conversion to an integer would be undefined.
Lanes rounding_constant(Lanes like) { return like.choose(0x1.8p23, 0x1.8p52); }

Lanes round_to_integer(Lanes x) { return (x + rounding_constant(x)) - rounding_constant(x); }

/// 2^n for integer-valued n in the exponent range of normal numbers.
Lanes power_of_two(Lanes n) {
  const int mantissa = n.is_f64() ? 52 : 23;
  const int bias = n.is_f64() ? 1023 : 127;
  const Lanes bits = (n + rounding_constant(n)).as_bits() + bias;
  return shift_left(bits, mantissa).as_float();  // the constant's own bits are shifted out
}

Lanes clamp(Lanes x, Lanes low, Lanes high) {  // keeps NaN
  const Lanes below = select(x > high, high, x);
  return select(below < low, low, below);
}

/// x = n ln2 + high + low with |high| <= ln2 / 2.
struct Reduced {
  Lanes n;
  Pair rest;
};

// Cody and Waite's reduction: n * ln2_high is exact in the fma, ln2 split so that the sum has twice the
// precision.
Reduced reduce(Lanes x) {
  const Lanes n = round_to_integer(x * x.choose(0x1.715476p+0, 0x1.71547652b82fep+0));
  const Lanes first = fma(n, x.choose(-0x1.62e430p-1, -0x1.62e42fefa39efp-1), x);
  const Lanes ln2_low = x.choose(-0x1.05c610p-29, 0x1.abc9e3b39803fp-56);
  const Lanes second = n * ln2_low;
  const Pair rest = fast_sum(first, -second);
  return {n, rest};
}

/// (e^r - 1) for |r.high| <= ln2 / 2.
Lanes small_expm1(Pair r) {
  const Lanes q = polynomial(r.high, c::exp_f32, c::exp_f64);
  return r.high + fma(r.high * r.high, q, r.low);
}

}  // namespace

Pair fast_sum(Lanes a, Lanes b) {
  const Lanes high = a + b;
  return {high, b - (high - a)};
}

Pair sum(Lanes a, Lanes b) {
  const Lanes high = a + b;
  const Lanes part = high - a;
  return {high, (a - (high - part)) + (b - part)};
}

Pair product(Lanes a, Lanes b) {
  const Lanes high = a * b;
  return {high, fma(a, b, -high)};
}

// In two steps, each by a normal power of two: the first is exact, so that a subnormal result is rounded
// once.
Lanes scale(Lanes x, Lanes n) {
  const Lanes half = round_to_integer(n * 0.5);
  return x * power_of_two(half) * power_of_two(n - half);
}

Lanes exp(Lanes x) {
  const Lanes inside = clamp(x, x.choose(-104, -746), x.choose(89, 710));
  const Reduced r = reduce(inside);
  return scale(small_expm1(r.rest) + 1.0, r.n);
}

Lanes exp_of_normal(Lanes x) {
  const Reduced r = reduce(x);
  return (small_expm1(r.rest) + 1.0) * power_of_two(r.n);
}

Lanes exp_of_pair(Pair x, int shift) {
  const Lanes inside = clamp(x.high, x.high.choose(-105, -746), x.high.choose(90, 711));
  const Lanes low = select(inside == x.high, x.low, 0.0);
  Reduced r = reduce(inside);
  r.rest = fast_sum(r.rest.high, r.rest.low + low);
  return scale(small_expm1(r.rest) + 1.0, r.n + static_cast<double>(shift));
}

Lanes exp2(Lanes x) {
  const Lanes inside = clamp(x, x.choose(-150, -1076), x.choose(128, 1024));
  const Lanes n = round_to_integer(inside);
  const Lanes r = inside - n;
  return scale(fma(r, polynomial(r, c::exp2_f32, c::exp2_f64), 1.0), n);
}

// 2^n p + (2^n - 1), both halved while they are formed, so that 2^n may be just above the greatest number.
Lanes expm1(Lanes x) {
  const Lanes inside = clamp(x, x.choose(-30, -60), x.choose(89, 710));
  const Reduced r = reduce(inside);
  const Lanes power = power_of_two(r.n - 1.0);
  const Lanes q = polynomial(r.rest.high, c::exp_f32, c::exp_f64);
  const Lanes tail = fma(r.rest.high * r.rest.high, q, r.rest.low);
  const Pair p = fast_sum(r.rest.high, tail);
  const Pair base = fast_sum(power, x.constant(-0.5));
  const Pair base_small = fast_sum(x.constant(-0.5), power);
  const Lanes base_low = select(power >= 0.5, base.low, base_small.low);
  const Pair main = sum(base.high, power * p.high);
  const Lanes result = main.high + (main.low + fma(power, p.low, base_low));
  // Where n = 0 the result is p itself, whatever its size; -0 and subnormal numbers are kept.
  return select(r.n == 0.0, select(x == 0.0, x, p.high), result * 2.0);
}

}  // namespace kiln::codegen::math
