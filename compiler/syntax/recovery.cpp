#include "syntax/recovery.h"

namespace kiln::syntax {

namespace {

using Parser = grammar::KilnParser;

/// The brackets that are open, counted from the start of a broken piece. Round and square ones are forgotten
/// when a brace closes around them.
class OpenBrackets {
 public:
  void pass(const TokenList& tokens, size_t i) {
    switch (tokens.type(i)) {
      case Parser::LBRACE: ++braces_, others_ = 0; break;
      case Parser::RBRACE: --braces_, others_ = 0; break;
      case Parser::LPAREN:
      case Parser::LBRACKET: ++others_; break;
      case Parser::RPAREN:
      case Parser::RBRACKET: others_ = others_ > 0 ? others_ - 1 : 0; break;
      default: break;
    }
  }
  bool in_braces() const { return braces_ > 0; }
  bool in_others() const { return others_ > 0; }

 private:
  int braces_ = 0;
  int others_ = 0;
};

OpenBrackets brackets_between(const TokenList& tokens, size_t start, size_t end) {
  OpenBrackets open;
  for (size_t i = start; i < end; ++i) open.pass(tokens, i);
  return open;
}

bool starts_declaration(const TokenList& tokens, size_t i) {
  switch (tokens.type(i)) {
    case Parser::EXPORT:
    case Parser::CONST:
    case Parser::IMPORT: return true;
    case Parser::FN: return tokens.is_name(i + 1) || tokens.column(i) == 0;
    case Parser::MODEL: return tokens.is_name(i + 1) && tokens.type(i - 1) != Parser::DOT;
    case Parser::TYPE: return tokens.first_on_line(i) && tokens.is_name(i + 1);
    case Parser::TEST: return tokens.type(i + 1) == Parser::STRING;
    case Parser::DERIVATIVE:
    case Parser::ADJOINT: return tokens.type(i + 1) == Parser::OF;
    case Parser::MESH: return tokens.first_on_line(i) && tokens.is_name(i + 1);
    case Parser::AT: return tokens.first_on_line(i);
    default: return false;
  }
}

bool starts_statement(const TokenList& tokens, size_t i, bool in_brackets) {
  switch (tokens.type(i)) {
    case Parser::LET:
    case Parser::VAR:
    case Parser::WHILE:
    case Parser::ASSERT:
    case Parser::RETURN: return true;  // these never stand within an expression
    case Parser::IF:
    case Parser::FOR: return !in_brackets && tokens.first_on_line(i);
    default: return !in_brackets && tokens.first_on_line(i) && tokens.is_name(i);
  }
}

bool starts_model_item(const TokenList& tokens, size_t i) {
  if (tokens.type(i) == Parser::FN || tokens.type(i) == Parser::MODEL || tokens.type(i) == Parser::TYPE)
    return starts_declaration(tokens, i);
  if (tokens.type(i) == Parser::AT) return tokens.first_on_line(i);
  if (!tokens.first_on_line(i) || !tokens.is_name(i)) return false;
  return tokens.type(i + 1) == Parser::COLON ||
         (tokens.is_name(i + 1) && tokens.type(i + 2) == Parser::COLON);
}

}  // namespace

bool is_declaration_at_margin(const TokenList& tokens, size_t i) {
  return i < tokens.last() && tokens.column(i) == 0 && starts_declaration(tokens, i);
}

size_t next_statement(const TokenList& tokens, size_t start, size_t from) {
  OpenBrackets open = brackets_between(tokens, start, from);
  for (size_t i = from; i < tokens.last(); ++i) {
    if (is_declaration_at_margin(tokens, i)) return i;
    if (!open.in_braces() &&
        (tokens.type(i) == Parser::RBRACE || (i > start && starts_statement(tokens, i, open.in_others()))))
      return i;
    open.pass(tokens, i);
  }
  return tokens.last();
}

size_t next_model_item(const TokenList& tokens, size_t start, size_t from) {
  OpenBrackets open = brackets_between(tokens, start, from);
  for (size_t i = from; i < tokens.last(); ++i) {
    if (is_declaration_at_margin(tokens, i)) return i;
    if (!open.in_braces() &&
        (tokens.type(i) == Parser::RBRACE || (i > start && starts_model_item(tokens, i))))
      return i;
    open.pass(tokens, i);
  }
  return tokens.last();
}

size_t next_declaration(const TokenList& tokens, size_t start, size_t from) {
  OpenBrackets open = brackets_between(tokens, start, from);
  for (size_t i = from; i < tokens.last(); ++i) {
    if (i > start && starts_declaration(tokens, i) && (!open.in_braces() || tokens.column(i) == 0)) return i;
    open.pass(tokens, i);
  }
  return tokens.last();
}

}  // namespace kiln::syntax
