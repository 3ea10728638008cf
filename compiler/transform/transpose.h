#pragma once

#include <map>
#include <vector>

#include "graph/graph.h"

namespace kiln::transform {

/// Walks the linear nodes of a function backward: those from `first_node` on that depend on a value in
/// `roots` (see linearize). `cotangents` gives what arrives at linear values from outside, to be summed;
/// returned is the cotangent of each root, or an invalid id where no path leads to it. For each read of a
/// linear value, the write and the read map change places, and solve_write makes a gather of what comes out:
///   %dy = compute [b, o, i] write [b, o] sum add(mul(%dx[b, i], %w[o, i]), mul(%x[b, i], %dw[o, i]))
/// with cotangent %c of %dy appends
///   %x' = compute [b, i, o] write [b, i] sum mul(%c[b, o], %w[o, i])
///   %w' = compute [o, i, b] write [o, i] sum mul(%x[b, i], %c[b, o])
std::vector<graph::ValueId> transpose(
    graph::Function& function, size_t first_node, const std::vector<graph::ValueId>& roots,
    const std::map<graph::ValueId, std::vector<graph::ValueId>>& cotangents);

/// The same with the parts of each root's cotangent not yet added up.
std::vector<std::vector<graph::ValueId>> transpose_parts(
    graph::Function& function, size_t first_node, const std::vector<graph::ValueId>& roots,
    const std::map<graph::ValueId, std::vector<graph::ValueId>>& cotangents);

}  // namespace kiln::transform
