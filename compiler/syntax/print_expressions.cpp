#include "syntax/ast_printer.h"

namespace kiln::syntax {

void AstPrinter::expression(const Expression& expression) {
  switch (expression.kind) {
    case ExpressionKind::number: put(as<Number>(expression).text); return;
    case ExpressionKind::string: return quoted(as<String>(expression).value);
    case ExpressionKind::boolean: put(as<Boolean>(expression).value ? "true" : "false"); return;
    case ExpressionKind::name: put(as<NameExpression>(expression).name.text); return;
    case ExpressionKind::tuple: return tuple(as<Tuple>(expression));
    case ExpressionKind::vector:
      put("[");
      list(as<Vector>(expression).elements,
           [this](const ExpressionPtr& element) { this->expression(*element); });
      put("]");
      return;
    case ExpressionKind::unary: {
      const auto& node = as<Unary>(expression);
      put(symbol_of(node.op)).put(node.op == UnaryOperator::logical_not ? " " : "");
      return operand(*node.operand);
    }
    case ExpressionKind::binary: {
      const auto& node = as<Binary>(expression);
      operand(*node.left);
      put(" ").put(symbol_of(node.op)).put(" ");
      return operand(*node.right);
    }
    case ExpressionKind::member:
      postfix_base(*as<Member>(expression).base);
      put(".").put(as<Member>(expression).name.text);
      return;
    case ExpressionKind::subscript: return subscript(as<Subscript>(expression));
    case ExpressionKind::call:
      postfix_base(*as<Call>(expression).callee);
      return arguments(as<Call>(expression).arguments);
    case ExpressionKind::reduction: {
      const auto& node = as<Reduction>(expression);
      put(name_of(node.reducer));
      binders(node.binders);
      put(" ");
      return operand(*node.body);
    }
    case ExpressionKind::comprehension:
      put("for");
      binders(as<Comprehension>(expression).binders);
      put(" ");
      return this->expression(*as<Comprehension>(expression).body);
    case ExpressionKind::lambda: {
      const auto& node = as<Lambda>(expression);
      put("fn(");
      list(node.parameters, [this](const Name& parameter) { put(parameter.text); });
      put(") = ");
      return this->expression(*node.body);
    }
    case ExpressionKind::conditional: return conditional(as<Conditional>(expression));
    case ExpressionKind::derivative: return derivative(as<Derivative>(expression));
    case ExpressionKind::checkpoint: put("checkpoint "); return value_block(as<Checkpoint>(expression).block);
    case ExpressionKind::value_block: return value_block(as<ValueBlock>(expression).block);
  }
}

static bool needs_parentheses(const Expression& expression) {
  switch (expression.kind) {
    case ExpressionKind::unary:
    case ExpressionKind::binary:
    case ExpressionKind::reduction:
    case ExpressionKind::comprehension:
    case ExpressionKind::lambda:
    case ExpressionKind::conditional: return true;
    default: return false;
  }
}

void AstPrinter::operand(const Expression& expression) {
  const bool parentheses = needs_parentheses(expression);
  if (parentheses) put("(");
  this->expression(expression);
  if (parentheses) put(")");
}

/// Blocks too take suffixes only in parentheses, for the reader's sake.
void AstPrinter::postfix_base(const Expression& expression) {
  const bool plain = expression.kind == ExpressionKind::name || expression.kind == ExpressionKind::member ||
                     expression.kind == ExpressionKind::subscript ||
                     expression.kind == ExpressionKind::call || expression.kind == ExpressionKind::tuple ||
                     expression.kind == ExpressionKind::vector;
  if (!plain) put("(");
  this->expression(expression);
  if (!plain) put(")");
}

void AstPrinter::binders(const Binders& binders) {
  put("[");
  list(binders.list, [this](const Binder& item) { binder(item); });
  if (binders.where != nullptr) put(" where "), expression(*binders.where);
  put("]");
}

void AstPrinter::binder(const Binder& binder) {
  if (binder.kind == BinderKind::joined) {
    put("(");
    list(binder.parts, [this](const Binder& part) { this->binder(part); });
    put(")");
    return;
  }
  put(binder.kind == BinderKind::pack ? "..." : "").put(binder.name.text);
  if (binder.high == nullptr) return;
  put(": ");
  if (binder.low != nullptr) expression(*binder.low), put("..");
  expression(*binder.high);
}

void AstPrinter::subscript(const Subscript& subscript) {
  postfix_base(*subscript.base);
  put("[");
  list(subscript.items, [this](const SubscriptItem& item) { subscript_item(item); });
  if (subscript.otherwise != nullptr) put(" else "), expression(*subscript.otherwise);
  if (subscript.where != nullptr) put(" where "), expression(*subscript.where);
  put("]");
}

void AstPrinter::subscript_item(const SubscriptItem& item) {
  switch (item.kind) {
    case SubscriptKind::point: return expression(*item.first);
    case SubscriptKind::whole: put(":"); return;
    case SubscriptKind::pack: put("...").put(item.name.text); return;
    case SubscriptKind::slice:
      if (item.first != nullptr) expression(*item.first);
      put("..");
      if (item.last != nullptr) expression(*item.last);
      return;
    case SubscriptKind::binder:
      put(item.name.text).put(": ");
      if (item.first != nullptr) expression(*item.first), put("..");
      return expression(*item.last);
    case SubscriptKind::joined:
      put("(");
      list(item.parts, [this](const SubscriptItem& part) { subscript_item(part); });
      put(")");
      return;
  }
}

void AstPrinter::arguments(const std::vector<Argument>& arguments) {
  put("(");
  list(arguments, [this](const Argument& argument) {
    if (argument.name.present()) put(argument.name.text).put(": ");
    if (argument.is_changed) put("&");
    expression(*argument.value);
  });
  put(")");
}

void AstPrinter::tuple(const Tuple& tuple) {
  put("(");
  list(tuple.fields, [this](const TupleField& field) {
    if (field.name.present()) put(field.name.text).put(": ");
    expression(*field.value);
  });
  put(tuple.fields.size() == 1 && !tuple.fields.front().name.present() ? ",)" : ")");
}

void AstPrinter::derivative(const Derivative& derivative) {
  put(name_of(derivative.derivative)).put("(");
  list(derivative.variables, [this](const DerivativeVariable& variable) {
    expression(*variable.place);
    if (variable.tangent != nullptr) put(": "), expression(*variable.tangent);
  });
  put(") ");
  value_block(derivative.block);
}

void AstPrinter::conditional(const Conditional& conditional) {
  put("if ");
  expression(*conditional.condition);
  put(" ");
  value_block(conditional.then_block);
  put(" else ");
  value_block(conditional.else_block);
}

}  // namespace kiln::syntax
