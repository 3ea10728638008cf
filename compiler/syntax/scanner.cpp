#include "syntax/scanner.h"

#include <algorithm>
#include <array>
#include <vector>

#include "KilnParser.h"

namespace kiln::syntax {

namespace {

using Parser = grammar::KilnParser;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_in_name(char c) { return is_letter(c) || is_digit(c); }
bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }
bool is_in_line(char c) { return c != '\r' && c != '\n'; }
bool is_in_hexadecimal(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || c == '_';
}

struct Literal {
  std::string text;
  size_t type;
};

/// What the grammar writes out: its words, and its signs, by their first byte, the longest first.
struct Literals {
  std::vector<Literal> words;  // in the order of their texts
  std::array<std::vector<Literal>, 128> signs;

  Literals() {
    Parser parser(nullptr);  // the lexer has the same words, and tables of its own that are not needed
    const antlr4::dfa::Vocabulary& vocabulary = parser.getVocabulary();
    for (size_t type = 1; type <= vocabulary.getMaxTokenType(); ++type) {
      const std::string quoted = vocabulary.getLiteralName(type);
      if (quoted.size() < 3) continue;
      Literal literal{quoted.substr(1, quoted.size() - 2), type};
      if (is_letter(literal.text[0]))
        words.push_back(std::move(literal));
      else
        signs[static_cast<size_t>(literal.text[0])].push_back(std::move(literal));
    }
    std::sort(words.begin(), words.end(), [](const Literal& a, const Literal& b) { return a.text < b.text; });
    for (std::vector<Literal>& same : signs) {
      std::sort(same.begin(), same.end(),
                [](const Literal& a, const Literal& b) { return a.text.size() > b.text.size(); });
    }
  }

  size_t type_of_word(std::string_view text) const {
    const auto found = std::lower_bound(words.begin(), words.end(), text,
                                        [](const Literal& a, std::string_view b) { return a.text < b; });
    return found != words.end() && found->text == text ? found->type : size_t{Parser::IDENT};
  }
};

const Literals& literals() {
  static const Literals once;
  return once;
}

}  // namespace

Scanner::Scanner(std::string_view text, TextPlace from) : text_(text), place_(from) {
  if (place_.at == 0 && is_at(0, byte_order_mark)) place_.at = byte_order_mark.size();
}

ScannedToken Scanner::next() {
  skip_blanks();
  if (place_.at >= text_.size()) return {antlr4::Token::EOF, place_, place_.at, false};
  const Found found = find();
  const ScannedToken token{found.type, place_, found.end,
                           found.type == Parser::DOC || found.type == Parser::COMMENT};
  place_.at = found.end;
  return token;
}

void Scanner::skip_blanks() {
  for (; place_.at < text_.size() && is_blank(text_[place_.at]); ++place_.at) {
    if (text_[place_.at] != '\n') continue;
    ++place_.line;
    place_.line_begin = place_.at + 1;
  }
}

Scanner::Found Scanner::find() const {
  const char first = text_[place_.at];
  if (is_letter(first)) {
    const size_t end = after(place_.at + 1, is_in_name);
    return {literals().type_of_word(text_.substr(place_.at, end - place_.at)), end};
  }
  if (is_digit(first)) return {Parser::NUMBER, end_of_number()};
  if (first == '"') return find_string();
  if (is_at(place_.at, "//")) {
    const size_t type = is_at(place_.at, "///") ? Parser::DOC : Parser::COMMENT;
    return {type, after(place_.at, is_in_line)};
  }
  if (static_cast<unsigned char>(first) < 128) {
    for (const Literal& sign : literals().signs[static_cast<size_t>(first)]) {
      if (is_at(place_.at, sign.text)) return {sign.type, place_.at + sign.text.size()};
    }
  }
  return {Parser::OTHER, place_.at + 1};
}

/// From a `"` on: to the next one of the line that no `\` stands before, or as far as the line goes.
Scanner::Found Scanner::find_string() const {
  size_t at = place_.at + 1;
  while (at < text_.size() && is_in_line(text_[at])) {
    if (text_[at] == '"') return {Parser::STRING, at + 1};
    if (text_[at] != '\\') {
      ++at;
    } else if (at + 1 < text_.size() && is_in_line(text_[at + 1])) {
      at += 2;
    } else {
      break;
    }
  }
  return {Parser::UNENDED, at};
}

size_t Scanner::end_of_number() const {
  if (is_at(place_.at, "0x")) {
    const size_t end = after(place_.at + 2, is_in_hexadecimal);
    return end > place_.at + 2 ? end : place_.at + 1;
  }
  size_t end = after(place_.at, [](char c) { return is_digit(c) || c == '_'; });
  if (end + 1 < text_.size() && text_[end] == '.' && is_digit(text_[end + 1])) end = after(end + 1, is_digit);
  if (end < text_.size() && (text_[end] == 'e' || text_[end] == 'E')) {
    size_t digits = end + 1;
    if (digits < text_.size() && (text_[digits] == '+' || text_[digits] == '-')) ++digits;
    const size_t last = after(digits, is_digit);
    if (last > digits) end = last;
  }
  return end;
}

}  // namespace kiln::syntax
