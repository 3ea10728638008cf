#include "syntax/tree_builder.h"

namespace kiln::syntax {

using Parser = grammar::KilnParser;

static Reducer reducer_of(const antlr4::Token* token) {
  switch (token->getType()) {
    case Parser::SUM: return Reducer::sum;
    case Parser::PROD: return Reducer::prod;
    case Parser::MEAN: return Reducer::mean;
    case Parser::MAX: return Reducer::max;
    case Parser::MIN: return Reducer::min;
    case Parser::ANY: return Reducer::any;
    case Parser::ALL: return Reducer::all;
    case Parser::ARGMAX: return Reducer::argmax;
    case Parser::ARGMIN: return Reducer::argmin;
    default: internal_error("TreeBuilder: an unknown reducer");
  }
}

static BinaryOperator operator_of(const antlr4::Token* token) {
  switch (token->getType()) {
    case Parser::PLUS: return BinaryOperator::add;
    case Parser::MINUS: return BinaryOperator::subtract;
    case Parser::STAR: return BinaryOperator::multiply;
    case Parser::SLASH: return BinaryOperator::divide;
    case Parser::PERCENT: return BinaryOperator::modulo;
    case Parser::EQUAL: return BinaryOperator::equal;
    case Parser::NOT_EQUAL: return BinaryOperator::not_equal;
    case Parser::LESS: return BinaryOperator::less;
    case Parser::LESS_EQUAL: return BinaryOperator::less_equal;
    case Parser::GREATER: return BinaryOperator::greater;
    case Parser::GREATER_EQUAL: return BinaryOperator::greater_equal;
    case Parser::AND: return BinaryOperator::logical_and;
    case Parser::OR: return BinaryOperator::logical_or;
    default: internal_error("TreeBuilder: an unknown operator");
  }
}

static ExpressionPtr make_unary(UnaryOperator op, Span op_span, ExpressionPtr operand) {
  auto node = std::make_unique<Unary>();
  node->op = op;
  node->op_span = op_span;
  node->span = cover(op_span, operand->span);
  node->operand = std::move(operand);
  return node;
}

ExpressionPtr TreeBuilder::optional_expression(Parser::ExprContext* context) {
  return context == nullptr ? nullptr : expression(context);
}

ExpressionPtr TreeBuilder::expression(Parser::ExprContext* context) {
  const Deeper deeper(*this);
  if (too_deep(context)) return boolean(context);
  if (auto* operators = dynamic_cast<Parser::OperatorsContext*>(context))
    return or_expression(operators->orExpr());
  if (auto* whole = dynamic_cast<Parser::ComprehensionContext*>(context)) {
    auto node = std::make_unique<Comprehension>();
    node->span = span(context);
    node->binders = binders(whole->binders(), BinderUse::other);
    node->body = expression(whole->expr());
    return node;
  }
  auto* function = dynamic_cast<Parser::LambdaContext*>(context);
  auto node = std::make_unique<Lambda>();
  node->span = span(context);
  for (Parser::IdentContext* parameter : function->ident()) node->parameters.push_back(name(parameter));
  node->body = expression(function->expr());
  return node;
}

template <class Build>
ExpressionPtr TreeBuilder::chain(antlr4::ParserRuleContext* context, Build build) {
  const size_t operands = context->children.size() / 2 + 1;
  // The first operand lies deepest in the tree. A tree that is too deep must not even be built: freeing it
  // recurses.
  const Deeper deeper(*this, operands - 1);
  if (too_deep(context)) return boolean(context);
  ExpressionPtr left;
  for (size_t i = 0; i < operands; ++i) {
    ExpressionPtr operand = build(context->children[2 * i]);
    if (i == 0) {
      left = std::move(operand);
      continue;
    }
    antlr4::tree::ParseTree* sign = context->children[2 * i - 1];
    antlr4::Token* token = dynamic_cast<antlr4::tree::TerminalNode*>(sign)->getSymbol();
    auto node = std::make_unique<Binary>();
    node->op = operator_of(token);
    node->op_span = span(token);
    node->span = cover(left->span, operand->span);
    node->left = std::move(left);
    node->right = std::move(operand);
    left = std::move(node);
  }
  return left;
}

ExpressionPtr TreeBuilder::or_expression(Parser::OrExprContext* context) {
  return chain(context,
               [this](auto* child) { return and_expression(dynamic_cast<Parser::AndExprContext*>(child)); });
}

ExpressionPtr TreeBuilder::and_expression(Parser::AndExprContext* context) {
  return chain(context,
               [this](auto* child) { return not_expression(dynamic_cast<Parser::NotExprContext*>(child)); });
}

ExpressionPtr TreeBuilder::not_expression(Parser::NotExprContext* context) {
  if (context->comparison() != nullptr) return comparison(context->comparison());
  const Deeper deeper(*this);
  if (too_deep(context)) return boolean(context);
  ExpressionPtr operand = not_expression(context->notExpr());
  if (context->NOT() != nullptr)
    return make_unary(UnaryOperator::logical_not, span(context->NOT()), std::move(operand));
  return reduce(context->getStart(), context->binders(), std::move(operand), span(context));
}

ExpressionPtr TreeBuilder::comparison(Parser::ComparisonContext* context) {
  return chain(context,
               [this](auto* child) { return sum_expression(dynamic_cast<Parser::SumExprContext*>(child)); });
}

ExpressionPtr TreeBuilder::sum_expression(Parser::SumExprContext* context) {
  return chain(context, [this](auto* child) { return term(dynamic_cast<Parser::TermContext*>(child)); });
}

ExpressionPtr TreeBuilder::term(Parser::TermContext* context) {
  return chain(context, [this](auto* child) {
    if (auto* reduced = dynamic_cast<Parser::ReductionContext*>(child)) return reduction(reduced);
    return unary(dynamic_cast<Parser::UnaryContext*>(child));
  });
}

ExpressionPtr TreeBuilder::reduction(Parser::ReductionContext* context) {
  const Deeper deeper(*this);
  if (too_deep(context)) return boolean(context);
  if (context->MINUS() != nullptr)
    return make_unary(UnaryOperator::negate, span(context->MINUS()), reduction(context->reduction()));
  check_reduced_product(context->getStart(), context->term());
  return reduce(context->getStart(), context->binders(), term(context->term()), span(context));
}

ExpressionPtr TreeBuilder::reduce(antlr4::Token* reducer, Parser::BindersContext* list, ExpressionPtr body,
                                  Span place) {
  auto node = std::make_unique<Reduction>();
  node->span = place;
  node->reducer = reducer_of(reducer);
  node->reducer_span = span(reducer);
  node->binders = binders(list, BinderUse::reducer);
  node->body = std::move(body);
  return node;
}

/// `max[i] a[i] * b` reads as `(max[i] a[i]) * b` to many: parentheses must say what is meant. For `sum` and
/// `mean` both readings have one value.
void TreeBuilder::check_reduced_product(antlr4::Token* reducer, Parser::TermContext* body) {
  const Reducer kind = reducer_of(reducer);
  if (kind == Reducer::sum || kind == Reducer::mean || body->children.size() < 3) return;
  antlr4::Token* sign = dynamic_cast<antlr4::tree::TerminalNode*>(body->children[1])->getSymbol();
  const std::string op(text(span(sign))), word(text(span(reducer)));
  Diagnostic& diagnostic = reporter_.mistake(diagnostics::reducer_over_product, span(sign),
                                             "a bare `" + op + "` under `" + word + "` needs parentheses");
  diagnostic.labels.push_back({span(reducer), "does this reach over the `" + op + "`?"});
  const Span all = span(body), first = span(dynamic_cast<antlr4::ParserRuleContext*>(body->children[0]));
  const auto at = [](Span place, uint32_t offset) { return Span{place.file, offset, offset}; };
  diagnostic.offer({{at(all, all.begin), "("}, {at(all, all.end), ")"}},
                   "if it does, put what it reaches over in parentheses");
  diagnostic.offer({{at(all, span(reducer).begin), "("}, {at(first, first.end), ")"}},
                   "if it does not, put the reducer in parentheses");
}

ExpressionPtr TreeBuilder::unary(Parser::UnaryContext* context) {
  if (context->MINUS() != nullptr) {
    const Deeper deeper(*this);
    if (too_deep(context)) return boolean(context);
    return make_unary(UnaryOperator::negate, span(context->MINUS()), unary(context->unary()));
  }
  const auto list = context->suffix();
  const Deeper deeper(*this, list.size());
  if (too_deep(context)) return boolean(context);
  return suffixes(primary(context->primary()), list, SubscriptUse::read);
}

ExpressionPtr TreeBuilder::place(Parser::PlaceContext* context, SubscriptUse use) {
  const auto list = context->suffix();
  const Deeper deeper(*this, list.size() + 1);
  if (too_deep(context)) return name_expression(name(context->ident()));
  return suffixes(name_expression(name(context->ident())), list, use);
}

ExpressionPtr TreeBuilder::suffixes(ExpressionPtr base, const std::vector<Parser::SuffixContext*>& list,
                                    SubscriptUse use) {
  for (Parser::SuffixContext* suffix : list) {
    if (auto* brackets = dynamic_cast<Parser::SubscriptSuffixContext*>(suffix)) {
      base = subscript(std::move(base), brackets, use);
    } else if (auto* parentheses = dynamic_cast<Parser::CallSuffixContext*>(suffix)) {
      base = call(std::move(base), parentheses->args(), parentheses->LPAREN(), parentheses->RPAREN());
    } else {
      auto node = std::make_unique<Member>();
      node->name = name(dynamic_cast<Parser::MemberSuffixContext*>(suffix)->member());
      node->span = cover(base->span, node->name.span);
      node->base = std::move(base);
      base = std::move(node);
    }
  }
  return base;
}

ExpressionPtr TreeBuilder::call(ExpressionPtr callee, Parser::ArgsContext* args,
                                antlr4::tree::TerminalNode* open, antlr4::tree::TerminalNode* close) {
  auto node = std::make_unique<Call>();
  node->parentheses = cover(span(open), span(close));
  node->span = cover(callee->span, node->parentheses);
  if (callee->kind == ExpressionKind::number || callee->kind == ExpressionKind::string) {
    Diagnostic& diagnostic =
        reporter_.mistake(diagnostics::syntax_error, callee->span, "a literal cannot be called");
    diagnostic.labels.push_back({node->parentheses, tokens_.first_on_line(tokens_.index_of(open->getSymbol()))
                                                        ? "operator or `return` missing before this?"
                                                        : "operator missing before this?"});
  }
  node->callee = std::move(callee);
  node->arguments = arguments(args);
  return node;
}

std::vector<Argument> TreeBuilder::arguments(Parser::ArgsContext* context) {
  std::vector<Argument> arguments;
  if (context == nullptr) return arguments;
  for (Parser::ArgContext* arg : context->arg()) {
    Argument argument;
    argument.span = span(arg);
    argument.name = optional_name(arg->member());
    argument.is_changed = arg->AMPERSAND() != nullptr;
    argument.value = expression(arg->expr());
    arguments.push_back(std::move(argument));
  }
  return arguments;
}

}  // namespace kiln::syntax
