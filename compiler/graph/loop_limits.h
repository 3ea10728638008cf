#pragma once

#include <optional>
#include <vector>

#include "graph/graph.h"

namespace kiln::graph {

/// The place of a loop without a limit through which the outputs in `seeded` depend, by floats, on the first
/// `wrt_count` inputs: reverse derivatives cannot keep what they need of its rounds. Nothing if there is
/// none.
std::optional<Span> loop_without_limit(const Function& function, uint32_t wrt_count,
                                       const std::vector<uint32_t>& seeded);

/// Whether the value of each node is a float that one of these outputs is computed from, by floats alone.
/// What stops gradients stops it.
std::vector<bool> needed_values(const Function& function, const std::vector<uint32_t>& outputs);

/// The places of all loops that run while a condition holds and nothing else ends, also within loops and
/// differentiated blocks.
std::vector<Span> endless_loops(const Function& function);

}  // namespace kiln::graph
