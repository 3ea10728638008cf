#include "syntax/check_tokens.h"

#include <algorithm>

#include "KilnParser.h"
#include "source/utf8.h"
#include "syntax/operands.h"

namespace kiln::syntax {

namespace {

using Parser = grammar::KilnParser;

enum class Remedy : uint8_t {
  none,
  write,       // `text` takes its place
  write_word,  // the same, with blanks around
  power,       // `pow(a, b)` takes the place of it and its operands
};

struct Hint {
  std::string_view character, help;
  Remedy remedy = Remedy::none;
  std::string_view text = "";
  bool is_certain = true;
};

constexpr Hint hints[] = {
    {";", "nothing stands between statements", Remedy::write, ""},
    {"!", "write `not`", Remedy::write_word, "not"},
    {"||", "write `or`", Remedy::write_word, "or"},
    {"|", "write `or`; for bits there is `bit_or(a, b)`", Remedy::write_word, "or", false},
    {"^", "write `pow(a, b)`; for bits there is `bit_xor(a, b)`", Remedy::power, "", false},
    {"~", "write `not`; for bits there is `bit_xor(a, -1)`", Remedy::write_word, "not", false},
    {"'", "strings stand between double quotes"},
    {"`", "strings stand between double quotes"},
    {"#", "comments begin with `//`", Remedy::write, "//"},
    {"?", "write `if c { a } else { b }`"},
    {"\u00D7", "write `*`", Remedy::write, "*"},
    {"\u00B7", "write `*`", Remedy::write, "*"},
    {"\u2212", "write `-`", Remedy::write, "-"},
    {"\u2264", "write `<=`", Remedy::write, "<="},
    {"\u2265", "write `>=`", Remedy::write, ">="},
    {"\u2260", "write `!=`", Remedy::write, "!="},
    {"\u2192", "write `->`", Remedy::write, "->"},
    {"\u201C", "strings stand between double quotes, `\"`", Remedy::write, "\""},
    {"\u201D", "strings stand between double quotes, `\"`", Remedy::write, "\""},
};

void hide(antlr4::Token* token) {
  static_cast<antlr4::CommonToken*>(token)->setChannel(antlr4::Token::HIDDEN_CHANNEL);
}

bool is_word_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

std::string shown(std::string_view character) {
  const unsigned char first = static_cast<unsigned char>(character.front());
  if (first >= 0x20 && first != 0x7F) return "`" + std::string(character) + "`";
  constexpr char digits[] = "0123456789ABCDEF";
  return std::string("with code 0x") + digits[first >> 4] + digits[first & 15];
}

void remedy(Diagnostic& diagnostic, const Hint& hint, std::string_view text, Span place) {
  diagnostic.help = hint.help;
  std::string now(hint.text);
  switch (hint.remedy) {
    case Remedy::none: return;
    case Remedy::power:
      if (const auto edit = power_of_operands(text, place)) {
        diagnostic.help.clear();
        diagnostic.fixes.push_back({std::string(hint.help), {*edit}, hint.is_certain});
      }
      return;
    case Remedy::write_word:
      if (place.begin > 0 && is_word_character(text[place.begin - 1])) now = " " + now;
      if (place.end < text.size() && text[place.end] != ' ') now += " ";
      break;
    case Remedy::write: break;
  }
  diagnostic.fixes.push_back({"", {{place, now}}, hint.is_certain});
}

/// What the same sign means in other places: `for (i = 0; …)`, `f32[?, 4]`.
void advise_by_place(Diagnostic& diagnostic, std::string_view character, std::string_view before) {
  const size_t line = before.rfind('\n') == before.npos ? 0 : before.rfind('\n') + 1;
  std::string_view head = before.substr(line);
  head.remove_prefix(std::min(head.find_first_not_of(' '), head.size()));
  if (character == ";" && (head.starts_with("for (") || head.starts_with("for("))) {
    diagnostic.fixes.clear();
    diagnostic.help = "a loop runs over a range: `for i in 0..N { … }`";
  }
  const size_t last = before.find_last_not_of(' ');
  if (character == "?" && last != before.npos && (before[last] == '[' || before[last] == ','))
    diagnostic.help = "a size that is not known yet is a name, `f32[B, 4]`: each call binds it";
}

/// Returns the index of the last token that is part of the character, or of the run of equal characters.
size_t report_other(const std::vector<antlr4::Token*>& tokens, size_t i, std::string_view text,
                    Reporter& reporter) {
  const size_t begin = tokens[i]->getStartIndex();
  const std::string_view character = text.substr(begin, decode_utf8(text, begin).bytes);
  size_t end = begin + character.size();
  while (text.substr(end, character.size()) == character) end += character.size();
  Diagnostic& diagnostic = reporter.mistake(diagnostics::unexpected_character, reporter.span(begin, end),
                                            "unexpected character " + shown(character));
  if (character.size() > 1)
    diagnostic.help = "a name is made of the letters A to Z and a to z, digits and `_`";
  const std::string_view run = text.substr(begin, end - begin);
  for (const Hint& hint : hints) {
    if (hint.character != character && hint.character != run) continue;
    remedy(diagnostic, hint, text, reporter.span(begin, end));
    advise_by_place(diagnostic, character, text.substr(0, begin));
    break;
  }
  size_t last = i;
  for (size_t k = i;
       k < tokens.size() && tokens[k]->getType() == Parser::OTHER && tokens[k]->getStartIndex() < end; ++k) {
    hide(tokens[k]);
    last = k;
  }
  return last;
}

/// `3x`, `0b1`, `1e`: one mistake, and one token that stays.
void report_glued(antlr4::Token* number, antlr4::Token* word, std::string_view text, Reporter& reporter) {
  const size_t begin = number->getStartIndex();
  size_t end = word->getStopIndex() + 1;
  while (end < text.size() && is_word_character(text[end])) ++end;
  const std::string written(text.substr(begin, end - begin));
  Diagnostic& diagnostic = reporter.mistake(diagnostics::malformed_literal, reporter.span(begin, end),
                                            "`" + written + "` is neither a number nor a name");
  const std::string suffix = written.substr(word->getStartIndex() - begin);
  if (suffix == "f" || suffix == "F" || suffix == "L" || suffix == "u" || suffix == "U" || suffix == "f32" ||
      suffix == "f64" || suffix == "i32") {
    diagnostic.fix(reporter.span(word->getStartIndex(), end), "", "a number takes the type that it meets");
    hide(word);
    return;
  }
  if (text[word->getStartIndex()] != 'e' && text[word->getStartIndex()] != 'E' && written.substr(0, 1) != "0")
    diagnostic.fix(reporter.span(word->getStartIndex(), word->getStartIndex()), " * ",
                   "a product is written with `*`");
  hide(word);
}

}  // namespace

std::set<size_t> check_tokens(antlr4::CommonTokenStream& stream, std::string_view text, Reporter& reporter) {
  const std::vector<antlr4::Token*> tokens = stream.getTokens();
  std::set<size_t> lines;
  for (size_t i = 0; i < tokens.size(); ++i) {
    const size_t type = tokens[i]->getType();
    const int mistakes = reporter.mistakes();
    const size_t line = tokens[i]->getLine();
    if (type == Parser::UNENDED) {
      reporter
          .mistake(diagnostics::unended_string,
                   reporter.span(tokens[i]->getStartIndex(), tokens[i]->getStopIndex() + 1),
                   "the string has no closing `\"`")
          .help = "a string ends on its line; write `\\n` for a new line";
      static_cast<antlr4::CommonToken*>(tokens[i])->setType(Parser::STRING);
    } else if (type == Parser::OTHER) {
      i = report_other(tokens, i, text, reporter);
    } else if (type == Parser::NUMBER && i + 1 < tokens.size()) {
      antlr4::Token* next = tokens[i + 1];
      const bool glued = next->getStartIndex() == tokens[i]->getStopIndex() + 1 &&
                         next->getType() != antlr4::Token::EOF &&
                         is_word_character(text[next->getStartIndex()]);
      if (glued) report_glued(tokens[i], next, text, reporter);
    }
    if (reporter.mistakes() != mistakes) lines.insert(line);
  }
  return lines;
}

std::set<size_t> check_matrix_signs(const TokenList& tokens, Reporter& reporter) {
  std::set<size_t> lines;
  size_t open = 0, first = 0;  // brackets; the first token of the line
  for (size_t i = 0; i < tokens.last(); ++i) {
    if (tokens.is_opening(i)) ++open;
    if (tokens.is_closing(i) && open > 0) --open;
    if (tokens.first_on_line(i)) first = i;
    if (tokens.type(i) != Parser::AT || i == first || open > 0 || tokens.type(first) == Parser::AT) continue;
    const size_t before = tokens.type(i - 1);
    const bool ends_value = tokens.is_name(i - 1) || before == Parser::NUMBER || before == Parser::RPAREN ||
                            before == Parser::RBRACKET;
    if (!ends_value || !lines.insert(tokens.line(i)).second) continue;
    Diagnostic& diagnostic =
        reporter.mistake(diagnostics::syntax_error, tokens.span(i), "there is no operator `@`");
    diagnostic.help = "write the indices: `y[i, j] = sum[k] a[i, k] * b[k, j]`";
    if (const auto edit = product_of_operands(tokens.source(), tokens.span(i))) diagnostic.offer({*edit});
  }
  return lines;
}

}  // namespace kiln::syntax
