#include "codegen/coefficients.h"
#include "codegen/reduce_angle.h"

namespace kiln::codegen::math {
namespace {

namespace c = coefficients;

/// sin and cos of a reduced angle, unrounded.
Pair sine(Pair r) {
  const Lanes z = r.high * r.high;
  const Lanes rest = r.high * z * polynomial(z, c::sin_f32, c::sin_f64);
  return {r.high, fma(r.low, fma(z, -0.5, z.constant(1)), rest)};
}

Pair cosine(Pair r) {
  const Pair z = product(r.high, r.high);
  const Pair leading = fast_sum(z.high.constant(1), z.high * -0.5);
  const Lanes rest = z.high * z.high * polynomial(z.high, c::cos_f32, c::cos_f64);
  return {leading.high, leading.low + fma(r.high, -r.low, fma(z.low, -0.5, rest))};
}

/// The sine, with `ahead` quadrants added to the angle.
Lanes sine_of(Lanes x, int ahead) {
  const ReducedAngle angle = reduce_angle(x);
  const Lanes quadrant = angle.quadrant + ahead;
  const Pair s = sine(angle.rest);
  const Pair c = cosine(angle.rest);
  const Lanes use_cosine = (quadrant & 1) != 0;
  const Lanes value = select(use_cosine, c.high + c.low, s.high + s.low);
  return select((quadrant & 2) != 0, -value, value);
}

}  // namespace

Lanes sin(Lanes x) { return select(x == 0.0, x, sine_of(x, 0)); }
Lanes cos(Lanes x) { return sine_of(x, 1); }

// sin / cos or -cos / sin, of the unrounded sums: the quotient is corrected by its remainder.
Lanes tan(Lanes x) {
  const ReducedAngle angle = reduce_angle(x);
  const Pair s = sine(angle.rest);
  const Pair c = cosine(angle.rest);
  const Lanes swapped = (angle.quadrant & 1) != 0;
  const Pair above = fast_sum(select(swapped, -c.high, s.high), select(swapped, -c.low, s.low));
  const Pair below = fast_sum(select(swapped, s.high, c.high), select(swapped, s.low, c.low));
  const Lanes quotient = above.high / below.high;
  const Lanes remainder = fma(-quotient, below.low, fma(-quotient, below.high, above.high) + above.low);
  // Of subnormal angles the remainder has no bits left; there the angle is its own tangent.
  return select(absolute(x) < x.choose(0x1p-13, 0x1p-27), x, quotient + remainder / below.high);
}

}  // namespace kiln::codegen::math
