#pragma once

#include <antlr4-runtime.h>

#include <memory>
#include <string>
#include <string_view>

#include "syntax/scanner.h"

namespace kiln::syntax {

/// Hands the tokens of the scanner to ANTLR. Their places are places in the file, in bytes; their texts are
/// there, not in a stream of characters.
class TokenSource : public antlr4::TokenSource {
 public:
  /// The text must stay while the source and its tokens are used.
  explicit TokenSource(std::string_view text, TextPlace from = {}) : scanner_(text, from) {}

  std::unique_ptr<antlr4::Token> nextToken() override {
    const ScannedToken found = scanner_.next();
    auto token = std::make_unique<antlr4::CommonToken>(
        std::pair<antlr4::TokenSource*, antlr4::CharStream*>(this, nullptr), found.type,
        found.is_comment ? antlr4::Token::HIDDEN_CHANNEL : antlr4::Token::DEFAULT_CHANNEL, found.begin.at,
        found.end - 1);
    token->setLine(found.begin.line);
    token->setCharPositionInLine(found.begin.at - found.begin.line_begin);
    return token;
  }
  size_t getLine() const override { return scanner_.place().line; }
  size_t getCharPositionInLine() override { return scanner_.place().at - scanner_.place().line_begin; }
  antlr4::CharStream* getInputStream() override { return nullptr; }
  std::string getSourceName() override { return "text"; }
  antlr4::TokenFactory<antlr4::CommonToken>* getTokenFactory() override { return &factory_; }

 private:
  Scanner scanner_;
  antlr4::CommonTokenFactory factory_;
};

}  // namespace kiln::syntax
