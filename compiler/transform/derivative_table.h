#pragma once

#include <array>
#include <vector>

#include "transform/fold.h"

namespace kiln::transform {

/// What the tangent `d` of one operand adds to the tangent of the result `y` of a function at the operands
/// `a`. It is linear in `d`. Expressions go through `y` where they can: the saved result and the coefficient
/// are then one object.
using TangentRule = graph::ExprId (*)(Folder& f, const std::vector<graph::ExprId>& a, graph::ExprId y,
                                      graph::ExprId d);

struct DerivativeRow {
  ScalarFunction function;
  /// One for each operand; nullptr where the result does not depend on it differentiably (integers, bools,
  /// steps).
  std::array<TangentRule, 3> tangents = {};
  /// The function is linear in each operand that has a rule (in one at a time): tangents pass through it as
  /// it is, and the rule serves the transpose too, with the cotangent of the result in the place of `d`.
  bool linear = false;
};

/// One row for each scalar function.
const DerivativeRow& derivative_of(ScalarFunction function);

}  // namespace kiln::transform
