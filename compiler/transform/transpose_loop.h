#pragma once

#include <vector>

#include "graph/graph.h"

namespace kiln::transform {

/// A value, and a part of its cotangent.
struct CotangentPart {
  graph::ValueId value, cotangent;
};

/// Appends the transpose of a linear loop (see linearize_loop): a loop through the same rounds the other way
/// round, which carries the cotangents of what was carried:
///   %dh = loop t below T carried 1 (%dh0, %dx, %w) { %dn = %w[t]*%dh + %dx[t]   output %dn as "dh" }
/// with a cotangent %c of %dh becomes
///   %c0, %cs = loop t below T reversed carried 1 (%c, %w) { %n = %w[t]*%c   output %n as "c"   output %c as
///   "c" } %dx' = sum[t] of what round t adds to it: %dx'[t] = %cs[t]
/// What the rounds add to the cotangent of a captured value is a sum over all rounds. It is made outside,
/// over stacks of what it reads, where that joins it to a sum within the round (the gradient of a weight is
/// one contraction over all rounds) or where a round adds to its own slice alone; else it is carried.
///
/// All carried values are linear; `is_linear` says of each operand whether it is. `arriving` has for each
/// result its cotangent, or an invalid id.
std::vector<CotangentPart> transpose_loop(graph::Function& function, const graph::Node& node,
                                          const std::vector<bool>& is_linear,
                                          const std::vector<graph::ValueId>& arriving);

}  // namespace kiln::transform
