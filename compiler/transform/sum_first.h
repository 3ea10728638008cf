#pragma once

#include "graph/graph.h"
#include "transform/fold.h"

namespace kiln::transform {

/// A sum that accumulates through data adds up first what goes to one cell because the write map does not
/// mention it, so that each point of the map is written once:
///   compute [d: D, b: B, t: T, u: T] write [%offsets[b] + t, d] where c(b, t, u) sum f(d, b, t, u)
///   -> %s = compute [b: B, t: T, d: D, u: T] write [b, t, d] where c(b, t, u) sum f(d, b, t, u)
///      compute [b: B, t: T, d: D] write [%offsets[b] + t, d] sum %s[b, t, d]
/// Conditions that need no reduced index stand on both; where they do not keep the write in its row, the sum
/// stays one. Adds the nodes and gives the result; any other sum becomes one node.
graph::ValueId add_sum(graph::Builder& builder, Folder& folder, const graph::Compute& compute,
                       const std::vector<dim::Dim>& shape, const std::string& name, Origin span);

}  // namespace kiln::transform
