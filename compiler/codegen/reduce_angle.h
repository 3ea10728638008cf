#pragma once

#include "codegen/vector_math.h"

namespace kiln::codegen::math {

/// x = quadrant * pi/2 + rest, |rest| a little above pi/4 at most; quadrant counts modulo 4 in an integer of
/// x's width. Of every finite x, however large; the rest is NaN where x is not finite.
struct ReducedAngle {
  Lanes quadrant;
  Pair rest;
};
/// Ends the current block: large angles take a way of their own.
ReducedAngle reduce_angle(Lanes x);

}  // namespace kiln::codegen::math
