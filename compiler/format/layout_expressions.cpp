#include "format/layout.h"

namespace kiln::format {

using namespace syntax;

namespace {

/// Operators that stand side by side without parentheses have the same.
int precedence_of(BinaryOperator op) {
  switch (op) {
    case BinaryOperator::logical_or: return 1;
    case BinaryOperator::logical_and: return 2;
    case BinaryOperator::equal:
    case BinaryOperator::not_equal:
    case BinaryOperator::less:
    case BinaryOperator::less_equal:
    case BinaryOperator::greater:
    case BinaryOperator::greater_equal: return 3;
    case BinaryOperator::add:
    case BinaryOperator::subtract: return 4;
    case BinaryOperator::multiply:
    case BinaryOperator::divide:
    case BinaryOperator::modulo: return 5;
  }
  return 0;
}

}  // namespace

/// `((`, and the brackets that close them are neighbours too.
bool Layout::is_wrapped_twice() const {
  const Piece& outer = out_.next();
  const Piece& inner = out_.next(1);
  return outer.text == "(" && inner.text == "(" && inner.partner + 1 == outer.partner;
}

/// How many pairs of parentheses stand around the whole expression, which the tree does not keep. Those of a
/// tuple are its own.
size_t Layout::wrappers(const Expression& expression) const {
  if (!out_.is_next("(") || out_.next().begin != expression.span.begin ||
      out_.at(out_.next().partner).end != expression.span.end)
    return 0;
  size_t count = 1;
  for (size_t at = out_.position() + 1;
       out_.at(at).text == "(" && out_.at(at).partner + 1 == out_.at(at - 1).partner; ++at)
    ++count;
  return expression.kind == ExpressionKind::tuple ? count - 1 : count;
}

void Layout::expression(const Expression& expression) { chain(expression, 4); }

/// Operands after the first stand `columns` further in, where the expression takes several lines.
void Layout::chain(const Expression& expression, int columns) {
  if (out_.has_failed()) return;
  const size_t pairs = wrappers(expression);
  for (size_t i = 0; i < pairs; ++i) {
    out_.begin();
    out_.piece("(");
    out_.after_opening();
    out_.indent();
    out_.soft_line();
  }
  if (expression.kind == ExpressionKind::binary) {
    const auto& binary = as<Binary>(expression);
    out_.begin();
    operands(binary, precedence_of(binary.op), pairs > 0 ? 0 : columns);
    out_.end();
  } else {
    bare(expression);
  }
  for (size_t i = 0; i < pairs; ++i) {
    close(LastComma::not_allowed);
    out_.end();
  }
}

/// `a + b - c`: one run of operands.
void Layout::operands(const Binary& binary, int precedence, int columns) {
  const Binary* left = if_is<Binary>(*binary.left);
  const bool is_run = left != nullptr && precedence_of(left->op) == precedence && wrappers(*left) == 0;
  if (is_run)
    operands(*left, precedence, columns);
  else
    chain(*binary.left, 0);
  out_.indent(columns);
  out_.infix();
  out_.space();
  chain(*binary.right, 4);
  out_.dedent(columns);
}

void Layout::bare(const Expression& expression) {
  switch (expression.kind) {
    case ExpressionKind::number:
    case ExpressionKind::string:
    case ExpressionKind::boolean: return out_.piece();
    case ExpressionKind::name: return out_.piece(as<NameExpression>(expression).name.text);
    case ExpressionKind::tuple: return tuple(as<Tuple>(expression));
    case ExpressionKind::vector: return vector(as<Vector>(expression));
    case ExpressionKind::unary: {
      const auto& node = as<Unary>(expression);
      out_.piece(symbol_of(node.op));
      if (node.op == UnaryOperator::logical_not) out_.space();
      return chain(*node.operand, 4);
    }
    case ExpressionKind::binary: return chain(expression, 4);
    case ExpressionKind::member:
      chain(*as<Member>(expression).base, 4);
      out_.piece(".");
      return out_.piece(as<Member>(expression).name.text);
    case ExpressionKind::subscript: return subscript(as<Subscript>(expression));
    case ExpressionKind::call:
      chain(*as<Call>(expression).callee, 4);
      return arguments(as<Call>(expression).arguments);
    case ExpressionKind::reduction: {
      const auto& node = as<Reduction>(expression);
      out_.piece(name_of(node.reducer));
      binders(node.binders);
      out_.space();
      return chain(*node.body, 4);
    }
    case ExpressionKind::comprehension:
      out_.piece("for");
      binders(as<Comprehension>(expression).binders);
      out_.space();
      return chain(*as<Comprehension>(expression).body, 4);
    case ExpressionKind::lambda: return lambda(as<Lambda>(expression));
    case ExpressionKind::conditional: return conditional(as<Conditional>(expression));
    case ExpressionKind::derivative: return derivative(as<Derivative>(expression));
    case ExpressionKind::checkpoint:
      out_.piece("checkpoint");
      out_.space();
      return block(as<Checkpoint>(expression).block);
    case ExpressionKind::value_block: return block(as<ValueBlock>(expression).block);
  }
}

void Layout::arguments(const std::vector<Argument>& arguments) {
  bracketed(arguments, LastComma::allowed, [this](const Argument& argument) {
    out_.begin();
    if (argument.name.present()) out_.piece(argument.name.text), out_.piece(":"), out_.space();
    if (argument.is_changed) out_.piece("&");
    expression(*argument.value);
    out_.end();
  });
}

void Layout::tuple(const Tuple& tuple) {
  const bool is_comma_needed = tuple.fields.size() == 1 && !tuple.fields.front().name.present();
  bracketed(tuple.fields, is_comma_needed ? LastComma::needed : LastComma::allowed,
            [this](const TupleField& field) {
              out_.begin();
              if (field.name.present()) out_.piece(field.name.text), out_.piece(":"), out_.space();
              expression(*field.value);
              out_.end();
            });
}

/// As many elements on a line as it has place for.
void Layout::vector(const Vector& vector) {
  out_.begin();
  out_.piece("[");
  out_.after_opening();
  out_.indent();
  out_.soft_line();
  for (size_t i = 0; i < vector.elements.size(); ++i) {
    if (i > 0) out_.comma();
    out_.begin_with_comments();
    if (i > 0) out_.line();
    expression(*vector.elements[i]);
    out_.end();
  }
  close(LastComma::allowed);
  out_.end();
}

void Layout::lambda(const Lambda& lambda) {
  out_.piece("fn");
  bracketed(lambda.parameters, LastComma::not_allowed,
            [this](const Name& parameter) { out_.piece(parameter.text); });
  out_.space();
  out_.piece("=");
  value(*lambda.body, 4);
}

void Layout::derivative(const Derivative& derivative) {
  out_.piece(name_of(derivative.derivative));
  bracketed(derivative.variables, LastComma::not_allowed, [this](const DerivativeVariable& variable) {
    out_.begin();
    expression(*variable.place);
    if (variable.tangent != nullptr) out_.piece(":"), out_.space(), expression(*variable.tangent);
    out_.end();
  });
  out_.space();
  block(derivative.block);
}

void Layout::conditional(const Conditional& conditional) {
  std::vector<Arm> list;
  const Block* rest = nullptr;
  for (const Conditional* at = &conditional;;) {
    list.push_back({at->condition.get(), &at->then_block});
    rest = &at->else_block;
    if (out_.at(out_.position_of(rest->span.begin)).text == "{") break;
    at = &as<Conditional>(*rest->result);
  }
  arms(list, rest);
}

}  // namespace kiln::format
