#include <cmath>

#include "transform/fold_rules.h"

namespace kiln::transform::fold_rules {

using graph::Expr;
using graph::ExprId;
using graph::ExprKind;
using Ids = std::vector<ExprId>;

namespace {

bool is_literal(Folder& f, ExprId id) { return f.expressions()[id].kind == ExprKind::literal; }

/// A float whose product with any other is exact, up to over- and underflow.
bool is_power_of_two(Folder& f, ExprId id) {
  const Expr& expr = f.expressions()[id];
  if (expr.kind != ExprKind::literal || !is_float(expr.type)) return false;
  int exponent = 0;
  return std::fabs(std::frexp(expr.literal.real, &exponent)) == 0.5 && std::abs(exponent) < 10;
}

/// `op(select(c, a, 0), select(c, b, 0))` as `select(c, op(a, b), 0)`.
ExprId under_one_guard(Folder& f, ScalarFunction function, ExprId a, ExprId b) {
  const auto first = guarded(f, a), second = guarded(f, b);
  if (!first || !second || first->condition != second->condition) return {};
  const ExprId value = f.call(function, {first->value, second->value});
  return f.select(first->condition, value, f.zero(f.type_of(value)));
}

ExprId add(Folder& f, const Ids& x) {
  const ExprId a = x[0], b = x[1];
  if (f.is_zero(a)) return b;
  if (f.is_zero(b)) return a;
  if (f.is_call(b, ScalarFunction::negate)) return f.subtract(a, f.operand(b, 0));
  if (f.is_call(a, ScalarFunction::negate)) return f.subtract(b, f.operand(a, 0));
  if (a == b) return f.multiply(f.number(2, f.type_of(a)), a);
  const auto first = guarded(f, a), second = guarded(f, b);
  if (first && second && f.opposite(first->condition) == second->condition) {
    return f.select(first->condition, first->value, second->value);
  }
  return under_one_guard(f, ScalarFunction::add, a, b);
}

ExprId subtract(Folder& f, const Ids& x) {
  const ExprId a = x[0], b = x[1];
  if (f.is_zero(b)) return a;
  if (f.is_zero(a)) return f.negate(b);
  if (a == b && is_integer(f.type_of(a))) return f.zero(f.type_of(a));  // inf - inf is NaN
  if (f.is_call(b, ScalarFunction::negate)) return f.add(a, f.operand(b, 0));
  return under_one_guard(f, ScalarFunction::subtract, a, b);
}

ExprId multiply(Folder& f, const Ids& x) {
  const ExprId a = x[0], b = x[1];
  const ElementType type = f.type_of(a);
  if (f.is_number(a, 1)) return b;
  if (f.is_number(b, 1)) return a;
  if (f.is_zero(a) && is_integer(type)) return a;  // 0 * NaN is NaN
  if (f.is_number(a, -1) && row_of(type).kind != ElementKind::unsigned_integer) return f.negate(b);
  for (const auto& [one, other] : {std::pair(a, b), std::pair(b, a)}) {
    if (const auto part = guarded(f, one)) {
      return f.select(part->condition, f.multiply(part->value, other), f.zero(type));
    }
  }
  for (const auto& [one, other] : {std::pair(a, b), std::pair(b, a)}) {
    if (f.is_call(one, ScalarFunction::negate)) return f.negate(f.multiply(f.operand(one, 0), other));
  }
  if (is_literal(f, a) && f.is_call(b, ScalarFunction::multiply) && is_literal(f, f.operand(b, 0))) {
    const ExprId inner = f.operand(b, 0);
    if (is_integer(type) || is_power_of_two(f, a) || is_power_of_two(f, inner)) {
      return f.multiply(f.multiply(a, inner), f.operand(b, 1));
    }
  }
  return {};
}

ExprId divide(Folder& f, const Ids& x) {
  const ExprId a = x[0], b = x[1];
  if (const auto part = guarded(f, a)) {
    return f.select(part->condition, f.divide(part->value, b), f.zero(f.type_of(a)));
  }
  if (is_power_of_two(f, b)) return f.multiply(f.divide(f.number(1, f.type_of(b)), b), a);
  if (f.is_call(a, ScalarFunction::negate)) return f.negate(f.divide(f.operand(a, 0), b));
  if (f.is_call(b, ScalarFunction::negate)) return f.negate(f.divide(a, f.operand(b, 0)));
  return {};
}

ExprId negate(Folder& f, const Ids& x) {
  const ExprId a = x[0];
  const ElementType type = f.type_of(a);
  if (f.is_call(a, ScalarFunction::negate)) return f.operand(a, 0);
  if (f.is_call(a, ScalarFunction::subtract)) return f.subtract(f.operand(a, 1), f.operand(a, 0));
  if (const auto part = guarded(f, a)) return f.select(part->condition, f.negate(part->value), f.zero(type));
  for (const ScalarFunction function : {ScalarFunction::multiply, ScalarFunction::divide}) {
    if (f.is_call(a, function) && is_literal(f, f.operand(a, 0))) {
      return f.call(function, {f.negate(f.operand(a, 0)), f.operand(a, 1)});
    }
  }
  return {};
}

/// `min(x, x)`, `max(x, x)`.
ExprId extreme(Folder&, const Ids& x) { return x[0] == x[1] ? x[0] : ExprId{}; }

ExprId quotient(Folder& f, const Ids& x) { return f.is_number(x[1], 1) ? x[0] : ExprId{}; }

ExprId remainder(Folder& f, const Ids& x) {
  return f.is_number(x[1], 1) ? f.zero(f.type_of(x[0])) : ExprId{};
}

ExprId pow(Folder& f, const Ids& x) {
  if (f.is_number(x[1], 0)) return f.number(1, f.type_of(x[0]));
  if (f.is_number(x[1], 1)) return x[0];
  if (f.is_number(x[1], 2)) return f.multiply(x[0], x[0]);
  return {};
}

}  // namespace

const std::vector<Row>& numbers() {
  static const std::vector<Row> rows = {
      {ScalarFunction::add, add},           {ScalarFunction::subtract, subtract},
      {ScalarFunction::multiply, multiply}, {ScalarFunction::divide, divide},
      {ScalarFunction::negate, negate},     {ScalarFunction::minimum, extreme},
      {ScalarFunction::maximum, extreme},   {ScalarFunction::quotient, quotient},
      {ScalarFunction::pow, pow},           {ScalarFunction::remainder, remainder},
  };
  return rows;
}

}  // namespace kiln::transform::fold_rules
