#include "transform/decide_conditions.h"

#include <unordered_map>

#include "graph/walk.h"

namespace kiln::transform {

using graph::Expr;
using graph::ExprId;
using graph::ExprKind;

namespace {

/// Conditions within conditions are followed this deep; a chain of selects that share operands would
/// otherwise be walked once for each of its paths.
constexpr int deepest_branch = 4;

bool is_decidable(const Expr& expr) {
  if (expr.kind != ExprKind::call) return false;
  switch (row_of(expr.function).signature) {
    case ScalarSignature::comparison:
    case ScalarSignature::logic:
    case ScalarSignature::choice: return true;
    default:
      return expr.type == ElementType::i64 && row_of(expr.function).signature == ScalarSignature::integer;
  }
}

class Decider {
 public:
  Decider(Folder& folder, PointFacts facts, int depth)
      : folder_(folder), facts_(std::move(facts)), depth_(depth) {}

  ExprId decide(ExprId root) {
    const auto known = known_.find(root.number);
    if (known != known_.end()) return known->second;
    const ExprId decided = rebuild(root);
    known_.emplace(root.number, decided);
    return decided;
  }

 private:
  bool worth_a_walk(ExprId root) const {
    for (const ExprId id : graph::reachable(folder_.expressions(), {&root, 1})) {
      if (is_decidable(folder_.expressions()[id])) return true;
    }
    return false;
  }

  ExprId under(ExprId condition, bool holds, ExprId root) {
    if (depth_ >= deepest_branch || !worth_a_walk(root)) return decide(root);
    PointFacts facts = facts_;
    holds ? facts.assume(condition) : facts.assume_not(condition);
    return Decider(folder_, std::move(facts), depth_ + 1).decide(root);
  }

  ExprId rebuild(ExprId id) {
    const Expr expr = folder_.expressions()[id];  // a copy: the arena grows
    if (expr.operands.empty()) return id;
    if (expr.kind == ExprKind::call && expr.function == ScalarFunction::select) {
      const ExprId condition = decide(expr.operands[0]);
      if (const auto truth = facts_.decide(condition)) return decide(expr.operands[*truth ? 1 : 2]);
      return folder_.select(condition, under(condition, true, expr.operands[1]),
                            under(condition, false, expr.operands[2]));
    }
    if (expr.kind == ExprKind::call &&
        (expr.function == ScalarFunction::logical_and || expr.function == ScalarFunction::logical_or)) {
      const bool goes_on = expr.function == ScalarFunction::logical_and;
      const ExprId first = decide(expr.operands[0]);
      if (const auto truth = facts_.decide(first)) {
        return *truth == goes_on ? decide(expr.operands[1]) : folder_.boolean(!goes_on);
      }
      return folder_.call(expr.function, {first, under(first, goes_on, expr.operands[1])});
    }
    std::vector<ExprId> operands;
    for (const ExprId operand : expr.operands) operands.push_back(decide(operand));
    if (expr.kind == ExprKind::read) return folder_.expressions().read(expr.value, expr.type, operands);
    if (expr.function == ScalarFunction::convert) return folder_.convert(operands[0], expr.type);
    ExprId result = folder_.call(expr.function, std::move(operands));
    if (expr.type == ElementType::boolean) {
      if (const auto truth = facts_.decide(result)) return folder_.boolean(*truth);
    } else if (expr.type == ElementType::i64) {
      const dim::Dim polynomial = folder_.polynomials().of(result);
      result = folder_.polynomials().expression(facts_.without_quotients(polynomial));
    }
    return result;
  }

  Folder& folder_;
  PointFacts facts_;
  int depth_;
  std::unordered_map<uint32_t, ExprId> known_;
};

}  // namespace

ExprId decide_conditions(Folder& folder, ExprId root, const PointFacts& facts) {
  for (const ExprId id : graph::reachable(folder.expressions(), {&root, 1})) {
    if (is_decidable(folder.expressions()[id])) return Decider(folder, facts, 0).decide(root);
  }
  return root;
}

}  // namespace kiln::transform
