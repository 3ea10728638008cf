#include "codegen/coefficients.h"
#include "codegen/vector_math.h"

namespace kiln::codegen::math {
namespace {

namespace c = coefficients;

/// x = 2^exponent * (1 + fraction), 1 + fraction in [sqrt(1/2), sqrt(2)), for finite x > 0, subnormal ones
/// included.
struct Split {
  Lanes exponent, fraction;
};

Split split(Lanes x) {
  const bool wide = x.is_f64();
  const int mantissa = wide ? 52 : 23;
  const Lanes smallest = x.choose(0x1p-126, 0x1p-1022);
  const Lanes is_small = x < smallest;
  const Lanes bits = select(is_small, x * x.choose(0x1p24, 0x1p54), x).as_bits();
  // Taking away the bits of sqrt(1/2) moves the borders between exponents there.
  const Lanes root = bits.integer(wide ? 0x3FE6A09E667F3BCD : 0x3F3504F3);
  const Lanes shifted = bits - root;
  const Lanes exponent = shift_right_arithmetic(shifted, mantissa);
  const Lanes fraction_bits = (shifted & ((int64_t{1} << mantissa) - 1)) + root;
  // Exponents are small: 64-bit ones go through 32 bits, which every target converts.
  const Lanes number = (wide ? exponent.resized(32, true) : exponent).to_real(x.element());
  return {number - select(is_small, x.choose(24, 54), x.constant(0)), fraction_bits.as_float() - 1.0};
}

/// log(1 + f) = f + rest, rest below f^2.
Lanes log_rest(Lanes f) {
  const Lanes square = f * f;
  if (!f.is_f64()) return fma(square * f, polynomial(f, c::log_f32), square * -0.5);
  // With s = f / (2 + f): log(1 + f) = 2 atanh(s) = f - f^2/2 + s (f^2/2 + 2 atanh(s) / s - 2).
  const Lanes s = f / (f + 2.0);
  const Lanes z = s * s;
  const Lanes half = square * 0.5;
  return fma(s, fma(z, polynomial(z, c::log_atanh_f64), half), -half);
}

/// log(1 + f) as an unrounded sum: the leading terms f - f^2/2 are kept exactly.
Pair log_sum(Lanes f) {
  const Pair square = product(f, f);
  const Pair leading = fast_sum(f, square.high * -0.5);
  Lanes rest;
  if (!f.is_f64()) {
    rest = square.high * f * polynomial(f, c::log_f32);
  } else {
    const Lanes s = f / (f + 2.0);
    const Lanes z = s * s;
    rest = s * fma(z, polynomial(z, c::log_atanh_f64), square.high * 0.5);
  }
  return fast_sum(leading.high, leading.low + fma(square.low, -0.5, rest));
}

/// The values that the formula does not give: log(0) = -inf, log(inf) = inf, of negative numbers and NaN NaN.
Lanes with_specials(Lanes x, Lanes result) {
  const Lanes infinity = x.constant(std::numeric_limits<double>::infinity());
  const Lanes nan = x.constant(std::numeric_limits<double>::quiet_NaN());
  const Lanes positive = select(x == infinity, infinity, result);
  const Lanes zero = select(x == 0.0, -infinity, nan);
  return select(is_nan(x), x, select(x > 0.0, positive, zero));
}

/// n * (unit_high + unit_low) + factor * log(1 + f), where n * unit_high is exact and factor is a pair.
Lanes log_of_base(Lanes x, Lanes unit_high, Lanes unit_low, Pair factor) {
  const Split parts = split(x);
  const Pair natural = log_sum(parts.fraction);
  Pair scaled = product(natural.high, factor.high);
  scaled.low = scaled.low + fma(natural.high, factor.low, natural.low * factor.high);
  const Pair total = sum(parts.exponent * unit_high, scaled.high);
  return with_specials(x, total.high + (total.low + fma(parts.exponent, unit_low, scaled.low)));
}

}  // namespace

Lanes log(Lanes x) {
  const Split parts = split(x);
  // The leading bits of ln2 leave room for the exponent, so that their product is exact.
  const Lanes high = x.choose(0x1.62e400p-1, 0x1.62e42fefa2000p-1);
  const Lanes low = x.choose(0x1.7f7d1cp-20, 0x1.9ef35793c7673p-41);
  const Lanes rest = log_rest(parts.fraction);
  const Pair leading = fast_sum(parts.exponent * high, parts.fraction);
  return with_specials(x, leading.high + (fma(parts.exponent, low, rest) + leading.low));
}

Lanes log2(Lanes x) {
  return log_of_base(
      x, x.constant(1), x.constant(0),
      {x.choose(0x1.715476p+0, 0x1.71547652b82fep+0), x.choose(0x1.4ae0cp-26, 0x1.777d0ffda0d24p-56)});
}

Lanes log10(Lanes x) {
  return log_of_base(
      x, x.choose(0x1.344000p-2, 0x1.34413509f4000p-2), x.choose(0x1.3509f8p-18, 0x1.cff7988f8959bp-41),
      {x.choose(0x1.bcb7b2p-2, 0x1.bcb7b1526e50ep-2), x.choose(-0x1.5b235ep-27, 0x1.95355baaafad3p-57)});
}

// log(u) for u = 1 + x rounded, plus what the rounding lost: log(u + c) = log(u) + c / u.
Lanes log1p(Lanes x) {
  const Lanes u = x + 1.0;
  const Lanes lost = select(x >= 1.0, 1.0 - (u - x), x - (u - 1.0));
  const Split parts = split(u);
  const Lanes plain = parts.exponent == 0.0;
  const Lanes f = select(plain, x, parts.fraction);
  const Lanes correction = select(plain, 0.0, lost / u);
  const Lanes high = x.choose(0x1.62e400p-1, 0x1.62e42fefa2000p-1);
  const Lanes low = x.choose(0x1.7f7d1cp-20, 0x1.9ef35793c7673p-41);
  const Pair leading = fast_sum(parts.exponent * high, f);
  const Lanes tail = fma(parts.exponent, low, log_rest(f)) + (leading.low + correction);
  const Lanes result = with_specials(u, leading.high + tail);
  return select(x == 0.0, x, result);
}

// 2 atanh(s) with s = f / (2 + f) and the cubic term kept as pairs; the rest is below 2^-12 of the value.
Pair log_pair(Lanes x) {
  const Split parts = split(x);
  const Lanes f = parts.fraction;
  const Pair divisor = fast_sum(f.constant(2), f);
  const Lanes s_high = f / divisor.high;
  const Lanes remainder = fma(-s_high, divisor.low, fma(-s_high, divisor.high, f));
  const Pair s = {s_high, remainder / divisor.high};
  Pair z = product(s.high, s.high);
  z.low = fma(s.high * 2.0, s.low, z.low);
  Pair cube = product(z.high, s.high);
  cube.low = fma(z.low, s.high, fma(z.high, s.low, cube.low));
  const Lanes third_high = f.constant(0x1.5555555555555p-1);  // 2/3
  const Lanes third_low = f.constant(0x1.5555555555555p-55);
  Pair cubic = product(cube.high, third_high);
  cubic.low = cubic.low + fma(cube.high, third_low, cube.low * third_high);
  const Lanes rest = cube.high * z.high * polynomial(z.high, c::log_atanh_rest_f64);

  const Pair unit = product(parts.exponent, f.constant(0x1.62e42fefa39efp-1));
  const Lanes unit_low = fma(parts.exponent, f.constant(0x1.abc9e3b39803fp-56), unit.low);
  const Pair first = sum(unit.high, s.high * 2.0);
  const Pair second = sum(first.high, cubic.high);
  const Lanes low = second.low + (first.low + (unit_low + (s.low * 2.0 + (cubic.low + rest))));
  return fast_sum(second.high, low);
}

}  // namespace kiln::codegen::math
