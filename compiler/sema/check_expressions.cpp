#include "sema/check_expressions.h"

#include <algorithm>

#include <fmt/format.h>

#include "sema/check_statements.h"
#include "sema/conversions.h"
#include "sema/exact.h"
#include "sema/fixes.h"
#include "sema/proofs.h"
#include "sema/report.h"
#include "sema/trees.h"

namespace kiln::sema {

namespace {

Value check_number(Body& body, const syntax::Number& number) {
  if (number.is_integer && !number.fits_integer) {
    report(body, diagnostics::constant_does_not_fit, number.span, "no integer type can hold this number");
    return Value::error(number.span);
  }
  if (number.is_integer) return constant_value(Constant::of_integer(number.integer), number.span);
  return constant_value(Constant::of_real(std::strtold(number.text.c_str(), nullptr)), number.span);
}

Value check_tuple(Body& body, const syntax::Tuple& tuple, Want want) {
  const bool suits = want.type != nullptr && want.type->kind == Type::Kind::tuple &&
                     want.type->items.size() == tuple.fields.size();
  Value value(Type::of(Type::Kind::tuple), tuple.span);
  for (size_t i = 0; i < tuple.fields.size(); ++i) {
    Value field =
        check_expression(body, *tuple.fields[i].value, suits ? Want{&want.type->items[i], false} : Want{});
    if (field.failed()) return Value::error(tuple.span);
    if (field.type.kind == Type::Kind::function || field.type.kind == Type::Kind::string || field.is_type()) {
      report(body, diagnostics::not_a_value, field.span,
             "only tensors, models and tuples can stand in a tuple");
      return Value::error(tuple.span);
    }
    value.type.items.push_back(field.type);
    value.type.names.push_back(tuple.fields[i].name.text);
    value.fields.push_back(std::move(field));
  }
  return value;
}

/// `[a, b]` of values: a comprehension that chooses by the index.
Value vector_of_values(Body& body, Span span, std::vector<Value> elements) {
  std::vector<Value*> pointers;
  for (Value& element : elements) pointers.push_back(&element);
  const auto unified = unify_elements(body, pointers, span);
  if (!unified) return Value::error(span);
  const Element element = settled(*unified);
  const Type type = Type::tensor(element, {{static_cast<int64_t>(elements.size()), {}}});
  for (Value& value : elements) {
    if (!convert_element(body, value, element)) return Value::error(span);
  }
  const auto index = static_cast<IndexId>(body.indices.size());
  body.indices.push_back({"element", fmt::format("element#{}", index), span, 0, type.shape[0].extent});
  TypedExprPtr chosen = std::move(elements.back().tree);
  for (size_t i = elements.size() - 1; i-- > 0;) {
    std::vector<TypedExprPtr> operands;
    operands.push_back(apply(span, ScalarFunction::equal, index_value(body, span, index),
                             integer_literal(span, static_cast<int64_t>(i))));
    operands.push_back(std::move(elements[i].tree));
    operands.push_back(std::move(chosen));
    chosen = apply(span, ScalarFunction::select, std::move(operands));
  }
  auto node = make_node<Comprehension>(body, span, type);
  node->binders.push_back({index, "element", nullptr, type.shape[0].extent});
  node->body = std::move(chosen);
  return {type, span, std::move(node)};
}

/// Rows of numbers make a matrix, and so on: all are known now and of one shape.
Value matrix_of_rows(Body& body, Span span, const std::vector<Value>& rows) {
  Element::Kind kind = Element::Kind::constant_integer;
  Value value(Type::error(), span);
  for (const Value& row : rows) {
    if (!row.type.element.is_constant() || row.type.shape != rows[0].type.shape) {
      Diagnostic& diagnostic = report(
          body, diagnostics::type_mismatch, row.span,
          row.type.element.is_constant() ? "the rows have different lengths" : "rows are written as numbers");
      diagnostic.label = this_is(row.type);
      if (!row.type.element.is_constant())
        diagnostic.help = "fill a tensor by index notation: `m[i, j] = …`, or row by row: `m[0, :] = …`";
      return Value::error(span);
    }
    if (row.type.element.kind == Element::Kind::constant_real) kind = Element::Kind::constant_real;
    value.constants.insert(value.constants.end(), row.constants.begin(), row.constants.end());
  }
  Shape shape = rows[0].type.shape;
  shape.insert(shape.begin(), Axis{static_cast<int64_t>(rows.size()), {}});
  value.type = Type::tensor(Element::of_kind(kind), std::move(shape));
  return value;
}

Value check_vector(Body& body, const syntax::Vector& vector) {
  std::vector<Value> elements;
  bool all_constants = true;
  for (const syntax::ExpressionPtr& expression : vector.elements) {
    Value element = check_expression(body, *expression);
    if (element.failed()) return element;
    if (!element.type.is_tensor() || element.is_type()) {
      report(body, diagnostics::type_mismatch, element.span, "the elements of a vector are numbers").label =
          this_is(element.type);
      return Value::error(vector.span);
    }
    all_constants = all_constants && element.type.element.is_constant();
    elements.push_back(std::move(element));
  }
  const bool has_rows = std::any_of(elements.begin(), elements.end(),
                                    [](const Value& element) { return !element.type.is_scalar(); });
  if (has_rows) return matrix_of_rows(body, vector.span, elements);
  if (!all_constants) return vector_of_values(body, vector.span, std::move(elements));
  Element::Kind kind = Element::Kind::constant_integer;
  Value value(Type::error(), vector.span);
  for (const Value& element : elements) {
    if (!element.constants[0].is_integer) kind = Element::Kind::constant_real;
    value.constants.push_back(element.constants[0]);
  }
  value.type = Type::tensor(Element::of_kind(kind), {{static_cast<int64_t>(elements.size()), {}}});
  return value;
}

/// A block of its own even where it holds one expression alone.
Value check_checkpoint(Body& body, const syntax::Checkpoint& checkpoint, Want want) {
  TypedBlock typed;
  Value value = check_block(body, checkpoint.block, want, typed);
  settle(body, value);
  if (value.failed()) return value;
  auto node = make_node<BlockValue>(body, checkpoint.span, value.type);
  node->is_checkpoint = true;
  node->block = std::move(typed);
  node->block.result = std::move(value.tree);
  return {value.type, checkpoint.span, std::move(node)};
}

Value check_value_block(Body& body, Span span, const syntax::Block& block, Want want) {
  TypedBlock typed;
  Value value = check_block(body, block, want, typed);
  return block_as_value(body, span, std::move(value), std::move(typed));
}

/// `fn(x) = e` where nothing takes a function: `let` and calls deal with theirs.
Value lambda_value(Body& body, const syntax::Lambda& lambda) {
  report(body, diagnostics::not_a_value, lambda.span, "a function is not a value that can stand here").help =
      "functions are bound by `let` and passed to parameters of function type, nothing else";
  return Value::error(lambda.span);
}

}  // namespace

bool require_condition(Body& body, Value& value) {
  if (value.failed()) return false;
  if (value.type.is_scalar() && is_boolean(value.type.element)) return true;
  Diagnostic& diagnostic =
      report(body, diagnostics::condition_not_bool, value.span, "a condition is one bool");
  diagnostic.label = this_is(value.type);
  if (value.type.is_tensor() && is_boolean(value.type.element)) {
    diagnostic.help = "fold its axes with `all[i]` or `any[i]`";
  } else if (value.type.is_scalar() && is_integral(value.type.element)) {
    const std::string text(body.session.files.text_of(value.span));
    diagnostic.offer(value.span, text + " != 0", "compare it with something, for instance with 0");
  } else if (value.type.is_scalar()) {
    diagnostic.help = "compare it with something, for instance with 0";
  }
  return false;
}

Value block_as_value(Body& body, Span span, Value value, TypedBlock block) {
  if (block.statements.empty() || value.failed()) return value;
  settle(body, value);
  if (value.failed()) return value;
  auto node = make_node<BlockValue>(body, span, value.type);
  const auto integer = stored_integer(body, value, "value");
  block.result = std::move(value.tree);
  node->block = std::move(block);
  Value result(value.type, span, std::move(node));
  result.integer = integer;
  result.condition = value.condition;
  return result;
}

Value check_block(Body& body, const syntax::Block& block, Want want, TypedBlock& typed) {
  BlockScope scope(body);
  for (const syntax::StatementPtr& statement : block.statements) check_statement(body, *statement, typed);
  if (!block.result) return {Type::of(Type::Kind::nothing), block.span};
  Value value = check_expression(body, *block.result, want);
  if (!typed.statements.empty()) settle(body, value);
  value.root = nullptr;
  value.is_mutable = false;
  return value;
}

namespace {

Value check_kind(Body& body, const syntax::Expression& expression, Want want) {
  switch (expression.kind) {
    case syntax::ExpressionKind::number: return check_number(body, syntax::as<syntax::Number>(expression));
    case syntax::ExpressionKind::string: {
      Value value(Type::of(Type::Kind::string), expression.span);
      value.fixed = StaticValue::of_string(syntax::as<syntax::String>(expression).value);
      return value;
    }
    case syntax::ExpressionKind::boolean:
      return boolean_value(syntax::as<syntax::Boolean>(expression).value, expression.span);
    case syntax::ExpressionKind::name:
      return check_name(body, syntax::as<syntax::NameExpression>(expression));
    case syntax::ExpressionKind::tuple: return check_tuple(body, syntax::as<syntax::Tuple>(expression), want);
    case syntax::ExpressionKind::vector: return check_vector(body, syntax::as<syntax::Vector>(expression));
    case syntax::ExpressionKind::unary: return check_unary(body, syntax::as<syntax::Unary>(expression), want);
    case syntax::ExpressionKind::binary:
      return check_binary(body, syntax::as<syntax::Binary>(expression), want);
    case syntax::ExpressionKind::member: return check_member(body, syntax::as<syntax::Member>(expression));
    case syntax::ExpressionKind::subscript:
      return check_subscript(body, syntax::as<syntax::Subscript>(expression), want);
    case syntax::ExpressionKind::call: return check_call(body, syntax::as<syntax::Call>(expression), want);
    case syntax::ExpressionKind::reduction:
      return check_reduction(body, syntax::as<syntax::Reduction>(expression), want);
    case syntax::ExpressionKind::comprehension:
      return check_comprehension(body, syntax::as<syntax::Comprehension>(expression), want);
    case syntax::ExpressionKind::lambda: return lambda_value(body, syntax::as<syntax::Lambda>(expression));
    case syntax::ExpressionKind::conditional:
      return check_conditional(body, syntax::as<syntax::Conditional>(expression), want);
    case syntax::ExpressionKind::derivative:
      return check_derivative(body, syntax::as<syntax::Derivative>(expression), want);
    case syntax::ExpressionKind::checkpoint:
      return check_checkpoint(body, syntax::as<syntax::Checkpoint>(expression), want);
    case syntax::ExpressionKind::value_block:
      return check_value_block(body, expression.span, syntax::as<syntax::ValueBlock>(expression).block, want);
  }
  return Value::error(expression.span);
}

}  // namespace

Value check_expression(Body& body, const syntax::Expression& expression, Want want) {
  Value value = check_kind(body, expression, want);
  if (body.session.options.observer != nullptr)
    body.session.options.observer->checked(body, expression, value);
  return value;
}

}  // namespace kiln::sema
