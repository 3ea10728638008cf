#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>

#include "graph/graph.h"

namespace kiln::graph {

/// What is wrong with a dim expression or a condition of a function, or nothing.
std::optional<std::string> verify_dim(const Function& function, const dim::Dim& dim);
std::optional<std::string> verify_condition(const Function& function, const dim::Condition& condition);

/// What is wrong with the expressions below these roots, in a compute with so many indices. `readable` says
/// what is wrong with reading a value there (or gives nothing).
std::optional<std::string> verify_expressions(
    const Function& function, std::span<const ExprId> roots, size_t index_count,
    const std::function<std::optional<std::string>(ValueId)>& readable);

}  // namespace kiln::graph
