#include "transform/write_map.h"

#include <algorithm>

#include "graph/reducer.h"
#include "graph/walk.h"
#include "transform/rewrite_expression.h"

namespace kiln::transform {

using graph::Compute;
using graph::Expressions;
using graph::ExprId;
using graph::ExprKind;

std::vector<std::optional<uint32_t>> bare_indices(const Expressions& expressions, const Compute& compute) {
  std::vector<std::optional<uint32_t>> result;
  std::vector<bool> seen(compute.domain.size());
  for (const ExprId subscript : compute.write) {
    result.emplace_back();
    const graph::Expr& expr = expressions[subscript];
    if (expr.kind != ExprKind::index || seen[expr.index]) continue;
    result.back() = expr.index;
    seen[expr.index] = true;
  }
  return result;
}

bool is_classical(const Expressions& expressions, const Compute& compute) {
  const auto bare = bare_indices(expressions, compute);
  return std::all_of(bare.begin(), bare.end(), [](const auto& index) { return index.has_value(); });
}

std::vector<uint32_t> reduction_indices(const Expressions& expressions, const Compute& compute) {
  std::vector<bool> written(compute.domain.size());
  for (const ExprId id : graph::reachable(expressions, compute.write)) {
    if (expressions[id].kind == ExprKind::index) written[expressions[id].index] = true;
  }
  std::vector<uint32_t> result;
  for (uint32_t index = 0; index < written.size(); ++index) {
    if (!written[index]) result.push_back(index);
  }
  return result;
}

bool is_map(const Expressions& expressions, const Compute& compute, const std::vector<dim::Dim>& shape) {
  if (compute.reducer != graph::Reducer::assign || !compute.guard.empty()) return false;
  if (compute.domain.size() != shape.size()) return false;
  const auto bare = bare_indices(expressions, compute);
  for (size_t axis = 0; axis < shape.size(); ++axis) {
    if (!bare[axis] || !(compute.domain[*bare[axis]].extent == shape[axis])) return false;
  }
  return true;
}

Compute in_canonical_order(Folder& folder, const Compute& compute, const std::vector<bool>& removed) {
  const auto bare = bare_indices(folder.expressions(), compute);
  const std::vector<uint32_t> reduced = reduction_indices(folder.expressions(), compute);
  std::vector<uint32_t> order;
  std::vector<bool> placed = removed;
  const auto place = [&](uint32_t index) {
    if (!placed[index]) order.push_back(index);
    placed[index] = true;
  };
  // Where several indices make up one cell, the last writer depends on their order.
  const bool ordered =
      compute.reducer == graph::Reducer::last || graph::row_of(compute.reducer).reports_index;
  if (ordered && !is_classical(folder.expressions(), compute)) {
    for (uint32_t index = 0; index < compute.domain.size(); ++index) place(index);
  }
  for (const auto& index : bare) {
    if (index) place(*index);
  }
  for (uint32_t index = 0; index < compute.domain.size(); ++index) {
    if (std::find(reduced.begin(), reduced.end(), index) == reduced.end()) place(index);
  }
  for (const uint32_t index : reduced) place(index);

  Compute result = compute;
  result.domain.clear();
  IndexReplacements numbers;
  for (uint32_t position = 0; position < order.size(); ++position) {
    result.domain.push_back(compute.domain[order[position]]);
    numbers[order[position]] = folder.expressions().index(position);
    if (order[position] == compute.reported) result.reported = position;
  }
  if (!graph::row_of(result.reducer).reports_index) result.reported = 0;
  replace_indices(folder, result, numbers);
  return result;
}

}  // namespace kiln::transform
