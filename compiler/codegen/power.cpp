#include "codegen/vector_math.h"

namespace kiln::codegen::math {
namespace {

/// |x|^y for finite x != 0 and finite y, in f64.
Lanes magnitude_power(Lanes x, Lanes y) {
  const Pair logarithm = log_pair(absolute(x));
  Pair exponent = product(logarithm.high, y);
  exponent.low = fma(logarithm.low, y, exponent.low);
  // Beyond any exponent the sign alone counts; 0 * inf and inf - inf must not come up.
  const Lanes limited = select(exponent.high > 2000.0, 2000.0, exponent.high);
  const Lanes high = select(limited < -2000.0, -2000.0, limited);
  return exp_of_pair({high, select(high == exponent.high, exponent.low, 0.0)}, 0);
}

/// The same in f64 for f32 operands: f64 has bits to spare, so one rounding of the logarithm is enough.
Lanes magnitude_power_of_f32(Lanes x, Lanes y) {
  const Lanes exponent = log2(absolute(x)) * y;
  return exp2(exponent);
}

}  // namespace

Lanes sqrt(Lanes x) { return square_root(x); }

// Rounds twice, which costs at most half an ULP more than once; the targets' estimates would not be the same
// everywhere.
Lanes rsqrt(Lanes x) { return 1.0 / square_root(x); }

Lanes reciprocal(Lanes x) { return 1.0 / x; }

// The cases of C99's annex F: pow(x, 0) = pow(1, y) = 1 even for NaN; zeros and infinities by sign and parity
// of y; negative x has a power for whole y only.
Lanes pow(Lanes x, Lanes y) {
  const Lanes infinity = x.constant(std::numeric_limits<double>::infinity());
  const Lanes zero = x.constant(0);
  const Lanes one = x.constant(1);
  const Lanes magnitude = absolute(x);

  const Lanes half = y * 0.5;
  const Lanes whole = truncate(y) == y;
  const Lanes odd = whole & (truncate(half) != half);

  const Lanes ordinary = (magnitude < infinity) & (magnitude != 0.0);
  const Lanes base = select(ordinary, magnitude, one);
  const Lanes power =
      x.is_f64() ? magnitude_power(base, y) : magnitude_power_of_f32(base.to_f64(), y.to_f64()).to_f32();
  // 0 and infinity: grows where the size of x and the sign of y agree.
  const Lanes grows = (magnitude == infinity) ^ (y < 0.0);
  Lanes result = select(ordinary, power, select(grows, infinity, zero));
  // y infinite: by |x| against 1.
  const Lanes outwards = (magnitude > 1.0) ^ (y < 0.0);
  const Lanes at_infinity = select(magnitude == 1.0, one, select(outwards, infinity, zero));
  result = select(absolute(y) == infinity, at_infinity, result);
  // The sign of x: by its bit, since -0 counts; a finite negative base needs a whole exponent.
  const Lanes negative = x.as_bits() < 0;
  result = select(negative & odd, -result, result);
  const Lanes undefined = (x < 0.0) & (magnitude < infinity) & ~whole & (absolute(y) < infinity);
  result = select(undefined, std::numeric_limits<double>::quiet_NaN(), result);
  result = select(is_nan(x) | is_nan(y), x + y, result);
  return select((y == 0.0) | (x == 1.0), one, result);
}

}  // namespace kiln::codegen::math
