#include "graph/text_scanner.h"

#include <array>

namespace kiln::graph {
namespace {

using Kind = TextToken::Kind;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
int hex_digit(char c) {
  if (is_digit(c)) return c - '0';
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

// Longer marks stand before their beginnings.
constexpr std::array<std::string_view, 23> marks = {"..", ">=", "<=", "==", "!=", "[", "]", "(",
                                                    ")",  "{",  "}",  ",",  ":",  "=", "<", ">",
                                                    "+",  "-",  "*",  "/",  "%",  "#", "?"};

}  // namespace

TextToken TextScanner::next() {
  for (; place_ < text_.size(); ++place_) {
    const char c = text_[place_];
    if (c == '\n') ++line_;
    if (c != ' ' && c != '\n' && c != '\t' && c != '\r') break;
  }
  const int line = line_;
  TextToken token = scan();
  token.line = line;
  return token;
}

TextToken TextScanner::scan() {
  if (place_ >= text_.size()) return {Kind::end, "", "", 0};
  const char c = at(0);
  if (is_letter(c)) return {Kind::word, take_word(false), "", 0};
  if (is_digit(c)) return scan_number();
  if (c == '"') return scan_string(Kind::string);
  if (c == '%' && (is_letter(at(1)) || is_digit(at(1)) || at(1) == '"')) return scan_value();
  if (c == '$' && is_digit(at(1))) {
    ++place_;
    return {Kind::definition, take_word(false), "", 0};
  }
  for (std::string_view mark : marks) {
    if (text_.substr(place_, mark.size()) != mark) continue;
    place_ += mark.size();
    return {Kind::mark, std::string(mark), "", 0};
  }
  ++place_;
  return {Kind::bad, "a character that means nothing here", "", 0};
}

std::string TextScanner::take_word(bool dotted) {
  const size_t begin = place_;
  while (is_letter(at(0)) || is_digit(at(0)) || (dotted && at(0) == '.' && is_letter(at(1)))) ++place_;
  return std::string(text_.substr(begin, place_ - begin));
}

TextToken TextScanner::scan_value() {
  ++place_;
  TextToken token{Kind::value, "", "", 0};
  if (at(0) == '"') {
    token = scan_string(Kind::odd_value);
    if (token.kind == Kind::bad) return token;
  } else {
    token.text = take_word(true);
  }
  if (at(0) == '#' && is_digit(at(1))) {
    ++place_;
    token.suffix = take_word(false);
  }
  return token;
}

TextToken TextScanner::scan_string(Kind kind) {
  std::string text;
  for (++place_; place_ < text_.size(); ++place_) {
    const char c = at(0);
    if (c == '"') {
      ++place_;
      return {kind, text, "", 0};
    }
    if (c == '\n') break;
    if (c != '\\') {
      text += c;
    } else if (at(1) == 'x' && hex_digit(at(2)) >= 0 && hex_digit(at(3)) >= 0) {
      text += static_cast<char>(16 * hex_digit(at(2)) + hex_digit(at(3)));
      place_ += 3;
    } else if (at(1) == '"' || at(1) == '\\') {
      text += at(1);
      ++place_;
    } else {
      return {Kind::bad, "an escape that means nothing", "", 0};
    }
  }
  return {Kind::bad, "a string without its end", "", 0};
}

TextToken TextScanner::scan_number() {
  const size_t begin = place_;
  while (is_digit(at(0))) ++place_;
  if (at(0) == '.' && is_digit(at(1))) {
    ++place_;
    while (is_digit(at(0))) ++place_;
  }
  const size_t sign = at(1) == '-' || at(1) == '+' ? 1 : 0;
  if (at(0) == 'e' && is_digit(at(1 + sign))) {
    place_ += 1 + sign;
    while (is_digit(at(0))) ++place_;
  }
  return {Kind::number, std::string(text_.substr(begin, place_ - begin)), "", 0};
}

}  // namespace kiln::graph
