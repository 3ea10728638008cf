#include "syntax/error_strategy.h"

#include "syntax/expected_tokens.h"
#include "syntax/recovery.h"

namespace kiln::syntax {

using Parser = grammar::KilnParser;

antlr4::Token* ErrorStrategy::recoverInline(antlr4::Parser* parser) {
  throw antlr4::InputMismatchException(parser);
}

void ErrorStrategy::report(antlr4::Parser* parser, antlr4::Token* token,
                           const antlr4::misc::IntervalSet& expected) {
  if (inErrorRecoveryMode(parser)) return;
  beginErrorCondition(parser);
  messages_.report({tokens_.index_of(token), parser->getContext(), expected, parser->getVocabulary()});
}

void ErrorStrategy::reportError(antlr4::Parser* parser, const antlr4::RecognitionException& failure) {
  report(parser, failure.getOffendingToken(), failure.getExpectedTokens());
}

void ErrorStrategy::skip_to(antlr4::Parser* parser, size_t index) {
  while (parser->getCurrentToken()->getType() != antlr4::Token::EOF &&
         tokens_.index_of(parser->getCurrentToken()) < index)
    parser->consume();
}

void ErrorStrategy::sync(antlr4::Parser* parser) {
  antlr4::ParserRuleContext* context = parser->getContext();
  const size_t rule = context->getRuleIndex();
  if (rule != Parser::RuleFile && rule != Parser::RuleModelDecl && rule != Parser::RuleBlock &&
      rule != Parser::RuleValueBlock)
    return;
  antlr4::atn::ATNState* state = parser->getATN().states[parser->getState()];
  if (state->getStateType() != antlr4::atn::ATNState::STAR_LOOP_ENTRY &&
      state->getStateType() != antlr4::atn::ATNState::STAR_LOOP_BACK)
    return;
  const antlr4::misc::IntervalSet expected = parser->getATN().nextTokens(state);
  antlr4::Token* token = parser->getCurrentToken();
  if (holds(expected, token->getType()) || holds(expected, antlr4::Token::EPSILON)) return;
  report(parser, token, expected);
  const size_t at = tokens_.index_of(token);
  if (rule == Parser::RuleFile)
    skip_to(parser, next_declaration(tokens_, at, at + 1));
  else if (rule == Parser::RuleModelDecl)
    skip_to(parser, next_model_item(tokens_, at, at));
  else
    skip_to(parser, next_statement(tokens_, at, at));
}

void ErrorStrategy::recover(antlr4::Parser* parser, std::exception_ptr failure) {
  antlr4::ParserRuleContext* context = parser->getContext();
  const size_t start = tokens_.index_of(context->getStart()),
               at = tokens_.index_of(parser->getCurrentToken());
  switch (context->getRuleIndex()) {
    case Parser::RuleStmt: return skip_to(parser, next_statement(tokens_, start, at));
    case Parser::RuleModelItem: return skip_to(parser, next_model_item(tokens_, start, at));
    case Parser::RuleImportDecl:
    case Parser::RuleDecl: return skip_to(parser, next_declaration(tokens_, start, at));
    case Parser::RuleFile: return;  // nothing is left
    default: std::rethrow_exception(failure);
  }
}

}  // namespace kiln::syntax
