#pragma once

#include <set>

#include "graph/graph.h"

namespace kiln::fuse {

/// Whether every read has its place wherever the indices are, also where guards leave them out. Subscripts
/// that hold data count as inside where they depend on `bounded` indices alone: others keep those inside.
bool reads_inside(const graph::Function& function, const graph::Compute& compute,
                  const std::set<uint32_t>& bounded = {});

}  // namespace kiln::fuse
