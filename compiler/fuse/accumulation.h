#pragma once

#include <optional>

#include "graph/graph.h"

namespace kiln::fuse {

/// What is added to an older value where data says: `table[at[b], d] += x[b, d]` in the graph is
///   %sums: f32[V, D] = compute [d, b] write [%at[b], d] sum %x[b, d]
///   %new: f32[V, D] = compute [i, j] write [i, j] assign add(%old[i, j], %sums[i, j])
/// One kernel can add to a copy of the old value, or to the old value itself, and leave out the sums.
struct AddedSums {
  graph::ValueId old, sums;
};
/// Of the value `%new` above, if nobody else reads the sums; not for elements that are summed in more bits
/// than they have.
std::optional<AddedSums> match_added_sums(const graph::Function& function, graph::ValueId value);

/// Differences `old - sums` become sums of negated parts.
void negate_subtracted_sums(graph::Function& function);

}  // namespace kiln::fuse
