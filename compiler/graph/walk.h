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

/// Whether an expression depends on an index of the domain.
bool mentions_index(const Expressions& expressions, ExprId id, uint32_t index);

/// Whether axis k is written by index k alone.
bool writes_leading_indices(const Expressions& expressions, const Compute& compute);

/// What nested calls of one binary function combine, in order: the factors of a product, the conditions that
/// `and` joins. The expression itself if it is no such call.
std::vector<ExprId> operands_of_nested(const Expressions& expressions, ExprId root, ScalarFunction function);

}  // namespace kiln::graph
