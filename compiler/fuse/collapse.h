#pragma once

#include <set>

#include "graph/graph.h"

namespace kiln::fuse {

/// Joins neighbouring indices that lie one after the other in memory for every access of every member, so
/// that loops over them become one: `extents[i]` becomes 1 and `extents[i + 1]` the product. The joined index
/// then runs past its own axis, which the offsets allow since they are linear. Looks at indices 0..count of
/// the members, which they share. Leaves alone what is used other than in linear subscripts. Expressions
/// `apart` (reads, guards) do not count: whoever asks sees to those.
void collapse_indices(const graph::Function& function, const std::vector<graph::ValueId>& members,
                      uint32_t first, uint32_t count, std::vector<dim::Dim>& extents,
                      const std::set<graph::ExprId>& apart = {});

}  // namespace kiln::fuse
