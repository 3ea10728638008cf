#pragma once

#include "codegen/lanes.h"

/// Scalar functions of f32 and f64 lanes as instructions, without any call. The error is at most 2 ULP over
/// all of the type (tests/codegen/test_accuracy*.cpp states and checks the bound of each); specials follow
/// C99. Nothing is approximated by the target's reciprocal or scale instructions: one formula serves all
/// targets and widths, and a lane's result does not depend on its neighbours.
namespace kiln::codegen::math {

/// A value as an unrounded sum; |low| is below an ULP of high.
struct Pair {
  Lanes high, low;
};
/// a + b exactly; |a| >= |b| or a = 0 for the fast form.
Pair fast_sum(Lanes a, Lanes b);
Pair sum(Lanes a, Lanes b);
Pair product(Lanes a, Lanes b);

// exponential.cpp
Lanes exp(Lanes x);
Lanes exp2(Lanes x);
Lanes expm1(Lanes x);
/// e^(x.high + x.low) * 2^shift: for what would overflow or needs more than one rounding of x.
Lanes exp_of_pair(Pair x, int shift);
/// e^x where it is known to be a normal number (or x NaN): the scaling is one multiplication.
Lanes exp_of_normal(Lanes x);
/// x * 2^n for integer-valued n, rounded once; |n| up to twice the exponent range.
Lanes scale(Lanes x, Lanes n);

// logarithm.cpp
Lanes log(Lanes x);
Lanes log2(Lanes x);
Lanes log10(Lanes x);
Lanes log1p(Lanes x);
/// log(x) of f64 to about 2^-64 of itself, for finite x > 0.
Pair log_pair(Lanes x);

// power.cpp
Lanes sqrt(Lanes x);
Lanes rsqrt(Lanes x);
Lanes reciprocal(Lanes x);
Lanes pow(Lanes x, Lanes y);

// trigonometric.cpp
Lanes sin(Lanes x);
Lanes cos(Lanes x);
Lanes tan(Lanes x);

// inverse_trigonometric.cpp
Lanes asin(Lanes x);
Lanes acos(Lanes x);
Lanes atan(Lanes x);
Lanes atan2(Lanes y, Lanes x);

// hyperbolic.cpp
Lanes sinh(Lanes x);
Lanes cosh(Lanes x);
Lanes tanh(Lanes x);
Lanes sigmoid(Lanes x);

// error_function.cpp
Lanes erf(Lanes x);

}  // namespace kiln::codegen::math
