#include "codegen/coefficients.h"
#include "codegen/vector_math.h"

namespace kiln::codegen::math {
namespace {

namespace c = coefficients;

/// e^|x| / 2, which does not overflow before sinh and cosh do.
Lanes half_exp(Lanes x) { return exp_of_pair({absolute(x), x.constant(0)}, -1); }

}  // namespace

Lanes sinh(Lanes x) {
  const Lanes z = x * x;
  const Lanes near = fma(x * z, polynomial(z, c::sinh_f32, c::sinh_f64), x);
  const Lanes half = half_exp(x);
  const Lanes far = copy_sign(half - 0.25 / half, x);
  return select(absolute(x) < 1.0, near, far);
}

Lanes cosh(Lanes x) {
  const Lanes half = half_exp(x);
  return half + 0.25 / half;
}

Lanes tanh(Lanes x) {
  const Lanes magnitude = absolute(x);
  const Lanes z = x * x;
  const Lanes near = fma(magnitude * z, polynomial(z, c::tanh_f32, c::tanh_f64), magnitude);
  const Lanes doubled = magnitude * 2.0;
  const Lanes limit = x.choose(20, 40);  // tanh is 1 from there
  const Lanes far = 1.0 - 2.0 / (exp_of_normal(select(doubled > limit, limit, doubled)) + 1.0);
  return copy_sign(select(magnitude < 0.6, near, far), x);
}

// By e^-|x|, which does not overflow, and keeps what is small where x is far below 0. The quotient's error,
// and that of the sum below the line, are taken back with a rough 1 / below: both are near one ULP.
Lanes sigmoid(Lanes x) {
  const Lanes tail = exp(-absolute(x));
  const Pair below = fast_sum(x.constant(1), tail);
  const Lanes above = select(x < 0.0, tail, 1.0);
  const Lanes quotient = above / below.high;
  const Lanes remainder = fma(-quotient, below.low, fma(-quotient, below.high, above));
  return fma(remainder, fma(below.high, -0.5, x.constant(1.457)), quotient);
}

}  // namespace kiln::codegen::math
