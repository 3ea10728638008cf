#include <fmt/format.h>

#include "sema/check_expressions.h"
#include "sema/conversions.h"
#include "sema/proofs.h"
#include "sema/reducer_reach.h"
#include "sema/report.h"

namespace kiln::sema {

using syntax::BinaryOperator;

namespace {

bool require_bool(Body& body, const Value& value, BinaryOperator op) {
  if (value.failed()) return false;
  if (value.type.is_tensor() && is_boolean(value.type.element)) return true;
  Diagnostic& diagnostic = report(body, diagnostics::condition_not_bool, value.span,
                                  fmt::format("`{}` joins bools", symbol_of(op)));
  diagnostic.label = this_is(value.type);
  if (value.type.is_tensor() && is_integral(value.type.element))
    diagnostic.help = fmt::format("compare it, `a != 0`, or for bits write `bit_{}(a, b)`", symbol_of(op));
  return false;
}

}  // namespace

Value check_logic(Body& body, const syntax::Binary& binary) {
  if (reports_short_reducer(body, binary)) return Value::error(binary.span);
  const bool is_and = binary.op == BinaryOperator::logical_and;
  Value left = check_expression(body, *binary.left);
  Value right = Value::error(binary.span);
  {
    BlockScope scope(body);
    const auto& guard = is_and ? left.condition : left.refutation;
    if (guard) body.facts.add(*guard);
    body.is_conditional = true;
    right = check_expression(body, *binary.right);
  }
  if (!require_bool(body, left, binary.op) || !require_bool(body, right, binary.op))
    return Value::error(binary.span);
  if (left.known && *left.known != is_and) return boolean_value(!is_and, binary.span);
  if (left.known) return right;
  if (right.known && *right.known == is_and) return left;
  const bool is_static = left.is_static && right.is_static;
  const auto both = [](const auto& a, const auto& b) -> std::optional<dim::Condition> {
    if (a && b) return dim::Condition::both_of({*a, *b});
    return a ? a : b;
  };
  const auto either = [](const auto& a, const auto& b) -> std::optional<dim::Condition> {
    if (a && b) return dim::Condition::either_of({*a, *b});
    return std::nullopt;
  };
  const auto condition =
      is_and ? both(left.condition, right.condition) : either(left.condition, right.condition);
  const auto refutation =
      is_and ? either(left.refutation, right.refutation) : both(left.refutation, right.refutation);
  std::vector<Value> operands;
  operands.push_back(std::move(left));
  operands.push_back(std::move(right));
  Value value =
      lift_function(body, binary.span, is_and ? ScalarFunction::logical_and : ScalarFunction::logical_or,
                    std::move(operands), Element::of(ElementType::boolean));
  if (value.type.is_scalar()) {
    value.condition = condition;
    value.refutation = refutation;
    value.is_static = is_static;
  }
  return value;
}

}  // namespace kiln::sema
