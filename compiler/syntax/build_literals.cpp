#include <algorithm>
#include <charconv>
#include <limits>

#include "syntax/tree_builder.h"

namespace kiln::syntax {

namespace {

constexpr int hexadecimal = 16;

/// The digits without `_` and `0x`.
std::string digits_of(std::string_view text, int& base) {
  base = 10;
  if (text.substr(0, 2) == "0x") {
    base = hexadecimal;
    text.remove_prefix(2);
  }
  std::string digits(text);
  digits.erase(std::remove(digits.begin(), digits.end(), '_'), digits.end());
  return digits;
}

double value_of(const std::string& digits, int base, bool& overflows) {
  if (base == hexadecimal) {
    double value = 0;
    for (const char digit : digits) {
      const int lower = digit | 0x20;
      value = value * hexadecimal + (digit <= '9' ? digit - '0' : lower - 'a' + 10);
    }
    overflows = value > std::numeric_limits<double>::max();
    return value;
  }
  double value = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (read.ec != std::errc::result_out_of_range) return value;
  // Too small is 0; too large shows in an exponent without a minus, or in none.
  overflows = digits.find('-') == std::string::npos;
  return overflows ? std::numeric_limits<double>::infinity() : 0;
}

struct Escape {
  char letter, value;
};

constexpr Escape escapes[] = {{'n', '\n'}, {'t', '\t'}, {'r', '\r'}, {'0', '\0'}, {'\\', '\\'}, {'"', '"'}};

}  // namespace

ExpressionPtr TreeBuilder::number(antlr4::tree::TerminalNode* token) {
  auto node = std::make_unique<Number>();
  node->span = span(token);
  node->text = text(node->span);
  int base = 10;
  const std::string digits = digits_of(node->text, base);
  if (digits.empty()) {
    reporter_.mistake(diagnostics::malformed_literal, node->span, "a number without digits");
    return node;
  }
  node->is_integer = base == hexadecimal || digits.find_first_of(".eE") == std::string::npos;
  if (node->is_integer)
    node->fits_integer =
        std::from_chars(digits.data(), digits.data() + digits.size(), node->integer, base).ec == std::errc();
  bool overflows = false;
  node->value = value_of(digits, base, overflows);
  if (overflows)
    reporter_.mistake(diagnostics::malformed_literal, node->span, "no type can hold this number").help =
        "the largest float is about 1.8e308; infinity is `inf`";
  return node;
}

std::string TreeBuilder::string_value(antlr4::tree::TerminalNode* token) {
  const Span place = span(token);
  const std::string_view written = text(place);
  std::string value;
  for (size_t i = 1; i + 1 < written.size(); ++i) {
    if (written[i] != '\\') {
      value += written[i];
      continue;
    }
    const char letter = written[++i];
    const auto* row = std::find_if(std::begin(escapes), std::end(escapes),
                                   [letter](Escape e) { return e.letter == letter; });
    if (row == std::end(escapes)) {
      const size_t begin = place.begin + i - 1;
      reporter_
          .mistake(diagnostics::malformed_literal, reporter_.span(begin, begin + 2),
                   "an unknown escape in a string")
          .help = "there are `\\n`, `\\t`, `\\r`, `\\0`, `\\\\` and `\\\"`";
      continue;
    }
    value += row->value;
  }
  return value;
}

}  // namespace kiln::syntax
