#include "graph/support.h"

#include <algorithm>

#include "graph/walk.h"

namespace kiln::graph {

namespace {

bool writes_its_axes(const Function& function, const Compute& compute, const std::vector<dim::Dim>& shape) {
  if (!writes_leading_indices(function.expressions, compute)) return false;
  for (uint32_t axis = 0; axis < shape.size(); ++axis)
    if (!(compute.domain[axis].extent == shape[axis])) return false;
  return true;
}

}  // namespace

std::vector<ExprId> support_of(const Function& function, ValueId value) {
  const auto* compute = std::get_if<Compute>(&function.node_of(value).op);
  if (compute == nullptr) return {};
  const size_t rank = function.type_of(value).shape.size();
  const Expressions& expressions = function.expressions;
  if (!writes_its_axes(function, *compute, function.type_of(value).shape)) return {};
  std::vector<ExprId> conditions = compute->guard;
  if (compute->reducer == Reducer::assign && compute->domain.size() == rank) {
    for (ExprId body = compute->body;;) {
      const Expr& expr = expressions[body];
      const bool chooses = expr.kind == ExprKind::call && expr.function == ScalarFunction::select &&
                           expressions[expr.operands[2]].kind == ExprKind::literal;
      if (!chooses) break;
      conditions.push_back(expr.operands[0]);
      body = expr.operands[1];
    }
  }
  std::vector<ExprId> support;
  for (const ExprId condition : conditions) {
    for (const ExprId part : operands_of_nested(expressions, condition, ScalarFunction::logical_and)) {
      const std::vector<uint32_t> indices = indices_in(expressions, part);
      if (std::all_of(indices.begin(), indices.end(), [&](uint32_t index) { return index < rank; }))
        support.push_back(part);
    }
  }
  return support;
}

}  // namespace kiln::graph
