#pragma once

#include <optional>

#include "graph/graph.h"

namespace kiln::graph {

/// The place of something that is not linear in the inputs `first`, `first + 1`, … (`count` of them) on the
/// way to an output, or of an output with a part that does not depend on them. Nothing if there is none: then
/// each output is a sum of products with one factor that depends on those inputs, and linearly.
std::optional<Span> not_linear(const Function& function, size_t first, size_t count);

}  // namespace kiln::graph
