#pragma once

#include "syntax/syntax_messages.h"

namespace kiln::syntax {

/// What the parser does about a mistake: reports it once, gives up the rules up to the statement, model item,
/// declaration or import that it is in, and goes on at the next one. Nothing is made up or dropped to repair
/// a rule, so that one mistake does not lead to others. A rule that was given up has its `exception` set.
class ErrorStrategy : public antlr4::DefaultErrorStrategy {
 public:
  ErrorStrategy(const TokenList& tokens, SyntaxMessages& messages) : tokens_(tokens), messages_(messages) {}

  antlr4::Token* recoverInline(antlr4::Parser* parser) override;
  /// Before and between the items of a list: passes over what starts no item.
  void sync(antlr4::Parser* parser) override;
  void reportError(antlr4::Parser* parser, const antlr4::RecognitionException& failure) override;
  void recover(antlr4::Parser* parser, std::exception_ptr failure) override;

 private:
  void report(antlr4::Parser* parser, antlr4::Token* token, const antlr4::misc::IntervalSet& expected);
  void skip_to(antlr4::Parser* parser, size_t index);

  const TokenList& tokens_;
  SyntaxMessages& messages_;
};

}  // namespace kiln::syntax
