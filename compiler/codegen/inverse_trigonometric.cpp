#include "codegen/coefficients.h"
#include "codegen/vector_math.h"

namespace kiln::codegen::math {
namespace {

namespace c = coefficients;

Pair quarter_pi(Lanes like) {
  return {like.choose(0x1.921fb6p-1, 0x1.921fb54442d18p-1),
          like.choose(-0x1.777a5cp-26, 0x1.1a62633145c07p-55)};
}

/// multiple * pi/4 for a small whole multiple.
Pair eighths_of_turn(Lanes multiple) {
  const Pair unit = quarter_pi(multiple);
  const Pair leading = product(multiple, unit.high);
  return {leading.high, fma(multiple, unit.low, leading.low)};
}

/// What asin and acos share: asin(a) for small |x|, else asin(sqrt((1 - |x|) / 2)), as root + rest.
struct HalfArc {
  Lanes is_small, root, rest;
};

HalfArc half_arc(Lanes x) {
  const Lanes magnitude = absolute(x);
  const Lanes is_small = magnitude <= 0.5;
  const Lanes half = fma(magnitude, -0.5, x.constant(0.5));  // exact where it is used
  const Lanes z = select(is_small, x * x, half);
  const Lanes root = select(is_small, magnitude, square_root(half));
  // The root's rounding error, by one step of Newton's method.
  const Lanes lost = select(is_small | (root == 0.0), 0.0, fma(-root, root, half) / (root * 2.0));
  return {is_small, root, fma(root * z, polynomial(z, c::asin_f32, c::asin_f64), lost)};
}

}  // namespace

Lanes asin(Lanes x) {
  const HalfArc arc = half_arc(x);
  const Pair right = eighths_of_turn(x.constant(2));
  const Pair leading = fast_sum(right.high, arc.root * -2.0);
  const Lanes from_end = leading.high + (leading.low + fma(arc.rest, -2.0, right.low));
  const Lanes value = select(arc.is_small, arc.root + arc.rest, from_end);
  return copy_sign(value, x);
}

Lanes acos(Lanes x) {
  const HalfArc arc = half_arc(x);
  const Lanes negative = x < 0.0;
  // Small: pi/2 - asin(x); near 1: 2 asin(root); near -1: pi - 2 asin(root).
  const Lanes factor = select(arc.is_small, x.constant(1), x.constant(2));
  const Lanes sign = select(arc.is_small ^ negative, -factor, factor);
  const Pair base =
      eighths_of_turn(select(arc.is_small, 2.0, select(negative, x.constant(4), x.constant(0))));
  const Pair leading = fast_sum(base.high, arc.root * sign);
  return leading.high + (leading.low + fma(arc.rest, sign, base.low));
}

Lanes atan(Lanes x) {
  // tan(pi/8) = sqrt(2) - 1 is reached from the three pieces around 0, pi/4 and pi/2.
  const Lanes magnitude = absolute(x);
  const Lanes is_large = magnitude > 0x1.3504f333f9de6p+1;
  const Lanes is_middle = (magnitude > 0x1.a827999fcef32p-2) & ~is_large;
  const Lanes above = select(is_large, -1.0, select(is_middle, magnitude - 1.0, magnitude));
  const Lanes below = select(is_large, magnitude, select(is_middle, magnitude + 1.0, 1.0));
  const Lanes t = above / below;
  const Lanes z = t * t;
  const Pair base =
      eighths_of_turn(select(is_large, x.constant(2), select(is_middle, x.constant(1), x.constant(0))));
  const Pair leading = fast_sum(base.high, t);
  const Lanes rest = fma(t * z, polynomial(z, c::atan_f32, c::atan_f64), leading.low + base.low);
  return copy_sign(leading.high + rest, x);
}

Lanes atan2(Lanes y, Lanes x) {
  const double infinity = std::numeric_limits<double>::infinity();
  const Lanes steep = absolute(y) > absolute(x);
  Lanes small = select(steep, absolute(x), absolute(y));
  Lanes great = select(steep, absolute(y), absolute(x));
  const Lanes both_infinite = small == infinity;
  small = select(both_infinite, 1.0, small);
  great = select(both_infinite | (great == 0.0), 1.0, great);
  // Room for the sum of the two.
  const Lanes unit = select(great > x.choose(0x1p125, 0x1p1021), x.constant(0.25), x.constant(1));
  small = small * unit;
  great = great * unit;

  const Lanes is_middle = small > great * 0x1.a827999fcef32p-2;
  Lanes t = select(is_middle, small - great, small) / select(is_middle, small + great, great);
  Lanes eighths = select(is_middle, x.constant(1), x.constant(0));
  eighths = select(steep, 2.0 - eighths, eighths);
  t = select(steep, -t, t);
  const Lanes behind = x.as_bits() < 0;
  eighths = select(behind, 4.0 - eighths, eighths);
  t = select(behind, -t, t);

  const Lanes z = t * t;
  const Pair base = eighths_of_turn(eighths);
  const Pair leading = fast_sum(base.high, t);
  const Lanes rest = fma(t * z, polynomial(z, c::atan_f32, c::atan_f64), leading.low + base.low);
  const Lanes result = copy_sign(leading.high + rest, y);
  return select(is_nan(x) | is_nan(y), x + y, result);
}

}  // namespace kiln::codegen::math
