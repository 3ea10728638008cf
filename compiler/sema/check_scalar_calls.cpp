#include <fmt/format.h>

#include "sema/calls.h"
#include "sema/check_expressions.h"
#include "sema/conversions.h"
#include "sema/exact.h"
#include "sema/fixes.h"
#include "sema/proofs.h"
#include "sema/report.h"
#include "sema/trees.h"

namespace kiln::sema {

Value call_cast(Body& body, const syntax::Call& call, ElementType to) {
  if (!plain_arguments(body, call, 1, 1)) return Value::error(call.span);
  Value value = check_expression(body, *call.arguments[0].value);
  if (value.failed() || !require_tensor(body, value, name_of(to))) return Value::error(call.span);
  const bool is_static = value.is_static;
  if (value.type.element.is_constant() && to != ElementType::boolean) {
    const bool has_fraction = value.type.element.kind == Element::Kind::constant_real;
    if (!has_fraction || is_float(to)) {
      value.span = call.span;
      if (!convert_element(body, value, Element::of(to))) return Value::error(call.span);
      if (is_float(to)) value.integer.reset();
      return value;
    }
  }
  if (value.type.element.is_constant()) settle(body, value);
  if (value.failed()) return value;
  std::optional<dim::Dim> integer;
  if (value.type.is_scalar() && is_integer(to) && is_integral(value.type.element)) {
    integer = stored_integer(body, value, value.type.element);
    value.integer = integer;
    if (integer) integer = stored_integer(body, value, Element::of(to));
  }
  if (value.type.element.is_loose()) value.type.element = Element::of(ElementType::i64);
  std::vector<Value> operands;
  operands.push_back(std::move(value));
  Value result = lift(body, call.span, std::move(operands), Element::of(to),
                      [&](std::vector<TypedExprPtr> trees) { return converted(std::move(trees[0]), to); });
  if (result.type.is_scalar() && is_integer(to)) {
    if (integer) {
      result.integer = integer;
      result.is_static = is_static;
    } else {
      result.integer = new_runtime(body, std::string(name_of(to)));
    }
  }
  return result;
}

namespace {

/// What the prover sees of integer functions.
std::optional<dim::Dim> integer_of(ScalarFunction function, const std::vector<Value>& values) {
  for (const Value& value : values) {
    if (!value.integer || !value.type.is_scalar()) return std::nullopt;
  }
  if (function == ScalarFunction::minimum) return min(*values[0].integer, *values[1].integer);
  if (function == ScalarFunction::maximum) return max(*values[0].integer, *values[1].integer);
  const auto a = values[0].integer->constant();
  if (!a) return std::nullopt;
  if (function == ScalarFunction::absolute) return dim::Dim(*a < 0 ? -*a : *a);
  const int64_t places = values.size() > 1 ? values[1].integer->constant().value_or(-1) : -1;
  if (function == ScalarFunction::shift_left && places >= 0 && places < 62 && *a >= 0 &&
      *a <= (INT64_MAX >> places)) {
    return dim::Dim(*a << places);
  }
  return std::nullopt;
}

ElementClass class_of(ScalarSignature signature) {
  switch (signature) {
    case ScalarSignature::number: return ElementClass::number;
    case ScalarSignature::integer: return ElementClass::integer;
    default: return ElementClass::floating;
  }
}

}  // namespace

Value call_scalar(Body& body, const syntax::Call& call, ScalarFunction function, Want want) {
  const ScalarFunctionRow& row = row_of(function);
  const auto arity = static_cast<size_t>(row.arity);
  if (!plain_arguments(body, call, arity, arity)) return Value::error(call.span);
  std::vector<Value> values;
  if (!check_arguments(body, call, values)) return Value::error(call.span);
  for (const Value& value : values) {
    if (!require_tensor(body, value, row.name)) return Value::error(call.span);
  }
  const ElementClass needed = class_of(row.signature);
  const auto integer = integer_of(function, values);
  bool is_static = integer.has_value();
  bool constants = true;
  for (const Value& value : values) {
    is_static = is_static && value.is_static;
    constants = constants && value.type.element.is_constant();
  }
  if (constants && integer && is_static) {
    return constant_value(Constant::of_integer(integer->constant().value_or(0)), call.span);
  }
  const bool want_float = want.type != nullptr && want.type->is_tensor() && is_floating(want.type->element) &&
                          want.type->element.is_settled();
  if (constants && (needed == ElementClass::floating || want_float)) {
    const Element element = want_float ? want.type->element : Element::of(ElementType::f32);
    for (Value& value : values) {
      if (!convert_element(body, value, element)) return Value::error(call.span);
    }
  }
  std::vector<Value*> operands;
  for (Value& value : values) operands.push_back(&value);
  const auto element = unify_elements(body, operands, call.span);
  if (!element) return Value::error(call.span);
  if (!belongs_to(*element, needed) || (needed == ElementClass::floating && element->is_loose())) {
    Diagnostic& diagnostic = report(body, diagnostics::wrong_element, values[0].span,
                                    fmt::format("`{}` is for {}", row.name,
                                                needed == ElementClass::floating  ? "floats"
                                                : needed == ElementClass::integer ? "integers"
                                                                                  : "numbers"));
    diagnostic.label = this_is(values[0].type);
    if (needed == ElementClass::floating) {
      fix_by_cast(body, diagnostic, values[0].span, "f32");
    }
    return Value::error(call.span);
  }
  const Element result =
      row.signature == ScalarSignature::real_test ? Element::of(ElementType::boolean) : *element;
  Value value = lift_function(body, call.span, function, std::move(values), result);
  if (value.failed() || !value.type.is_scalar() || !is_integral(result)) return value;
  value.integer = integer ? integer : new_runtime(body, std::string(row.name));
  value.may_wrap = integer && !result.is_loose();
  value.is_static = is_static;
  if (is_static) value.tree = dim_value(call.span, *integer);
  if (is_static) value.type.element = Element::of_kind(Element::Kind::loose);
  return value;
}

}  // namespace kiln::sema
