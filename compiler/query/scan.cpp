#include "query/scan.h"

#include <algorithm>
#include <array>

namespace kiln::query {

namespace {

constexpr std::array<std::string_view, 12> long_signs = {
    "...", "..", "->", "+=", "-=", "*=", "/=", "==", "!=", "<=", ">=", "&&"};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

size_t end_of_number(std::string_view text, size_t at) {
  while (at < text.size() && is_word_byte(text[at])) ++at;
  if (at + 1 < text.size() && text[at] == '.' && is_digit(text[at + 1])) {
    ++at;
    while (at < text.size() && is_word_byte(text[at])) ++at;
  }
  const bool has_exponent = at > 0 && (text[at - 1] == 'e' || text[at - 1] == 'E');
  if (has_exponent && at + 1 < text.size() && (text[at] == '-' || text[at] == '+') &&
      is_digit(text[at + 1])) {
    ++at;
    while (at < text.size() && is_digit(text[at])) ++at;
  }
  return at;
}

size_t end_of_string(std::string_view text, size_t at) {
  for (++at; at < text.size() && text[at] != '\n'; ++at) {
    if (text[at] == '"') return at + 1;
    if (text[at] == '\\' && at + 1 < text.size() && text[at + 1] != '\n') ++at;
  }
  return at;
}

size_t end_of_sign(std::string_view text, size_t at) {
  for (const std::string_view sign : long_signs) {
    if (text.substr(at, sign.size()) == sign) return at + sign.size();
  }
  return at + 1;
}

}  // namespace

std::vector<Piece> scan(std::string_view text) {
  std::vector<Piece> pieces;
  for (size_t at = 0; at < text.size();) {
    const char c = text[at];
    if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
      ++at;
      continue;
    }
    size_t end = at;
    Piece::Kind kind = Piece::Kind::sign;
    if (text.substr(at, 2) == "//") {
      kind = Piece::Kind::comment;
      end = std::min(text.find('\n', at), text.size());
    } else if (c == '"') {
      kind = Piece::Kind::string;
      end = end_of_string(text, at);
    } else if (is_digit(c)) {
      kind = Piece::Kind::number;
      end = end_of_number(text, at);
    } else if (is_word_byte(c)) {
      kind = Piece::Kind::word;
      while (end < text.size() && is_word_byte(text[end])) ++end;
    } else {
      end = end_of_sign(text, at);
    }
    pieces.push_back({kind, static_cast<uint32_t>(at), static_cast<uint32_t>(end)});
    at = end;
  }
  return pieces;
}

}  // namespace kiln::query
