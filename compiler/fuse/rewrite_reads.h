#pragma once

#include <functional>

#include "graph/graph.h"

namespace kiln::fuse {

/// The new expression for a read whose subscripts are rewritten already; an invalid one leaves it as it is.
using ReadRule =
    std::function<graph::ExprId(graph::ValueId value, const std::vector<graph::ExprId>& subscripts)>;

/// Applies the rule to the reads of all computes: in their bodies, guards and write maps.
void rewrite_reads(graph::Function& function, const ReadRule& rule);

}  // namespace kiln::fuse
