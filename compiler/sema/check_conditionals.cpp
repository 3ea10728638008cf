#include <fmt/format.h>

#include "sema/check_expressions.h"
#include "sema/check_statements.h"
#include "sema/conversions.h"
#include "sema/exact.h"
#include "sema/proofs.h"
#include "sema/report.h"
#include "sema/trees.h"

namespace kiln::sema {

namespace {

Value check_branch(Body& body, const syntax::Block& block, const Shared<dim::Condition>& fact, Want want,
                   TypedBlock& typed, const Type* other) {
  BlockScope scope(body);
  if (fact) body.facts.add(*fact);
  body.is_conditional = true;
  Value value = check_block(body, block, want, typed);
  // The facts of the branch may be what makes its shape that of the other.
  if (other != nullptr && !value.failed() && !other->failed() && value.type.is_tensor() &&
      other->is_tensor() && value.type.element == other->element &&
      same_shape(value.type.shape, other->shape, same_dims(body))) {
    value.type = *other;
  }
  return value;
}

bool is_untyped(const Value& value) { return value.type.is_tensor() && !value.type.element.is_settled(); }

/// Brings both branches to one type.
bool unify_branches(Body& body, Value& then_value, Value& else_value, Want want, bool is_static, Span span) {
  if (is_untyped(then_value) && is_untyped(else_value) && want.type != nullptr && want.type->is_tensor() &&
      want.type->element.is_settled() && belongs_to(want.type->element, ElementClass::number)) {
    const bool fits = (!then_value.type.element.is_loose() && !else_value.type.element.is_loose()) ||
                      !is_floating(want.type->element);
    if (fits) {
      return convert_element(body, then_value, want.type->element) &&
             convert_element(body, else_value, want.type->element);
    }
  }
  const bool numbers = then_value.type.is_tensor() && else_value.type.is_tensor();
  if (numbers && (is_untyped(then_value) || is_untyped(else_value))) {
    if (!unify_elements(body, {&then_value, &else_value}, span)) return false;
  }
  settle(body, then_value);
  settle(body, else_value);
  if (then_value.failed() || else_value.failed()) return false;
  if (same_type(then_value.type, else_value.type, same_dims(body))) return true;
  if (is_static) return true;
  Diagnostic& diagnostic = report(
      body, diagnostics::branch_types, span,
      fmt::format("the branches give {} and {}", described(then_value.type), described(else_value.type)));
  diagnostic.labels.push_back({then_value.span, described(then_value.type)});
  diagnostic.labels.push_back({else_value.span, described(else_value.type)});
  return false;
}

}  // namespace

Value check_conditional(Body& body, const syntax::Conditional& conditional, Want want) {
  Value condition = check_expression(body, *conditional.condition);
  if (!require_condition(body, condition)) return Value::error(conditional.span);
  if (condition.known && !body.root.is_generic) {
    TypedBlock typed;
    Value value =
        check_block(body, *condition.known ? conditional.then_block : conditional.else_block, want, typed);
    return block_as_value(body, conditional.span, std::move(value), std::move(typed));
  }
  auto node = std::make_unique<ConditionalValue>();
  node->span = conditional.span;
  Value then_value =
      check_branch(body, conditional.then_block, condition.condition, want, node->then_block, nullptr);
  forget_variables(body);
  Value else_value = check_branch(body, conditional.else_block, condition.refutation, want, node->else_block,
                                  &then_value.type);
  forget_variables(body);
  if (then_value.failed() || else_value.failed()) return Value::error(conditional.span);
  if (!unify_branches(body, then_value, else_value, want, condition.is_static, conditional.span)) {
    return Value::error(conditional.span);
  }
  if (then_value.type.is_tensor() && then_value.type.element.is_loose()) {
    // Of two loose branches the value is an i32 that only the prover knows more about.
    settle(body, then_value);
    settle(body, else_value);
  }
  const auto integer_of = [&](const Value& branch) -> std::optional<dim::Dim> {
    if (!branch.type.is_scalar() || !is_integral(branch.type.element)) return std::nullopt;
    return stored_integer(body, branch, branch.type.element);
  };
  const auto a = integer_of(then_value), b = integer_of(else_value);
  const bool same_integer = a && b && *a == *b;
  node->type = value_type(body.session, then_value.type);
  node->condition = std::move(condition.tree);
  node->then_block.result = std::move(then_value.tree);
  node->else_block.result = std::move(else_value.tree);
  Value value(then_value.type, conditional.span, std::move(node));
  if (same_integer) {
    value.integer = a;
  } else if (value.type.is_scalar() && is_integral(value.type.element)) {
    value.integer = new_runtime(body, "value");
    if (a && b && condition.condition && condition.refutation) {
      const auto branch = [&](const dim::Condition& taken, const dim::Dim& result) {
        return dim::Condition::both_of({taken, dim::Condition::equal(*value.integer, result)});
      };
      body.facts.add(
          dim::Condition::either_of({branch(*condition.condition, *a), branch(*condition.refutation, *b)}));
    }
  }
  return value;
}

}  // namespace kiln::sema
