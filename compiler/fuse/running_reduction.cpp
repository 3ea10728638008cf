#include "fuse/running_reduction.h"

#include <algorithm>

#include "graph/reducer.h"
#include "graph/walk.h"

namespace kiln::fuse {

using namespace graph;
using Relation = IndexBound::Relation;

namespace {

/// Cells along the index from which on one pass beats sums that are independent of each other.
constexpr int64_t least_cells = 32;

bool writes_bare_indices(const Expressions& expressions, const Compute& compute) {
  for (uint32_t i = 0; i < compute.write.size(); ++i) {
    const Expr& expr = expressions[compute.write[i]];
    if (expr.kind != ExprKind::index || expr.index != i) return false;
  }
  return true;
}

std::optional<RunningReduction> bounded_by(const Expressions& expressions, ExprId condition,
                                           uint32_t reduced) {
  const std::optional<IndexBound> bound = index_bound(expressions, condition, reduced);
  if (!bound || bound->relation == Relation::equal) return std::nullopt;
  const Affine& limit = bound->limit;
  if (limit.has_atoms() || limit.indices.size() != 1) return std::nullopt;
  const auto& [along, factor] = *limit.indices.begin();
  if (along >= reduced || !factor.is_constant(1)) return std::nullopt;
  RunningReduction result;
  result.along = along;
  result.reduced = reduced;
  result.condition = condition;
  result.from_front = bound->relation == Relation::below || bound->relation == Relation::at_most;
  const bool counts_itself = bound->relation == Relation::at_most || bound->relation == Relation::above;
  result.offset = limit.constant + dim::Dim(counts_itself ? 1 : 0);
  return result;
}

}  // namespace

std::optional<RunningReduction> running_reduction(const Function& function, const Compute& compute) {
  const Expressions& expressions = function.expressions;
  const ReducerRow& row = row_of(compute.reducer);
  if (!row.combine || row.reports_index || compute.domain.size() != compute.write.size() + 1 ||
      !writes_bare_indices(expressions, compute)) {
    return std::nullopt;
  }
  const auto reduced = static_cast<uint32_t>(compute.write.size());
  std::vector<ExprId> conditions;
  for (const ExprId guard : compute.guard) {
    const std::vector<ExprId> parts = operands_of_nested(expressions, guard, ScalarFunction::logical_and);
    conditions.insert(conditions.end(), parts.begin(), parts.end());
  }
  for (const ExprId condition : conditions) {
    const auto found = bounded_by(expressions, condition, reduced);
    if (!found || mentions_index(expressions, compute.body, found->along)) continue;
    const bool is_only = std::none_of(conditions.begin(), conditions.end(), [&](ExprId other) {
      return !(other == condition) && mentions_index(expressions, other, found->along);
    });
    const auto cells = compute.domain[found->along].extent.constant();
    if (is_only && (!cells || *cells >= least_cells)) return found;
  }
  return std::nullopt;
}

}  // namespace kiln::fuse
