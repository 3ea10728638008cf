#include "codegen/coefficients.h"
#include "codegen/vector_math.h"

namespace kiln::codegen::math {

namespace c = coefficients;

// Odd polynomial near 0; beyond 1, 1 - e^q(|x|) with a polynomial q for log(erfc), up to where erf rounds
// to 1.
Lanes erf(Lanes x) {
  const Lanes z = x * x;
  const Lanes near = fma(x, polynomial(z, c::erf_f32, c::erf_f64), x);
  const Lanes magnitude = absolute(x);
  const Lanes end = x.choose(4, 6);
  const Lanes t = select(magnitude > end, end, magnitude);
  const Lanes exponent =
      x.is_f64() ? polynomial(t - 1.0, c::erf_tail_from_1_f64) : polynomial(t, c::erf_tail_f32);
  const Lanes far = copy_sign(1.0 - exp_of_normal(exponent), x);
  return select(magnitude < 1.0, near, far);
}

}  // namespace kiln::codegen::math
