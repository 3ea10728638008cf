#include "syntax/operands.h"

#include <cctype>
#include <string>

namespace kiln::syntax {

namespace {

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.'; }
bool is_opening(char c) { return c == '(' || c == '['; }
bool is_closing(char c) { return c == ')' || c == ']'; }

/// Words that stand before an operand and are none.
bool is_keyword(std::string_view word) {
  for (const std::string_view keyword : {"return", "if", "else", "and", "or", "not", "let", "var", "for",
                                         "where", "assert", "while", "in", "fn"})
    if (word == keyword) return true;
  return false;
}

/// The operand that ends at `end`.
std::optional<size_t> begin_of_operand(std::string_view text, size_t end) {
  size_t at = end;
  while (at > 0 && is_closing(text[at - 1])) {
    int depth = 0;
    do {
      --at;
      if (text[at] == '\n') return std::nullopt;
      if (is_closing(text[at])) ++depth;
      if (is_opening(text[at])) --depth;
    } while (at > 0 && depth > 0);
    if (depth > 0) return std::nullopt;
  }
  while (at > 0 && is_word(text[at - 1])) --at;
  if (at == end || is_keyword(text.substr(at, end - at))) return std::nullopt;
  return at;
}

/// The operand that begins at `begin`.
std::optional<size_t> end_of_operand(std::string_view text, size_t begin) {
  size_t at = begin;
  if (at < text.size() && text[at] == '-') ++at;
  while (at < text.size() && is_word(text[at])) ++at;
  while (at < text.size() && is_opening(text[at])) {
    int depth = 0;
    do {
      if (text[at] == '\n') return std::nullopt;
      if (is_opening(text[at])) ++depth;
      if (is_closing(text[at])) --depth;
      ++at;
    } while (at < text.size() && depth > 0);
    if (depth > 0) return std::nullopt;
  }
  if (at == begin || is_keyword(text.substr(begin, at - begin))) return std::nullopt;
  return at;
}

struct Operands {
  Span whole;
  std::string left, right;
};

std::optional<Operands> operands_of(std::string_view text, Span sign) {
  size_t end = sign.begin, begin = sign.end;
  while (end > 0 && text[end - 1] == ' ') --end;
  while (begin < text.size() && text[begin] == ' ') ++begin;
  const auto first = begin_of_operand(text, end);
  const auto last = end_of_operand(text, begin);
  if (!first || !last) return std::nullopt;
  return Operands{{sign.file, static_cast<uint32_t>(*first), static_cast<uint32_t>(*last)},
                  std::string(text.substr(*first, end - *first)),
                  std::string(text.substr(begin, *last - begin))};
}

/// `a` for `(a)`.
std::string without_parentheses(const std::string& text) {
  if (text.size() < 2 || text.front() != '(') return text;
  const bool is_one = text.find('(', 1) == std::string::npos && text.find(')') == text.size() - 1;
  return is_one ? text.substr(1, text.size() - 2) : text;
}

bool is_name(const std::string& text) {
  for (const char c : text)
    if (!is_word(c)) return false;
  return !text.empty() && std::isdigit(static_cast<unsigned char>(text[0])) == 0;
}

}  // namespace

std::optional<Edit> power_of_operands(std::string_view text, Span sign) {
  const auto operands = operands_of(text, sign);
  if (!operands) return std::nullopt;
  return Edit{operands->whole, "pow(" + without_parentheses(operands->left) + ", " +
                                   without_parentheses(operands->right) + ")"};
}

std::optional<Edit> product_of_operands(std::string_view text, Span sign) {
  const auto operands = operands_of(text, sign);
  if (!operands || !is_name(operands->left) || !is_name(operands->right)) return std::nullopt;
  return Edit{operands->whole,
              "(for[i, j] sum[k] " + operands->left + "[i, k] * " + operands->right + "[k, j])"};
}

}  // namespace kiln::syntax
