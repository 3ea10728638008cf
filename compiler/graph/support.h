#pragma once

#include <vector>

#include "graph/graph.h"

namespace kiln::graph {

/// Conditions over the axes of a value (index k stands for axis k), outside of which all its cells hold one
/// constant: what the guards of its compute and the selects around its body say of the written indices alone.
/// None for a value that is no compute with axis k written by index k.
///   %e: f32[B, T] = compute [b: B, t: T, d: D] write [b, t] where lt(t, i64(%len[b])), lt(d, 3) sum …
///   -> lt(t, i64(%len[b]))
std::vector<ExprId> support_of(const Function& function, ValueId value);

}  // namespace kiln::graph
