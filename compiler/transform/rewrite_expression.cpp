#include "transform/rewrite_expression.h"

#include <algorithm>

#include "base/internal_check.h"
#include "graph/walk.h"

namespace kiln::transform {

using graph::Expr;
using graph::ExprId;
using graph::ExprKind;

ExprId FoldingImporter::import(ExprId root) {
  for (const ExprId id : graph::reachable(from_, {&root, 1})) {
    if (copies_.contains(id.number)) continue;
    const Expr expr = from_[id];  // a copy: the arena may grow
    std::vector<ExprId> operands;
    for (const ExprId operand : expr.operands) operands.push_back(copies_.at(operand.number));
    const ExprId copied = copy(expr, std::move(operands));
    copies_.emplace(id.number, copied);
  }
  return copies_.at(root.number);
}

ExprId FoldingImporter::copy(const Expr& expr, std::vector<ExprId> operands) {
  graph::Expressions& to = folder_.expressions();
  switch (expr.kind) {
    case ExprKind::literal: return to.literal(expr.type, expr.literal);
    case ExprKind::index: return rules_.index ? rules_.index(expr.index) : to.index(expr.index);
    case ExprKind::dim: return to.dim(expr.dim.substitute(rules_.dims));
    case ExprKind::call:
      if (expr.function == ScalarFunction::convert) return folder_.convert(operands[0], expr.type);
      return folder_.call(expr.function, std::move(operands));
    case ExprKind::read: break;
  }
  if (rules_.read) {
    const ExprId replacement = rules_.read(expr.value, operands);
    if (replacement.valid()) return replacement;
  }
  return to.read(rules_.value ? rules_.value(expr.value) : expr.value, expr.type, std::move(operands));
}

ExprId replace_indices(Folder& folder, ExprId root, const IndexReplacements& replacements) {
  graph::ImportRules rules;
  rules.index = [&](uint32_t index) {
    const auto found = replacements.find(index);
    return found == replacements.end() ? folder.expressions().index(index) : found->second;
  };
  return FoldingImporter(folder.expressions(), folder, std::move(rules)).import(root);
}

void replace_indices(Folder& folder, graph::Compute& compute, const IndexReplacements& replacements) {
  compute.body = replace_indices(folder, compute.body, replacements);
  for (ExprId& condition : compute.guard) condition = replace_indices(folder, condition, replacements);
  for (ExprId& subscript : compute.write) subscript = replace_indices(folder, subscript, replacements);
}

bool mentions_index(const graph::Expressions& expressions, ExprId root, uint32_t index) {
  const std::vector<uint32_t> found = graph::indices_in(expressions, root);
  return std::find(found.begin(), found.end(), index) != found.end();
}

}  // namespace kiln::transform
