#pragma once

#include <optional>

#include "graph/graph.h"

namespace kiln::graph {

/// The place of a loop without a limit through which floats depend on the first `wrt_count` inputs: reverse
/// derivatives cannot keep what they need of its rounds. Nothing if there is none.
std::optional<Span> loop_without_limit(const Function& function, uint32_t wrt_count);

}  // namespace kiln::graph
