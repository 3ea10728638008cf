#include <fmt/format.h>

#include "sema/calls.h"
#include "sema/check_expressions.h"
#include "sema/check_statements.h"
#include "sema/conversions.h"
#include "sema/model_instances.h"
#include "sema/report.h"
#include "sema/trees.h"

namespace kiln::sema {

namespace {

struct DrawRow {
  std::string_view name;
  IntrinsicKind intrinsic;
  size_t arguments;
  ElementClass result;  // `element`: bool
};

constexpr DrawRow draw_table[] = {
    {"uniform", IntrinsicKind::rng_uniform, 0, ElementClass::floating},
    {"normal", IntrinsicKind::rng_normal, 0, ElementClass::floating},
    {"gumbel", IntrinsicKind::rng_gumbel, 0, ElementClass::floating},
    {"bernoulli", IntrinsicKind::rng_bernoulli, 1, ElementClass::element},
    {"integers", IntrinsicKind::rng_integers, 2, ElementClass::integer},
};

/// Rule E for draws: the place that the value is for gives element and shape; alone one f32, bool or i32.
Type drawn_type(const DrawRow& row, Want want) {
  const bool suits = want.type != nullptr && want.type->is_tensor() && want.type->element.is_settled();
  if (row.result == ElementClass::element) {
    return Type::tensor(
        Element::of(ElementType::boolean),
        suits && want.binds_dims && is_boolean(want.type->element) ? want.type->shape : Shape{});
  }
  if (suits && belongs_to(want.type->element, row.result)) {
    return Type::tensor(want.type->element, want.binds_dims ? want.type->shape : Shape{});
  }
  return Type::scalar(row.result == ElementClass::floating ? ElementType::f32 : ElementType::i32);
}

Value fork(Body& body, const syntax::Call& call, Value rng) {
  if (!plain_arguments(body, call, 1, 1)) return Value::error(call.span);
  Value at = check_expression(body, *call.arguments[0].value);
  if (at.failed()) return Value::error(call.span);
  if (!at.type.is_scalar() || !is_integral(at.type.element)) {
    report(body, diagnostics::argument_type, at.span, "`fork` takes one integer").label = this_is(at.type);
    return Value::error(call.span);
  }
  const Type type = Type::of(Type::Kind::rng);
  auto node = make_node<Intrinsic>(body, call.span, type);
  node->intrinsic = IntrinsicKind::rng_fork;
  node->operands.push_back(std::move(rng.tree));
  node->operands.push_back(as_index(body, at));
  return {type, call.span, std::move(node)};
}

}  // namespace

Value call_rng_method(Body& body, const syntax::Call& call, Value rng, const syntax::Name& method,
                      Want want) {
  if (method == "fork") return fork(body, call, std::move(rng));
  const DrawRow* row = nullptr;
  for (const DrawRow& candidate : draw_table) {
    if (method == candidate.name) row = &candidate;
  }
  if (row == nullptr) {
    report(body, diagnostics::unknown_member, method.span,
           fmt::format("an Rng has no method `{}`", method.text))
        .help = "it has `uniform normal gumbel bernoulli integers fork`";
    return Value::error(call.span);
  }
  if (!plain_arguments(body, call, row->arguments, row->arguments)) return Value::error(call.span);
  if (!may_change(body, rng.root, rng.is_mutable && rng.place, rng.span,
                  std::string(body.session.files.text_of(rng.span)))) {
    return Value::error(call.span);
  }
  const Type type = drawn_type(*row, want);
  auto node = make_node<Intrinsic>(body, call.span, type);
  node->intrinsic = row->intrinsic;
  node->changed = *rng.place;
  const Type operand = row->intrinsic == IntrinsicKind::rng_integers ? Type::tensor(type.element)
                                                                     : Type::scalar(ElementType::f32);
  for (const syntax::Argument& argument : call.arguments) {
    Value value = check_expression(body, *argument.value);
    if (!convert_to(body, value, operand, false, fmt::format("the argument of `{}`", method.text))) {
      return Value::error(call.span);
    }
    node->operands.push_back(std::move(value.tree));
  }
  Value value(type, call.span, std::move(node));
  return value;
}

Value call_init(Body& body, const syntax::Call& call, const Type& model) {
  if (model.kind != Type::Kind::model) {
    report(body, diagnostics::not_callable, call.span,
           fmt::format("`init` is for models, not for {}", to_string(model)));
    return Value::error(call.span);
  }
  if (!plain_arguments(body, call, 1, 1)) return Value::error(call.span);
  Value rng = check_expression(body, *call.arguments[0].value);
  if (rng.failed()) return Value::error(call.span);
  if (rng.type.kind != Type::Kind::rng) {
    report(body, diagnostics::argument_type, rng.span, "`init` takes an Rng").label = this_is(rng.type);
    return Value::error(call.span);
  }
  auto node = make_node<Intrinsic>(body, call.span, model);
  node->intrinsic = IntrinsicKind::model_init;
  node->operands.push_back(std::move(rng.tree));
  if (!body.is_muted && !body.root.is_generic) {
    node->model = instantiate_model(body.session, body.root, *model.model, call.span);
    if (!node->model) return Value::error(call.span);
  }
  return {model, call.span, std::move(node)};
}

}  // namespace kiln::sema
