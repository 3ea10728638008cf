#pragma once

#include <span>
#include <vector>

#include "graph/graph.h"

namespace kiln::graph {

/// All scalar expressions of a compute: body, guard, write.
std::vector<ExprId> roots_of(const Compute& compute);

/// The expressions below the roots and the roots, each once, operands before users. The order depends on the
/// structure alone, not on numbers.
std::vector<ExprId> reachable(const Expressions& expressions, std::span<const ExprId> roots);

}  // namespace kiln::graph
