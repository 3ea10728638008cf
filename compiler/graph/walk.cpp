#include "graph/walk.h"

#include <algorithm>

namespace kiln::graph {

std::vector<ExprId> roots_of(const Compute& compute) {
  std::vector<ExprId> roots = {compute.body};
  roots.insert(roots.end(), compute.guard.begin(), compute.guard.end());
  roots.insert(roots.end(), compute.write.begin(), compute.write.end());
  return roots;
}

/// Of the expressions of most programs, so that vectors need not grow in steps.
static constexpr size_t usual_size = 16;

std::vector<ExprId> reachable(const Expressions& expressions, std::span<const ExprId> roots) {
  uint32_t greatest = 0;
  for (ExprId root : roots) greatest = std::max(greatest, root.number);
  // An expression's operands have smaller numbers, so nothing above the greatest root can be met.
  std::vector<bool> seen(greatest + size_t{1});
  struct Visit {
    ExprId id;
    size_t next_operand;
  };
  std::vector<ExprId> order;
  std::vector<Visit> path;
  order.reserve(usual_size);
  path.reserve(usual_size);
  const auto enter = [&](ExprId id) {
    if (seen[id.number]) return;
    seen[id.number] = true;
    path.push_back({id, 0});
  };
  for (ExprId root : roots) {
    enter(root);
    while (!path.empty()) {
      const std::vector<ExprId>& operands = expressions[path.back().id].operands;
      if (path.back().next_operand < operands.size()) {
        enter(operands[path.back().next_operand++]);
      } else {
        order.push_back(path.back().id);
        path.pop_back();
      }
    }
  }
  return order;
}

bool mentions_index(const Expressions& expressions, ExprId id, uint32_t index) {
  const std::vector<uint32_t> indices = indices_in(expressions, id);
  return std::find(indices.begin(), indices.end(), index) != indices.end();
}

bool writes_leading_indices(const Expressions& expressions, const Compute& compute) {
  for (uint32_t axis = 0; axis < compute.write.size(); ++axis) {
    const Expr& expr = expressions[compute.write[axis]];
    if (expr.kind != ExprKind::index || expr.index != axis) return false;
  }
  return true;
}

std::vector<ExprId> operands_of_nested(const Expressions& expressions, ExprId root, ScalarFunction function) {
  std::vector<ExprId> operands, pending = {root};
  while (!pending.empty()) {
    const ExprId id = pending.back();
    pending.pop_back();
    const Expr& expr = expressions[id];
    if (expr.kind == ExprKind::call && expr.function == function) {
      pending.push_back(expr.operands[1]);
      pending.push_back(expr.operands[0]);
    } else {
      operands.push_back(id);
    }
  }
  return operands;
}

}  // namespace kiln::graph
