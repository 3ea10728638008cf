#include <bit>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>

#include <fmt/format.h>

#include "base/float_format.h"
#include "graph/text_cursor.h"

namespace kiln::graph {
namespace {

using Kind = TextToken::Kind;

bool is_whole(const std::string& text) { return text.find_first_not_of("-0123456789") == std::string::npos; }

/// A number as it is written, sign included; nan with its bits.
struct Written {
  std::string text;  // empty: a special value, in `real`
  double real = 0;
};

Written read_written(TextCursor& cursor) {
  const std::string sign = cursor.accept("-") ? "-" : "";
  if (cursor.at(Kind::number)) return {sign + cursor.take().text, 0};
  if (cursor.accept_word("inf")) return {"", sign.empty() ? HUGE_VAL : -HUGE_VAL};
  if (!cursor.accept_word("nan")) {
    cursor.fail_here(fmt::format("a number expected, not `{}`", cursor.token().text));
    return {};
  }
  if (!cursor.accept("(")) return {"", std::numeric_limits<double>::quiet_NaN()};
  std::string digits;
  while (cursor.at(Kind::number) || cursor.at(Kind::word)) digits += cursor.take().text;
  cursor.expect(")");
  uint64_t bits = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), bits, 16);
  const double value = std::bit_cast<double>(bits);
  if (error != std::errc() || end != digits.data() + digits.size() || value == value)
    cursor.fail("not the bits of a NaN");
  return {"", value};
}

Scalar to_scalar(TextCursor& cursor, const Written& written, ElementType type) {
  if (is_float(type)) {
    const double value = written.text.empty() ? written.real : std::strtod(written.text.c_str(), nullptr);
    return Scalar::of_real(round_to(value, type));
  }
  int64_t integer = 0;
  uint64_t natural = 0;
  const char* begin = written.text.data();
  const char* end = begin + written.text.size();
  const bool is_natural = row_of(type).kind == ElementKind::unsigned_integer;
  const auto result =
      is_natural ? std::from_chars(begin, end, natural) : std::from_chars(begin, end, integer);
  if (is_natural) integer = static_cast<int64_t>(natural);
  if (begin == end || result.ec != std::errc() || result.ptr != end || wrap(integer, type) != integer ||
      type == ElementType::boolean)
    cursor.fail(fmt::format("`{}` is not a value of {}", written.text, name_of(type)));
  return Scalar::of_integer(integer);
}

}  // namespace

bool at_literal(const TextCursor& cursor) {
  return cursor.at(Kind::number) || cursor.at_mark("-") || cursor.at_word("true") ||
         cursor.at_word("false") || cursor.at_word("nan") || cursor.at_word("inf");
}

Scalar read_scalar(TextCursor& cursor, ElementType type) {
  if (type != ElementType::boolean) return to_scalar(cursor, read_written(cursor), type);
  if (cursor.accept_word("true")) return Scalar::of_integer(1);
  cursor.expect_word("false");
  return Scalar::of_integer(0);
}

std::pair<ElementType, Scalar> read_literal(TextCursor& cursor) {
  if (cursor.at_word("true") || cursor.at_word("false"))
    return {ElementType::boolean, read_scalar(cursor, ElementType::boolean)};
  const Written written = read_written(cursor);
  ElementType type = !written.text.empty() && is_whole(written.text) ? ElementType::i64 : ElementType::f32;
  if (cursor.accept(":")) {
    const std::string name = cursor.word("an element type");
    const std::optional<ElementType> element = element_type_named(name);
    if (!element) cursor.fail(fmt::format("`{}` is not an element type", name));
    type = element.value_or(type);
  }
  return {type, to_scalar(cursor, written, type)};
}

}  // namespace kiln::graph
