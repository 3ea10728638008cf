#include "syntax/syntax_messages.h"

#include <algorithm>

#include "syntax/expected_tokens.h"
#include "syntax/operands.h"
#include "syntax/recovery.h"
#include "syntax/token_types.h"

namespace kiln::syntax {

using Parser = grammar::KilnParser;

std::string in_backticks(std::string_view text) { return "`" + std::string(text) + "`"; }

size_t rule_of(const antlr4::tree::ParseTree* tree) {
  const auto* context = dynamic_cast<const antlr4::ParserRuleContext*>(tree);
  return context == nullptr ? static_cast<size_t>(-1) : context->getRuleIndex();
}

static bool is_block(const antlr4::ParserRuleContext* context) {
  return rule_of(context) == Parser::RuleBlock || rule_of(context) == Parser::RuleValueBlock;
}

const SyntaxMessages::Special SyntaxMessages::specials[] = {
    &SyntaxMessages::python_lambda,           &SyntaxMessages::python_slice,
    &SyntaxMessages::subscript_behind_else,   &SyntaxMessages::reducer_with_parentheses,
    &SyntaxMessages::statement_after_return,  &SyntaxMessages::foreign_operator,
    &SyntaxMessages::chained_comparison,      &SyntaxMessages::assignment_for_comparison,
    &SyntaxMessages::assignment_for_argument, &SyntaxMessages::late_import,
    &SyntaxMessages::listed_imports,          &SyntaxMessages::nameless_function,
    &SyntaxMessages::exported_model,          &SyntaxMessages::stray_word_or_bracket,
    &SyntaxMessages::trailing_expression,     &SyntaxMessages::reserved_word,
};

void SyntaxMessages::report(const SyntaxMistake& mistake) {
  stuck_at_.insert(mistake.at);
  if (is_spoiled(mistake.at)) return;
  for (const Special special : specials)
    if ((this->*special)(mistake)) return;
  expectation(mistake);
}

bool SyntaxMessages::has_mistake(size_t first, size_t last) const {
  const auto stuck = stuck_at_.lower_bound(first);
  const auto spoiled = spoiled_lines_.lower_bound(tokens_.line(std::min(first, last)));
  return (stuck != stuck_at_.end() && *stuck <= last) ||
         (spoiled != spoiled_lines_.end() && *spoiled <= tokens_.line(last));
}

bool SyntaxMessages::is_spoiled(size_t at) const {
  return spoiled_lines_.count(tokens_.line(at)) > 0 ||
         (at > 0 && spoiled_lines_.count(tokens_.line(at - 1)) > 0);
}

void SyntaxMessages::cannot_follow(size_t at, Span place) {
  for (const size_t word : {at, at - 1}) {
    if (tokens_.text(word) != "elif") continue;
    reporter_.mistake(diagnostics::syntax_error, tokens_.span(word), "`elif` is written `else if`")
        .fix(tokens_.span(word), "else if");
    spoiled_lines_.insert(tokens_.line(word));
    return;
  }
  Diagnostic& diagnostic = reporter_.mistake(
      diagnostics::not_a_statement, place,
      in_backticks(tokens_.text(at)) + " cannot follow " + in_backticks(tokens_.text(at - 1)));
  diagnostic.label = "operator missing before this?";
  diagnostic.help = advice_on_neighbours(at);
  if (tokens_.text(at - 1) == "with") spoiled_lines_.insert(tokens_.line(at));
}

/// What other languages write with these two side by side; empty if nothing is known.
std::string SyntaxMessages::advice_on_neighbours(size_t at) const {
  const std::string_view first = tokens_.text(at - 1), second = tokens_.text(at);
  if (second == "if" && !tokens_.first_on_line(at)) return "a choice is written `if c { a } else { b }`";
  if (first == "with" || first == "try")
    return "a block stands alone here, `{ … }`; nothing has to be opened or closed";
  static constexpr std::string_view types[] = {"float", "double", "int", "auto", "const", "f32",
                                               "f64",   "i32",    "i64", "bool", "val",   "mut"};
  if (std::find(std::begin(types), std::end(types), first) != std::end(types) && tokens_.is_name(at))
    return "a name is declared by `let " + std::string(second) + " = …`, one that changes by `var " +
           std::string(second) + ": f32 = …`";
  return "";
}

/// `sum(i) x[i]`: what follows the bracket cannot go on with it.
bool SyntaxMessages::report_reducer(size_t after) {
  if (after < 3 || tokens_.type(after - 1) != Parser::RPAREN || !tokens_.starts_expression(after) ||
      tokens_.first_on_line(after))
    return false;
  const size_t close = after - 1, open = tokens_.partner(close);
  if (open == TokenList::none || open == 0 || !tokens_.is_reducer(open - 1) || !tokens_.is_name(open + 1))
    return false;
  const std::string_view reducer = tokens_.text(open - 1);
  Diagnostic& diagnostic =
      reporter_.mistake(diagnostics::reducer_parentheses, tokens_.span(open, close),
                        "the indices of " + in_backticks(reducer) + " stand in square brackets");
  diagnostic.label = "these make it a function";
  diagnostic.labels.push_back({tokens_.span(after), "so nothing can follow"});
  diagnostic.help = "write `" + std::string(reducer) + "[" +
                    std::string(close == open + 1 ? "" : tokens_.text(open + 1, close - 1)) + "]`";
  diagnostic.fix({{tokens_.span(open), "["}, {tokens_.span(close), "]"}});
  return true;
}

bool SyntaxMessages::reducer_with_parentheses(const SyntaxMistake& mistake) {
  if (report_reducer(mistake.at)) return true;
  // `sum x[i]`
  if (mistake.at > 0 && tokens_.is_reducer(mistake.at - 1) && tokens_.starts_expression(mistake.at) &&
      !tokens_.first_on_line(mistake.at) && misused_words_.count(tokens_.text(mistake.at - 1)) == 0) {
    const std::string word(tokens_.text(mistake.at - 1));
    Diagnostic& diagnostic = reporter_.mistake(diagnostics::syntax_error, tokens_.span(mistake.at - 1),
                                               in_backticks(word) + " needs its index in brackets");
    diagnostic.help = "write `" + word + "[i] x[i]`, or `" + word + "(x)` for all elements";
    return true;
  }
  // `sum(i) x[i] * y[i]` is stuck at the `*`, after a statement `x[i]`.
  if (!is_block(mistake.context) || mistake.context->children.empty()) return false;
  auto* statement = dynamic_cast<Parser::AssignOrCallContext*>(mistake.context->children.back());
  return statement != nullptr && statement->assignOp() == nullptr && statement->getStart() != nullptr &&
         report_reducer(tokens_.index_of(statement->getStart()));
}

/// `x[i else 0, j]`
bool SyntaxMessages::subscript_behind_else(const SyntaxMistake& mistake) {
  const size_t comma = mistake.at;
  const size_t open = tokens_.open_before(comma);
  if (tokens_.type(comma) != Parser::COMMA || open == TokenList::none ||
      tokens_.type(open) != Parser::LBRACKET || tokens_.partner(open) == TokenList::none)
    return false;
  size_t word = comma - 1;
  while (word > open && tokens_.type(word) != Parser::ELSE && tokens_.type(word) != Parser::WHERE) --word;
  if (word == open || tokens_.open_before(word) != open || tokens_.type(word - 1) == Parser::RBRACE)
    return false;
  const size_t close = tokens_.partner(open);
  const std::string part = " " + std::string(tokens_.text(word, comma - 1));
  Diagnostic& diagnostic =
      reporter_.mistake(diagnostics::syntax_error, tokens_.span(comma),
                        in_backticks(tokens_.text(word)) + " stands behind the last subscript");
  diagnostic.label = "another subscript follows";
  diagnostic.labels.push_back({tokens_.span(word, comma - 1), "it speaks of all of them"});
  const Span before = tokens_.span(word - 1), place = tokens_.span(word, comma - 1),
             end = tokens_.span(close);
  diagnostic.fix({{{place.file, before.end, place.end}, ""}, {{end.file, end.begin, end.begin}, part}},
                 "write `[…" + part + "]`");
  return true;
}

bool SyntaxMessages::statement_after_return(const SyntaxMistake& mistake) {
  if (!is_block(mistake.context) || tokens_.type(mistake.at) == antlr4::Token::EOF) return false;
  antlr4::tree::TerminalNode* word = mistake.context->getToken(Parser::RETURN, 0);
  if (word == nullptr || !tokens_.first_on_line(mistake.at) || is_declaration_at_margin(tokens_, mistake.at))
    return false;
  Diagnostic& diagnostic = reporter_.mistake(diagnostics::misplaced_return, tokens_.span(word->getSymbol()),
                                             "`return` is the last statement of a block");
  diagnostic.labels.push_back({tokens_.span(mistake.at), "this comes after it"});
  return true;
}

/// A value where a statement is expected: `let z = x  z * 2 }`, `2 * z }`.
bool SyntaxMessages::trailing_expression(const SyntaxMistake& mistake) {
  antlr4::ParserRuleContext* context = mistake.context;
  if (rule_of(context) == Parser::RuleFile && mistake.at > 0 && !tokens_.first_on_line(mistake.at) &&
      tokens_.starts_expression(mistake.at)) {
    cannot_follow(mistake.at, tokens_.span(mistake.at));
    return true;
  }
  if (!is_block(context) || context->children.empty() || is_declaration_at_margin(tokens_, mistake.at))
    return false;
  size_t first = mistake.at;
  auto* statement = dynamic_cast<Parser::AssignOrCallContext*>(context->children.back());
  const bool goes_on =
      statement != nullptr && statement->assignOp() == nullptr && tokens_.is_binary_operator(mistake.at);
  if (goes_on) first = tokens_.index_of(statement->getStart());
  if (!goes_on && !tokens_.starts_expression(mistake.at)) return false;
  const size_t next = next_statement(tokens_, first, mistake.at);
  const bool gives_value =
      rule_of(context) == Parser::RuleValueBlock || rule_of(context->parent) == Parser::RuleFnBody;
  report_no_statement(first, next - 1, gives_value && tokens_.type(next) == Parser::RBRACE);
  return true;
}

void SyntaxMessages::report_no_statement(size_t first, size_t last, bool return_fits) {
  last = std::max(first, last);
  if (is_spoiled(first) || !no_statements_.insert(first).second || report_reducer(first) ||
      tuple_assignment(first))
    return;
  const Span place = tokens_.span(first, last);
  const std::string_view text = tokens_.text(first, last);
  if (first > 0 && !tokens_.first_on_line(first) && !tokens_.is_opening(first - 1)) {
    cannot_follow(first, place);
  } else if (!tokens_.first_on_line(last + 1) && tokens_.is_name(last + 1)) {
    no_statements_.insert(last + 1);
    cannot_follow(last + 1, tokens_.span(last + 1));
  } else if (return_fits) {
    Diagnostic& diagnostic =
        reporter_.mistake(diagnostics::return_missing, place, "a block that gives a value ends in `return`");
    diagnostic.label = "`return` missing?";
    const bool short_text = text.size() <= 60 && text.find('\n') == std::string_view::npos;
    diagnostic.help =
        short_text ? "write `return " + std::string(text) + "`" : "write `return` before the value";
    diagnostic.fix({place.file, place.begin, place.begin}, "return ");
  } else {
    Diagnostic& diagnostic =
        reporter_.mistake(diagnostics::not_a_statement, place, "this is neither an assignment nor a call");
    diagnostic.label = "operator missing?";
    if (text.starts_with('"')) {
      diagnostic.label.clear();
      diagnostic.help = "what documents a declaration stands before it: `/// …`";
    }
  }
}

/// Whether a `not`, `all[…]` or `any[…]` stands before the comparison: they take it alone, and no `and`
/// behind it.
bool SyntaxMessages::ends_at_and(size_t comparison) const {
  for (size_t i = comparison; i-- > 0;) {
    if (tokens_.is_closing(i) && tokens_.partner(i) != TokenList::none) {
      i = tokens_.partner(i);
      const std::string_view word = i > 0 ? tokens_.text(i - 1) : "";
      if (tokens_.type(i) == Parser::LBRACKET && (word == "all" || word == "any")) return true;
    } else if (tokens_.text(i) == "not") {
      return true;
    } else if (tokens_.is_opening(i) || tokens_.is_closing(i) || tokens_.type(i) == Parser::COMMA ||
               tokens_.type(i) == Parser::SET || (tokens_.is_word(i) && !tokens_.is_name(i))) {
      return false;
    }
  }
  return false;
}

bool SyntaxMessages::chained_comparison(const SyntaxMistake& mistake) {
  if (!tokens_.is_comparison(mistake.at)) return false;
  // The first one stands on the same level, with no word or comma between.
  for (size_t i = mistake.at; i-- > 0;) {
    if (tokens_.type(i) == Parser::RBRACE) return false;
    if (tokens_.is_closing(i) && tokens_.partner(i) != TokenList::none) {
      i = tokens_.partner(i);
    } else if (tokens_.is_comparison(i)) {
      Diagnostic& diagnostic =
          reporter_.mistake(diagnostics::syntax_error, tokens_.span(mistake.at), "comparisons do not chain");
      diagnostic.labels.push_back({tokens_.span(i), "the first one"});
      const std::string middle(tokens_.text(i + 1, mistake.at - 1));
      const Span sign = tokens_.span(mistake.at);
      if (ends_at_and(i))
        diagnostic.help = "write `(a < b and b < c)`";
      else
        diagnostic.fix({sign.file, sign.begin, sign.begin}, "and " + middle + " ", "write `a < b and b < c`");
      return true;
    } else if (tokens_.is_opening(i) || (tokens_.is_word(i) && !tokens_.is_name(i)) ||
               tokens_.type(i) == Parser::COMMA || tokens_.type(i) == Parser::SET) {
      return false;
    }
  }
  return false;
}

bool SyntaxMessages::assignment_for_comparison(const SyntaxMistake& mistake) {
  if (tokens_.type(mistake.at) != Parser::SET) return false;
  const bool condition = holds(mistake.expected, Parser::LBRACE) && !holds(mistake.expected, Parser::SET);
  const bool asserted = is_block(mistake.context) && !mistake.context->children.empty() &&
                        dynamic_cast<Parser::AssertionContext*>(mistake.context->children.back()) != nullptr;
  if (!condition && !asserted) return false;
  reporter_.mistake(diagnostics::syntax_error, tokens_.span(mistake.at), "a comparison is written `==`")
      .fix(tokens_.span(mistake.at), "==");
  return true;
}

bool SyntaxMessages::assignment_for_argument(const SyntaxMistake& mistake) {
  const size_t at = mistake.at;
  if (tokens_.type(at) != Parser::SET || at < 2 || !tokens_.is_word(at - 1)) return false;
  if (tokens_.type(at - 2) != Parser::LPAREN && tokens_.type(at - 2) != Parser::COMMA) return false;
  const size_t open = tokens_.open_before(at);
  if (open == TokenList::none || tokens_.type(open) != Parser::LPAREN ||
      rule_of(mistake.context) == Parser::RuleParam)
    return false;
  const Span sign = tokens_.span(at);
  const Span between{sign.file, tokens_.span(at - 1).end, tokens_.span(at + 1).begin};
  reporter_.mistake(diagnostics::syntax_error, sign, "an argument is named by `:`")
      .fix(between, ": ", "write `:` instead of `=`");
  return true;
}

bool SyntaxMessages::late_import(const SyntaxMistake& mistake) {
  if (tokens_.type(mistake.at) != Parser::IMPORT) return false;
  const bool inside = rule_of(mistake.context) != Parser::RuleFile && tokens_.column(mistake.at) != 0;
  if (inside) return false;
  if (rule_of(mistake.context) != Parser::RuleFile) return false;
  Diagnostic& diagnostic = reporter_.mistake(diagnostics::syntax_error, tokens_.span(mistake.at),
                                             "imports stand before all declarations");
  size_t last = mistake.at;
  while (last + 1 < tokens_.last() && !tokens_.first_on_line(last + 1)) ++last;
  const Span whole = tokens_.span(mistake.at, last);
  const uint32_t head = tokens_.type(0) == Parser::IMPORT ? tokens_.span(size_t{0}).begin : 0;
  diagnostic.fix(
      {{{whole.file, head, head}, std::string(tokens_.text(mistake.at, last)) + "\n"}, {whole, ""}},
      "move it to the head of the file");
  return true;
}

/// An `else` or a closing bracket that has no partner.
bool SyntaxMessages::stray_word_or_bracket(const SyntaxMistake& mistake) {
  const size_t at = mistake.at;
  if (tokens_.type(at) == Parser::ELSE && is_block(mistake.context)) {
    reporter_.mistake(diagnostics::syntax_error, tokens_.span(at), "this `else` belongs to no `if`");
    return true;
  }
  if (!tokens_.is_closing(at) || tokens_.partner(at) != TokenList::none) return false;
  Diagnostic& diagnostic = reporter_.mistake(diagnostics::syntax_error, tokens_.span(at),
                                             in_backticks(tokens_.text(at)) + " closes nothing");
  const size_t open = tokens_.open_before(at);
  if (open != TokenList::none) diagnostic.labels.push_back({tokens_.span(open), "the bracket that is open"});
  return true;
}

bool SyntaxMessages::reserved_word(const SyntaxMistake& mistake) {
  const size_t at = mistake.at;
  if (!tokens_.is_word(at) || tokens_.is_name(at) || tokens_.first_on_line(at)) return false;
  static constexpr size_t name_rules[] = {Parser::RuleIdent,  Parser::RulePattern, Parser::RuleBinder,
                                          Parser::RuleTarget, Parser::RuleGeneric, Parser::RuleParam,
                                          Parser::RuleTangent};
  const bool name_wanted = std::find(std::begin(name_rules), std::end(name_rules),
                                     rule_of(mistake.context)) != std::end(name_rules);
  const bool parameter = (tokens_.type(at - 1) == Parser::LPAREN || tokens_.type(at - 1) == Parser::COMMA) &&
                         tokens_.type(at + 1) == Parser::COLON;
  if (!name_wanted && !parameter) return false;
  misused_words_.emplace(tokens_.text(at));
  reporter_
      .mistake(diagnostics::syntax_error, tokens_.span(at),
               in_backticks(tokens_.text(at)) + " is a reserved word")
      .label = "it cannot be a name";
  return true;
}

void SyntaxMessages::expectation(const SyntaxMistake& mistake) {
  const size_t at = mistake.at;
  if (at > 0 && misused_words_.count(tokens_.text(at - 1)) > 0) return;  // said where it became a name
  const bool at_end = at >= tokens_.last();
  std::string found = at_end ? "the end of the file" : in_backticks(tokens_.text(at).substr(0, 40));
  // What is missing at the end of a line is missing there, not on the next one.
  const bool between_items =
      rule_of(mistake.context) == Parser::RuleFile ||
      (is_block(mistake.context) && !holds(mistake.expected, Parser::LBRACE)) ||
      (rule_of(mistake.context) == Parser::RuleModelDecl && holds(mistake.expected, Parser::RBRACE));
  const bool behind = at > 0 && (at_end || (tokens_.first_on_line(at) && !between_items));
  Span place = tokens_.span(at);
  if (behind) place.begin = place.end = tokens_.span(at - 1).end;
  Diagnostic& diagnostic =
      reporter_.mistake(diagnostics::syntax_error, place,
                        "expected " +
                            describe_expected(mistake.context, mistake.expected, mistake.vocabulary,
                                              tokens_.index_of(mistake.context->getStart()) == at) +
                            ", found " + found);
  diagnostic.help = foreign_habit(mistake);
  const size_t open = tokens_.open_before(at);
  if (open == TokenList::none) return;
  const size_t closing = closing_of(tokens_.type(open));
  if (!holds(mistake.expected, closing) || (!at_end && tokens_.partner(open) == at)) return;
  diagnostic.labels.push_back({tokens_.span(open), "opened here"});
  // A bracket that closes what was opened on the same line stands at its end.
  const bool is_brace = closing == Parser::RBRACE;
  const bool is_of_line = !is_brace && at > 0 && tokens_.line(open) == tokens_.line(at - 1);
  const bool is_lost = tokens_.partner(open) == TokenList::none || tokens_.type(at) == Parser::RBRACE;
  if (at == 0 || !is_lost ||
      !(is_brace || (behind && is_of_line) || (is_of_line && tokens_.type(at) == Parser::RBRACE)))
    return;
  const uint32_t end = tokens_.span(at - 1).end;
  diagnostic.fix({place.file, end, end},
                 is_brace                    ? "\n}"
                 : closing == Parser::RPAREN ? ")"
                                             : "]",
                 "close it");
}

}  // namespace kiln::syntax
