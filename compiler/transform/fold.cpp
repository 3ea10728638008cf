#include "transform/fold.h"

#include <algorithm>
#include <array>

#include "transform/fold_rules.h"

namespace kiln::transform {

using graph::Expr;
using graph::ExprId;
using graph::ExprKind;

namespace {

constexpr std::array commutative_functions = {
    ScalarFunction::add,     ScalarFunction::multiply, ScalarFunction::equal,   ScalarFunction::not_equal,
    ScalarFunction::bit_and, ScalarFunction::bit_or,   ScalarFunction::bit_xor,
};
constexpr std::array index_functions = {
    ScalarFunction::add,      ScalarFunction::subtract,  ScalarFunction::multiply, ScalarFunction::negate,
    ScalarFunction::quotient, ScalarFunction::remainder, ScalarFunction::minimum,  ScalarFunction::maximum,
};

template <size_t N>
bool is_one_of(ScalarFunction function, const std::array<ScalarFunction, N>& functions) {
  return std::find(functions.begin(), functions.end(), function) != functions.end();
}

fold_rules::Rule rule_for(ScalarFunction function) {
  for (const auto* rows : {&fold_rules::numbers(), &fold_rules::choices()}) {
    for (const fold_rules::Row& row : *rows) {
      if (row.function == function) return row.rule;
    }
  }
  return nullptr;
}

}  // namespace

ExprId Folder::number(double value, ElementType type) {
  return is_float(type) ? expressions_.real(value, type)
                        : expressions_.integer(static_cast<int64_t>(value), type);
}

bool Folder::is_zero(ExprId id) const {
  const Expr& expr = expressions_[id];
  return expr.kind == ExprKind::literal && expr.literal.integer == 0 && expr.literal.real == 0;
}

bool Folder::is_number(ExprId id, double value) const {
  const Expr& expr = expressions_[id];
  if (expr.kind != ExprKind::literal || expr.type == ElementType::boolean) return false;
  return is_float(expr.type) ? expr.literal.real == value
                             : expr.literal.integer == static_cast<int64_t>(value);
}

std::optional<bool> Folder::truth_of(ExprId id) const {
  const Expr& expr = expressions_[id];
  if (expr.kind != ExprKind::literal || expr.type != ElementType::boolean) return std::nullopt;
  return expr.literal.integer != 0;
}

bool Folder::is_call(ExprId id, ScalarFunction function) const {
  const Expr& expr = expressions_[id];
  return expr.kind == ExprKind::call && expr.function == function;
}

ExprId Folder::call(ScalarFunction function, std::vector<ExprId> operands) {
  const auto is_literal = [&](ExprId id) { return expressions_[id].kind == ExprKind::literal; };
  if (std::all_of(operands.begin(), operands.end(), is_literal)) {
    std::vector<Scalar> values;
    std::vector<ElementType> types;
    for (const ExprId id : operands) {
      values.push_back(expressions_[id].literal);
      types.push_back(expressions_[id].type);
    }
    return expressions_.literal(result_type(function, types), evaluate(function, types.back(), values));
  }
  if (is_one_of(function, index_functions) && type_of(operands[0]) == ElementType::i64) {
    return polynomials_.expression(polynomials_.of(expressions_.call(function, std::move(operands))));
  }
  if (is_one_of(function, commutative_functions)) {
    std::sort(operands.begin(), operands.end(), [&](ExprId a, ExprId b) {
      return std::pair(!is_literal(a), a) < std::pair(!is_literal(b), b);
    });
  }
  if (const fold_rules::Rule rule = rule_for(function)) {
    const ExprId simpler = rule(*this, operands);
    if (simpler.valid()) return simpler;
  }
  return expressions_.call(function, std::move(operands));
}

ExprId Folder::convert(ExprId operand, ElementType to) {
  const Expr expr = expressions_[operand];
  if (expr.type == to) return operand;
  if (expr.kind == ExprKind::literal) {
    return expressions_.literal(to, kiln::convert(expr.literal, expr.type, to));
  }
  if (const auto part = guarded(*this, operand)) {
    return select(part->condition, convert(part->value, to), zero(to));
  }
  if (is_call(operand, ScalarFunction::convert)) {
    // Through a wider type and back; or an index, which fits i32 as every axis is shorter than 2^31.
    const Expr& inner = expressions_[expr.operands[0]];
    const bool wider =
        row_of(inner.type).kind == row_of(expr.type).kind && size_of(inner.type) < size_of(expr.type);
    const bool small = inner.kind == ExprKind::index && expr.type == ElementType::i32;
    if (inner.type == to && (wider || small)) return expr.operands[0];
  }
  return expressions_.convert(operand, to);
}

std::optional<Guarded> guarded(const Folder& folder, ExprId id) {
  if (!folder.is_call(id, ScalarFunction::select) || !folder.is_zero(folder.operand(id, 2)))
    return std::nullopt;
  return Guarded{folder.operand(id, 0), folder.operand(id, 1)};
}

std::vector<ExprId> conjuncts(const Folder& folder, ExprId condition) {
  if (!folder.is_call(condition, ScalarFunction::logical_and)) return {condition};
  std::vector<ExprId> result = conjuncts(folder, folder.operand(condition, 0));
  const std::vector<ExprId> others = conjuncts(folder, folder.operand(condition, 1));
  result.insert(result.end(), others.begin(), others.end());
  return result;
}

}  // namespace kiln::transform
