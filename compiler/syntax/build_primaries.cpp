#include "syntax/tree_builder.h"

namespace kiln::syntax {

using Parser = grammar::KilnParser;

ExpressionPtr TreeBuilder::name_expression(Name name) const {
  auto node = std::make_unique<NameExpression>();
  node->span = name.span;
  node->name = std::move(name);
  return node;
}

ExpressionPtr TreeBuilder::boolean(antlr4::ParserRuleContext* context) const {
  auto node = std::make_unique<Boolean>();
  node->span = span(context);
  node->value = text(node->span) == "true";
  return node;
}

template <class T>
static ExpressionPtr of_block(Block block, Span place) {
  auto node = std::make_unique<T>();
  node->span = place;
  node->block = std::move(block);
  return node;
}

ExpressionPtr TreeBuilder::primary(Parser::PrimaryContext* context) {
  const Deeper deeper(*this);
  if (too_deep(context)) return boolean(context);  // the declaration is left out
  if (auto* value = dynamic_cast<Parser::NameContext*>(context)) return name_expression(name(value->ident()));
  if (auto* value = dynamic_cast<Parser::NumberContext*>(context)) return number(value->NUMBER());
  if (auto* value = dynamic_cast<Parser::TupleContext*>(context)) return tuple(value);
  if (auto* value = dynamic_cast<Parser::ReducerCallContext*>(context)) return reducer_call(value);
  if (auto* value = dynamic_cast<Parser::VectorContext*>(context)) return vector(value);
  if (auto* value = dynamic_cast<Parser::ConditionalContext*>(context)) return conditional(value->ifExpr());
  if (auto* value = dynamic_cast<Parser::ReverseContext*>(context)) return reverse_derivative(value);
  if (auto* value = dynamic_cast<Parser::ForwardContext*>(context)) return forward_derivative(value);
  if (auto* value = dynamic_cast<Parser::CheckpointContext*>(context))
    return of_block<Checkpoint>(value_block(value->valueBlock()), span(context));
  if (auto* value = dynamic_cast<Parser::BlockValueContext*>(context))
    return of_block<ValueBlock>(value_block(value->valueBlock()), span(context));
  if (auto* value = dynamic_cast<Parser::StringContext*>(context)) {
    auto node = std::make_unique<String>();
    node->span = span(context);
    node->value = string_value(value->STRING());
    return node;
  }
  internal_check(dynamic_cast<Parser::BooleanContext*>(context) != nullptr,
                 "TreeBuilder: an unknown primary");
  return boolean(context);
}

ExpressionPtr TreeBuilder::tuple(Parser::TupleContext* context) {
  const auto items = context->tupleItem();
  const bool has_comma = !context->COMMA().empty();
  if (items.size() == 1 && !has_comma && items.front()->member() == nullptr) {
    ExpressionPtr inner = expression(items.front()->expr());
    inner->span = span(context);
    return inner;
  }
  auto node = std::make_unique<Tuple>();
  node->span = span(context);
  for (Parser::TupleItemContext* item : items)
    node->fields.push_back({span(item), optional_name(item->member()), expression(item->expr())});
  return node;
}

ExpressionPtr TreeBuilder::vector(Parser::VectorContext* context) {
  auto node = std::make_unique<Vector>();
  node->span = span(context);
  for (Parser::ExprContext* element : context->expr()) node->elements.push_back(expression(element));
  return node;
}

ExpressionPtr TreeBuilder::reducer_call(Parser::ReducerCallContext* context) {
  const Span word = span(context->getStart());
  return call(name_expression({std::string(text(word)), word}), context->args(), context->LPAREN(),
              context->RPAREN());
}

ExpressionPtr TreeBuilder::conditional(Parser::IfExprContext* context) {
  const Deeper deeper(*this);
  if (too_deep(context)) return boolean(context);
  auto node = std::make_unique<Conditional>();
  node->span = span(context);
  node->condition = expression(context->expr());
  node->then_block = value_block(context->valueBlock(0));
  if (context->valueBlock(1) != nullptr) {
    node->else_block = value_block(context->valueBlock(1));
  } else {
    node->else_block.span = span(context->ifExpr());
    node->else_block.result = conditional(context->ifExpr());
  }
  return node;
}

ExpressionPtr TreeBuilder::reverse_derivative(Parser::ReverseContext* context) {
  auto node = std::make_unique<Derivative>();
  node->span = span(context);
  node->keyword = span(context->getStart());
  node->derivative = context->GRAD()             ? DerivativeKind::grad
                     : context->VALUE_AND_GRAD() ? DerivativeKind::value_and_grad
                                                 : DerivativeKind::vjp;
  for (Parser::PlaceContext* variable : context->place())
    node->variables.push_back({span(variable), place(variable, SubscriptUse::read), nullptr});
  node->block = value_block(context->valueBlock());
  return node;
}

ExpressionPtr TreeBuilder::forward_derivative(Parser::ForwardContext* context) {
  auto node = std::make_unique<Derivative>();
  node->span = span(context);
  node->keyword = span(context->getStart());
  node->derivative = DerivativeKind::jvp;
  const auto places = context->place();
  const auto tangents = context->expr();
  for (size_t i = 0; i < places.size(); ++i)
    node->variables.push_back({cover(span(places[i]), span(tangents[i])),
                               place(places[i], SubscriptUse::read), expression(tangents[i])});
  node->block = value_block(context->valueBlock());
  return node;
}

}  // namespace kiln::syntax
