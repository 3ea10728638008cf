#pragma once

#include <vector>

#include "graph/graph.h"

namespace kiln::fuse {

/// For each value its `support_of`, if nobody reads its padding: the cells that this excludes. Every read of
/// it stands under guards or selects that say so of the very cell, or finds the cell by a table of rows
/// (`%x[rows[p], p - offsets[rows[p]]]`, where `rows[offsets[b] + t]` is b for t < len[b], and the places p
/// are as many as all lengths together). So the padding needs no value, and kernels leave it out.
/// Empty for values whose padding is read, for those without support, for outputs, and for what loops, sorts
/// and checks read.
std::vector<std::vector<graph::ExprId>> unread_padding(const graph::Function& function);

}  // namespace kiln::fuse
