#include "graph/graph.h"

#include <algorithm>

#include "graph/walk.h"

namespace kiln::graph {
namespace {

/// The operands of each kind of node, in a fixed order; may repeat.
struct ListOperands {
  const Function& function;

  std::vector<ValueId> operator()(const Input&) const { return {}; }
  std::vector<ValueId> operator()(const Constant&) const { return {}; }
  std::vector<ValueId> operator()(const Compute& compute) const {
    std::vector<ValueId> found;
    for (ExprId id : reachable(function.expressions, roots_of(compute))) {
      const Expr& expr = function.expressions[id];
      if (expr.kind == ExprKind::read) found.push_back(expr.value);
    }
    return found;
  }
  std::vector<ValueId> operator()(const StopGradient& op) const { return {op.operand}; }
  std::vector<ValueId> operator()(const Sort& op) const { return {op.operand}; }
  std::vector<ValueId> operator()(const Derivative& op) const { return op.operands; }
  std::vector<ValueId> operator()(const RuledCall& op) const { return op.operands; }
  std::vector<ValueId> operator()(const RuledTangent& op) const { return op.operands; }
  std::vector<ValueId> operator()(const Loop& op) const {
    std::vector<ValueId> found = op.operands;
    if (op.rounds) found.push_back(*op.rounds);
    if (op.go_on) found.push_back(*op.go_on);
    return found;
  }
  std::vector<ValueId> operator()(const Check& op) const {
    if (op.kind == Check::Kind::index) return {op.subject, op.greatest};
    return {op.subject};
  }
  std::vector<ValueId> operator()(const Print& op) const { return {op.operand}; }
};

template <typename T>
std::vector<T> each_once(const std::vector<T>& list) {
  std::vector<T> sorted = list;
  std::sort(sorted.begin(), sorted.end());
  sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
  if (sorted.size() == list.size()) return list;
  std::vector<bool> seen(sorted.size());
  std::vector<T> once;
  for (const T& item : list) {
    const auto place = std::lower_bound(sorted.begin(), sorted.end(), item) - sorted.begin();
    if (!seen[static_cast<size_t>(place)]) once.push_back(item);
    seen[static_cast<size_t>(place)] = true;
  }
  return once;
}

}  // namespace

std::vector<ValueId> operands_of(const Function& function, const Node& node) {
  return each_once(std::visit(ListOperands{function}, node.op));
}

size_t Loop::stacked_count() const { return body->outputs.size() - first_stacked(); }

bool has_effect(const Node& node) {
  if (std::holds_alternative<Check>(node.op) || std::holds_alternative<Print>(node.op)) return true;
  const Function* body = nullptr;
  if (const auto* loop = std::get_if<Loop>(&node.op)) body = loop->body.get();
  if (const auto* call = std::get_if<RuledCall>(&node.op)) body = call->body.get();
  return body != nullptr && std::any_of(body->nodes.begin(), body->nodes.end(), has_effect);
}

std::vector<ValueId> values_in(const Expressions& expressions, ExprId root) {
  std::vector<ValueId> found;
  for (ExprId id : reachable(expressions, {&root, 1}))
    if (expressions[id].kind == ExprKind::read) found.push_back(expressions[id].value);
  return each_once(found);
}

std::vector<uint32_t> indices_in(const Expressions& expressions, ExprId root) {
  std::vector<uint32_t> found;
  for (ExprId id : reachable(expressions, {&root, 1}))
    if (expressions[id].kind == ExprKind::index) found.push_back(expressions[id].index);
  std::sort(found.begin(), found.end());  // interning makes each of them unique
  return found;
}

}  // namespace kiln::graph
