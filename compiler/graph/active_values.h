#pragma once

#include <vector>

#include "graph/graph.h"

namespace kiln::graph {

/// Of each value: whether it is a float that depends on the inputs chosen by `inputs`, so that it may have a
/// tangent. What stops gradients stops it.
std::vector<bool> active_values(const Function& function, const std::vector<bool>& inputs);

/// The same flags for these operands.
std::vector<bool> flags_of(const std::vector<bool>& active, const std::vector<ValueId>& operands,
                           size_t count);

/// The flags of the first `count` inputs and of no others.
std::vector<bool> first_inputs(const Function& function, size_t count);

}  // namespace kiln::graph
