#include "graph/verify_expression.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/float_format.h"
#include "graph/walk.h"

namespace kiln::graph {
namespace {

using Problem = std::optional<std::string>;

Problem verify_literal(const Expr& expr) {
  const bool real = is_float(expr.type);
  const Scalar& value = expr.literal;
  if (real ? value.integer != 0 : value.real != 0) return "a literal has a value of the wrong kind";
  const Scalar held = real ? Scalar::of_real(round_to(value.real, expr.type))
                           : Scalar::of_integer(wrap(value.integer, expr.type));
  if (!(held == value)) return fmt::format("a literal is not a value of {}", name_of(expr.type));
  return std::nullopt;
}

bool fits(ScalarSignature signature, ElementType type) {
  switch (signature) {
    case ScalarSignature::number: return is_number(type);
    case ScalarSignature::real:
    case ScalarSignature::real_test: return is_float(type);
    case ScalarSignature::integer: return is_integer(type);
    case ScalarSignature::logic: return type == ElementType::boolean;
    case ScalarSignature::random: return type == ElementType::u64;
    case ScalarSignature::comparison:
    case ScalarSignature::choice:
    case ScalarSignature::conversion: break;
  }
  return true;
}

Problem verify_call(const Expressions& expressions, const Expr& expr) {
  const ScalarFunctionRow& row = row_of(expr.function);
  if (static_cast<int>(expr.operands.size()) != row.arity)
    return fmt::format("`{}` has {} operands", row.name, expr.operands.size());
  const ElementType type = expressions[expr.operands.back()].type;
  for (size_t i = 0; i < expr.operands.size(); ++i) {
    const ElementType operand = expressions[expr.operands[i]].type;
    const bool condition = row.signature == ScalarSignature::choice && i == 0;
    if (operand != (condition ? ElementType::boolean : type))
      return fmt::format("operand {} of `{}` is {}", i, row.name, name_of(operand));
  }
  if (!fits(row.signature, type)) return fmt::format("`{}` of {}", row.name, name_of(type));
  if (row_of(type).storage_only && row.signature != ScalarSignature::conversion)
    return fmt::format("`{}` of {}, which must be cast first", row.name, name_of(type));
  if (expr.type != result_type(expr.function, {&type, 1}, expr.type))
    return fmt::format("`{}` gives {}", row.name, name_of(expr.type));
  return std::nullopt;
}

Problem verify_read(const Function& function, const Expr& expr) {
  const Value& value = function[expr.value];
  if (value.type.element != expr.type)
    return fmt::format("`{}` is {} and is read as {}", value.name, name_of(value.type.element),
                       name_of(expr.type));
  if (value.type.shape.size() != expr.operands.size())
    return fmt::format("`{}` has rank {} and is read with {} subscripts", value.name, value.type.shape.size(),
                       expr.operands.size());
  for (ExprId subscript : expr.operands)
    if (function.expressions[subscript].type != ElementType::i64)
      return fmt::format("a subscript of `{}` is not an i64", value.name);
  return std::nullopt;
}

}  // namespace

Problem verify_dim(const Function& function, const dim::Dim& dim) {
  if (dim.overflowed()) return "a dim expression leaves 64 bits: " + dim.to_string();
  if (dim.constant()) return std::nullopt;
  for (const std::string& symbol : dim.symbols())
    if (std::find(function.dims.begin(), function.dims.end(), symbol) == function.dims.end())
      return fmt::format("`{}` is not a dim of the function", symbol);
  return std::nullopt;
}

Problem verify_condition(const Function& function, const dim::Condition& condition) {
  using Kind = dim::Condition::Kind;
  if (condition.kind != Kind::both && condition.kind != Kind::either)
    return verify_dim(function, condition.value);
  for (const dim::Condition& part : condition.operands)
    if (Problem problem = verify_condition(function, part)) return problem;
  return std::nullopt;
}

Problem verify_expressions(const Function& function, std::span<const ExprId> roots, size_t index_count,
                           const std::function<Problem(ValueId)>& readable) {
  const Expressions& expressions = function.expressions;
  for (ExprId root : roots)
    if (root.number >= expressions.size()) return "an expression that does not exist";
  for (ExprId id : reachable(expressions, roots)) {
    const Expr& expr = expressions[id];
    Problem problem;
    switch (expr.kind) {
      case ExprKind::literal: problem = verify_literal(expr); break;
      case ExprKind::index:
        if (expr.index >= index_count)
          problem = fmt::format("index {} of a domain with {} indices", expr.index, index_count);
        break;
      case ExprKind::dim:
        problem = expr.dim.constant() ? "a constant dim is no literal" : verify_dim(function, expr.dim);
        break;
      case ExprKind::read:
        problem = readable(expr.value);
        if (!problem) problem = verify_read(function, expr);
        break;
      case ExprKind::call: problem = verify_call(expressions, expr); break;
    }
    const bool is_i64 = expr.type == ElementType::i64;
    if (!problem && (expr.kind == ExprKind::index || expr.kind == ExprKind::dim) && !is_i64)
      problem = "an index or dim that is not an i64";
    if (problem) return problem;
  }
  return std::nullopt;
}

}  // namespace kiln::graph
