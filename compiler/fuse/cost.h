#pragma once

#include "graph/graph.h"

namespace kiln::fuse {

/// Vector operations for one element of one scalar function, as a weight: an addition is 1.
int cost_of(ScalarFunction function);
/// The weights of what an expression does for one point, each shared part once: subscripts and reads are
/// free.
int cost_of(const graph::Expressions& expressions, graph::ExprId root);
/// Floating-point operations for one point, as `explain` counts them: each arithmetic call is one.
int64_t flops_of(const graph::Expressions& expressions, const graph::Compute& compute);

}  // namespace kiln::fuse
