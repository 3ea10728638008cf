#pragma once

#include "graph/graph.h"

namespace kiln::transform {

/// A loop without what nobody needs: carried values that neither a needed result, nor the condition, nor a
/// check depends on, stacked values that are not read, captured values that the body does not read.
struct PrunedLoop {
  std::shared_ptr<const graph::Function> body;
  std::vector<size_t> inputs;   // which of the former inputs it has
  std::vector<size_t> outputs;  // which of the former outputs
  uint32_t carried_count = 0;
};

/// `needed`: for each result of the node, whether something reads it.
PrunedLoop prune_loop(const graph::Loop& loop, const std::vector<bool>& needed);

/// The position among the results of a loop of an output of its body that is no condition.
size_t result_of_output(const graph::Loop& loop, size_t output);

}  // namespace kiln::transform
