#include "graph/import_expression.h"

#include <algorithm>

#include "base/internal_check.h"

namespace kiln::graph {

ExprId ExpressionImporter::import(ExprId root) {
  // Without recursion, and looking only at what was not copied before.
  std::vector<ExprId> pending = {root};
  while (!pending.empty()) {
    const ExprId id = pending.back();
    if (copies_.find(id).valid()) {
      pending.pop_back();
      continue;
    }
    bool ready = true;
    for (ExprId operand : from_[id].operands) {
      if (copies_.find(operand).valid()) continue;
      ready = false;
      pending.push_back(operand);
    }
    if (!ready) continue;
    pending.pop_back();
    copies_.insert(id, copy(id));
  }
  return copies_.find(root);
}

std::vector<ExprId> ExpressionImporter::import(const std::vector<ExprId>& roots) {
  std::vector<ExprId> copied;
  for (ExprId root : roots) copied.push_back(import(root));
  return copied;
}

ExprId ExpressionImporter::copy(ExprId id) {
  const ExprKind kind = from_[id].kind;
  if (kind == ExprKind::index && rules_.index) {
    const ExprId replacement = rules_.index(from_[id].index);
    internal_check(to_[replacement].type == ElementType::i64, "an index is replaced by an i64 expression");
    return replacement;
  }
  if (kind == ExprKind::dim) return to_.dim(from_[id].dim.substitute(rules_.dims));
  const auto is_kept = [&](ExprId operand) { return copies_.find(operand) == operand; };
  const std::vector<ExprId>& operands = from_[id].operands;
  bool same_operands = std::all_of(operands.begin(), operands.end(), is_kept);
  if (same_operands && kind != ExprKind::read && &from_ == &to_) return id;
  Expr copied = from_[id];
  for (ExprId& operand : copied.operands) operand = copies_.find(operand);
  if (kind == ExprKind::read) {
    if (rules_.read) {
      const ExprId replacement = rules_.read(copied.value, copied.operands);
      if (replacement.valid()) {
        internal_check(to_[replacement].type == copied.type,
                       "a read is replaced by an expression of its type");
        return replacement;
      }
    }
    if (rules_.value) {
      const ValueId value = rules_.value(copied.value);
      same_operands = same_operands && value == copied.value;
      copied.value = value;
    }
  }
  if (same_operands && &from_ == &to_) return id;
  return to_.intern(std::move(copied));
}

ExprId substitute_indices(Expressions& expressions, ExprId root, const std::vector<ExprId>& replacements) {
  ImportRules rules;
  rules.index = [&](uint32_t index) {
    return index < replacements.size() ? replacements[index] : expressions.index(index);
  };
  return ExpressionImporter(expressions, expressions, std::move(rules)).import(root);
}

ExprId replace_read(Expressions& expressions, ExprId root, ExprId read, ExprId by) {
  ImportRules rules;
  rules.read = [&](ValueId value, const std::vector<ExprId>& subscripts) {
    const Expr& replaced = expressions[read];
    return value == replaced.value && subscripts == replaced.operands ? by : ExprId{};
  };
  return ExpressionImporter(expressions, expressions, std::move(rules)).import(root);
}

}  // namespace kiln::graph
