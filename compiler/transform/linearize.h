#pragma once

#include <map>
#include <vector>

#include "graph/graph.h"

namespace kiln::transform {

/// The tangents of a function's values; what has none is a symbolic zero and is never built.
using Tangents = std::map<graph::ValueId, graph::ValueId>;

/// Forward rules (jvp): appends, for each node in `[0, node_count)` that depends on a value in `tangents`,
/// the node of its tangent, and enters it in `tangents`:
///   %y = compute [b, o, i] write [b, o] sum mul(%x[b, i], %w[o, i])
/// with tangents of %x and %w gives
///   %dy = compute [b, o, i] write [b, o] sum add(mul(%dx[b, i], %w[o, i]), mul(%x[b, i], %dw[o, i]))
/// A sum and an assignment keep domain, guard and write map. What the tangents of the other reducers need of
/// the forward values (places of extremes, products of the others, the last writer) is appended too.
///
/// It stands before `transpose`: an appended node is linear iff it depends on a value that `tangents` held at
/// the start. Derivative nodes must have been expanded.
/// A loop gets a linear loop of its own (see linearize_loop); a call with an own rule what the rule says (see
/// ruled_calls).
///
/// `needed`, if it is given, says which values' tangents are asked for; nodes that give none of them get
/// none.
void linearize(graph::Function& function, size_t node_count, Tangents& tangents,
               const std::vector<bool>* needed = nullptr);
/// The same for the nodes `[begin, end)`.
void linearize(graph::Function& function, size_t begin, size_t end, Tangents& tangents,
               const std::vector<bool>* needed = nullptr);

}  // namespace kiln::transform
