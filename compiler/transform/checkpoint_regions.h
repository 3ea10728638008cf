#pragma once

#include <set>
#include <vector>

#include "graph/graph.h"

namespace kiln::transform {

/// Puts sets of nodes in loops of one round that reverse derivatives run again:
///   %a = …   %b = … %a …   %c = … %b …   with the set {b, c}
///   -> %a = …   %cs = loop again below 1 recompute carried 0 (%a) { %b = … %a …   %c = … %b …   output %c }
///      %c = … %cs[0, …]
/// A set grows by what lies between its nodes, and sets that then meet become one.
graph::Function make_checkpoint_regions(const graph::Function& function,
                                        std::vector<std::set<uint32_t>> regions);

}  // namespace kiln::transform
