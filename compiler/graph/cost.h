#pragma once

#include "graph/graph.h"

namespace kiln::graph {

/// Vector operations for one element of one scalar function, as a weight: an addition is 1.
int cost_of(ScalarFunction function);
/// The weights of what an expression does for one point, each shared part once: subscripts and reads are
/// free.
int cost_of(const Expressions& expressions, ExprId root);
/// Floating-point operations for one point, as `explain` counts them: each arithmetic call is one.
int64_t flops_of(const Expressions& expressions, const Compute& compute);

}  // namespace kiln::graph
