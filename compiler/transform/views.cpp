#include "transform/views.h"

#include <algorithm>

#include "transform/rewrite_expression.h"
#include "transform/write_map.h"

namespace kiln::transform {

using graph::Expr;
using graph::ExprId;
using graph::ExprKind;

bool Views::is_view(ExprId body) const {
  const Expr& expr = function_.expressions[body];
  if (expr.kind == ExprKind::literal || expr.kind == ExprKind::dim) return true;
  if (expr.kind != ExprKind::read) return false;
  return std::all_of(expr.operands.begin(), expr.operands.end(), [&](ExprId subscript) {
    return graph::values_in(function_.expressions, subscript).empty();
  });
}

void Views::add(graph::ValueId value, const graph::Compute& compute) {
  const std::vector<dim::Dim>& shape = function_.type_of(value).shape;
  if (!is_map(function_.expressions, compute, shape) || !is_view(compute.body)) return;
  IndexReplacements axes;
  const auto bare = bare_indices(function_.expressions, compute);
  for (uint32_t axis = 0; axis < bare.size(); ++axis) axes[*bare[axis]] = folder_.expressions().index(axis);
  bodies_[value.number] = replace_indices(folder_, compute.body, axes);
}

ExprId Views::read(graph::ValueId value, const std::vector<ExprId>& subscripts) {
  const auto found = bodies_.find(value.number);
  if (found == bodies_.end()) return {};
  IndexReplacements axes;
  for (uint32_t axis = 0; axis < subscripts.size(); ++axis) axes[axis] = subscripts[axis];
  return replace_indices(folder_, found->second, axes);
}

}  // namespace kiln::transform
