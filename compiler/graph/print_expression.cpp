#include "graph/print_expression.h"

#include <algorithm>

#include <fmt/format.h>

#include "graph/print_literal.h"
#include "graph/walk.h"

namespace kiln::graph {
namespace {
constexpr int smallest_shared = 4;   // nodes: less is as easy to read twice
constexpr int greatest_height = 40;  // keeps printing and reading from nesting without bound
}  // namespace

ExpressionPrinter::ExpressionPrinter(const Expressions& expressions,
                                     const std::vector<std::string>& value_names,
                                     const std::vector<std::string>& index_names,
                                     std::span<const ExprId> roots)
    : expressions_(expressions), value_names_(value_names), index_names_(index_names) {
  const std::vector<ExprId> order = reachable(expressions, roots);
  uint32_t greatest = 0;
  for (ExprId id : order) greatest = std::max(greatest, id.number);
  std::vector<int> uses(greatest + size_t{1}), size(uses), height(uses);
  definition_of_.assign(uses.size(), -1);
  for (ExprId id : order)
    for (ExprId operand : expressions[id].operands) ++uses[operand.number];
  for (ExprId root : roots) ++uses[root.number];
  for (ExprId id : order) {
    size[id.number] = 1;
    for (ExprId operand : expressions[id].operands) {
      size[id.number] += size[operand.number];  // bounded: what is large and shared counts as 1
      height[id.number] = std::max(height[id.number], height[operand.number] + 1);
    }
    const bool shared = uses[id.number] > 1 && size[id.number] >= smallest_shared;
    if (!shared && height[id.number] < greatest_height) continue;
    const std::string text = print_node(id);
    definition_of_[id.number] = static_cast<int>(definitions_.size());
    definitions_.push_back(fmt::format("${} = {}", definitions_.size(), text));
    size[id.number] = 1;
    height[id.number] = 0;
  }
}

std::string ExpressionPrinter::print(ExprId id) const {
  const int definition = definition_of_[id.number];
  return definition >= 0 ? fmt::format("${}", definition) : print_node(id);
}

std::string ExpressionPrinter::print_list(const std::vector<ExprId>& list) const {
  std::string text;
  for (ExprId id : list) text += (text.empty() ? "" : ", ") + print(id);
  return text;
}

std::string ExpressionPrinter::print_node(ExprId id) const {
  const Expr& expr = expressions_[id];
  switch (expr.kind) {
    case ExprKind::literal: return print_literal(expr.type, expr.literal);
    case ExprKind::index:
      return expr.index < index_names_.size() ? index_names_[expr.index] : fmt::format("?{}", expr.index);
    case ExprKind::dim:
      return expr.dim.bare_symbol() ? *expr.dim.bare_symbol() : fmt::format("{{{}}}", expr.dim.to_string());
    case ExprKind::read: {
      const std::string name =
          expr.value.number < value_names_.size() ? value_names_[expr.value.number] : "%?";
      return expr.operands.empty() ? name : fmt::format("{}[{}]", name, print_list(expr.operands));
    }
    case ExprKind::call: break;
  }
  const std::string_view name =
      expr.function == ScalarFunction::convert ? name_of(expr.type) : name_of(expr.function);
  return fmt::format("{}({})", name, print_list(expr.operands));
}

}  // namespace kiln::graph
