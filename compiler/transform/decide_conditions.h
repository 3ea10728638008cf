#pragma once

#include "transform/point_facts.h"

namespace kiln::transform {

/// The expression with every condition that the facts decide decided, and quotients of one value resolved:
///   select(0 <= add(i, 1), %x[quot(i, 4)], 0)   ->   %x[0]        for 0 <= i < 4
/// Branches of a select, and the second operands of `and` and `or`, are seen under their conditions.
graph::ExprId decide_conditions(Folder& folder, graph::ExprId root, const PointFacts& facts);

}  // namespace kiln::transform
