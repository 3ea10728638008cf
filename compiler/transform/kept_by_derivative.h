#pragma once

#include <map>
#include <vector>

#include "graph/graph.h"

namespace kiln::transform {

/// A differentiated block as its reverse derivative sees it: what the way back reads of each node.
struct BlockReads {
  graph::Function function;  // the block, its tangents behind it; loops have what they stack
  size_t forward_nodes = 0;
  std::vector<graph::ValueId> read;                          // by the way back, of the way there
  std::map<uint32_t, std::vector<graph::ValueId>> read_for;  // by forward node: what its tangents read
  std::map<uint32_t, uint32_t> made_for;  // nodes that tangents need beside the block's: their forward node
};

/// The block holds no derivatives and no loops with checkpoints.
BlockReads reads_of_derivative(const graph::Function& block, uint32_t wrt_count,
                               const std::vector<uint32_t>& seeded);

}  // namespace kiln::transform
