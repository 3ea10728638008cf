#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "graph/text_cursor.h"

namespace kiln::graph {

using Kind = TextToken::Kind;

bool DimReader::is_dim(const std::string& name) const {
  return std::find(dims_.begin(), dims_.end(), name) != dims_.end();
}

dim::Dim DimReader::dim() {
  const NestingLevel nesting(cursor_, depth_);
  // A sign at the front belongs to the first factor, a minus between to the whole product behind it.
  dim::Dim sum = product(cursor_.accept("-"), false);
  while (cursor_.at_mark("+") || cursor_.at_mark("-")) sum = sum + product(cursor_.take().text == "-", true);
  return sum;
}

dim::Dim DimReader::product(bool negative, bool as_a_whole) {
  dim::Dim result = factor(negative);
  while (cursor_.at_mark("*") || cursor_.at_mark("/") || cursor_.at_mark("%")) {
    const std::string operation = cursor_.take().text;
    const dim::Dim right = factor(false);
    if (operation == "*") {
      result = result * right;
    } else if (right.constant().value_or(1) < 1) {
      cursor_.fail("a divisor must be at least 1");
    } else if (negative && as_a_whole) {
      // The sign was taken into the first factor.
      const dim::Dim left = -1 * result;
      result = -1 * (operation == "/" ? left / right : left % right);
    } else {
      result = operation == "/" ? result / right : result % right;
    }
  }
  return result;
}

/// With the sign, since the least integer has no positive counterpart.
dim::Dim DimReader::factor(bool negative) {
  if (cursor_.at(Kind::number)) {
    const std::string text = (negative ? "-" : "") + cursor_.token().text;
    int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size())
      cursor_.fail(fmt::format("`{}` is not an integer of 64 bits", text));
    cursor_.take();
    return number;
  }
  dim::Dim value;
  if (cursor_.accept("(")) {
    value = dim();
    cursor_.expect(")");
  } else {
    const std::string name = cursor_.word("a dim");
    if (cursor_.at_mark("(")) {
      value = extreme(name);
    } else if (is_dim(name)) {
      value = dim::Dim::symbol(name);
    } else {
      cursor_.fail(fmt::format("`{}` is not a dim of the function", name));
    }
  }
  return negative ? -1 * value : value;
}

dim::Dim DimReader::extreme(const std::string& name) {
  if (name != "min" && name != "max") {
    cursor_.fail(fmt::format("`{}` is not a function on dims", name));
    return 0;
  }
  cursor_.expect("(");
  dim::Dim value = dim();
  while (cursor_.accept(",")) value = name == "min" ? min(value, dim()) : max(value, dim());
  cursor_.expect(")");
  return value;
}

dim::Condition DimReader::condition() {
  const NestingLevel nesting(cursor_, depth_);
  dim::Condition condition;
  if (cursor_.at_word("both") || cursor_.at_word("either")) {
    condition.kind =
        cursor_.take().text == "both" ? dim::Condition::Kind::both : dim::Condition::Kind::either;
    cursor_.expect("(");
    if (cursor_.accept(")")) return condition;
    do condition.operands.push_back(this->condition());
    while (cursor_.accept(","));
    cursor_.expect(")");
    return condition;
  }
  const dim::Dim left = dim();
  const std::string comparison = cursor_.take().text;
  const dim::Dim right = dim();
  if (comparison == "==" || comparison == "!=") {
    condition.kind =
        comparison == "==" ? dim::Condition::Kind::equal_zero : dim::Condition::Kind::not_equal_zero;
    condition.value = left - right;
  } else if (comparison == ">=" || comparison == ">") {
    condition.value = left - right - (comparison == ">" ? 1 : 0);
  } else if (comparison == "<=" || comparison == "<") {
    condition.value = right - left - (comparison == "<" ? 1 : 0);
  } else {
    cursor_.fail(fmt::format("a comparison expected, not `{}`", comparison));
  }
  return condition;
}

Type DimReader::type() {
  Type type;
  const std::string name = cursor_.word("an element type");
  if (const std::optional<ElementType> element = element_type_named(name)) {
    type.element = *element;
  } else {
    cursor_.fail(fmt::format("`{}` is not an element type", name));
  }
  if (!cursor_.accept("[")) return type;
  do type.shape.push_back(dim());
  while (cursor_.accept(","));
  cursor_.expect("]");
  return type;
}

}  // namespace kiln::graph
