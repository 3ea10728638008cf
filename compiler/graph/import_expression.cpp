#include "graph/import_expression.h"

#include "base/internal_check.h"

namespace kiln::graph {

ExprId ExpressionImporter::import(ExprId root) {
  // Without recursion, and looking only at what was not copied before.
  std::vector<ExprId> pending = {root};
  while (!pending.empty()) {
    const ExprId id = pending.back();
    if (copies_.contains(id.number)) {
      pending.pop_back();
      continue;
    }
    std::vector<ExprId> operands;
    bool ready = true;
    for (ExprId operand : from_[id].operands) {
      const auto copied = copies_.find(operand.number);
      if (copied != copies_.end()) {
        operands.push_back(copied->second);
      } else {
        ready = false;
        pending.push_back(operand);
      }
    }
    if (!ready) continue;
    pending.pop_back();
    const Expr expr = from_[id];  // a copy: `from` may be `to`, which grows
    const ExprId copied = copy(expr, std::move(operands));
    copies_.emplace(id.number, copied);
  }
  return copies_.at(root.number);
}

std::vector<ExprId> ExpressionImporter::import(const std::vector<ExprId>& roots) {
  std::vector<ExprId> copied;
  for (ExprId root : roots) copied.push_back(import(root));
  return copied;
}

ExprId ExpressionImporter::copy(const Expr& expr, std::vector<ExprId> operands) {
  if (expr.kind == ExprKind::index && rules_.index) {
    const ExprId replacement = rules_.index(expr.index);
    internal_check(to_[replacement].type == ElementType::i64, "an index is replaced by an i64 expression");
    return replacement;
  }
  if (expr.kind == ExprKind::dim) return to_.dim(expr.dim.substitute(rules_.dims));
  Expr copied = expr;
  copied.operands = std::move(operands);
  if (expr.kind == ExprKind::read) {
    if (rules_.read) {
      const ExprId replacement = rules_.read(expr.value, copied.operands);
      if (replacement.valid()) {
        internal_check(to_[replacement].type == expr.type, "a read is replaced by an expression of its type");
        return replacement;
      }
    }
    if (rules_.value) copied.value = rules_.value(expr.value);
  }
  return to_.intern(std::move(copied));
}

ExprId substitute_indices(Expressions& expressions, ExprId root, const std::vector<ExprId>& replacements) {
  ImportRules rules;
  rules.index = [&](uint32_t index) {
    return index < replacements.size() ? replacements[index] : expressions.index(index);
  };
  return ExpressionImporter(expressions, expressions, std::move(rules)).import(root);
}

}  // namespace kiln::graph
