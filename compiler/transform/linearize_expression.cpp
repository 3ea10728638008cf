#include "transform/linearize_expression.h"

#include "base/internal_check.h"
#include "graph/walk.h"
#include "transform/derivative_table.h"
#include "transform/placeholders.h"

namespace kiln::transform {

using graph::Expr;
using graph::ExprId;
using graph::ExprKind;

std::optional<ExprId> ExpressionTangents::of(ExprId root, std::optional<ExprId> stored) {
  for (const ExprId id : graph::reachable(folder_.expressions(), {&root, 1})) {
    if (!known_.contains(id.number)) known_.emplace(id.number, tangent(id, id));
  }
  // Not remembered: the stored value belongs to the domain of one compute.
  return stored ? tangent(root, *stored) : known_.at(root.number);
}

/// The tangent of `id`, whose value is also that of `value`.
std::optional<ExprId> ExpressionTangents::tangent(ExprId id, ExprId value) {
  const Expr expr = folder_.expressions()[id];  // a copy: the arena grows
  if (!is_float(expr.type)) return std::nullopt;
  if (expr.kind == ExprKind::read) {
    const auto found = tangents_.find(expr.value);
    if (found == tangents_.end()) return std::nullopt;
    return folder_.expressions().read(found->second, element_of_tangents(expr.type), expr.operands);
  }
  if (expr.kind != ExprKind::call) return std::nullopt;
  const DerivativeRow& row = derivative_of(expr.function);
  std::optional<ExprId> sum;
  for (size_t k = 0; k < expr.operands.size(); ++k) {
    const std::optional<ExprId> operand = known_.at(expr.operands[k].number);
    if (!operand || row.tangents[k] == nullptr) continue;
    const ExprId part = row.tangents[k](folder_, expr.operands, value, *operand);
    sum = sum ? folder_.add(*sum, part) : part;
  }
  return sum;
}

}  // namespace kiln::transform
