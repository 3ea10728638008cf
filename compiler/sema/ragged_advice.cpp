#include "sema/ragged_advice.h"

#include <algorithm>

#include <fmt/format.h>

#include "sema/ragged.h"

namespace kiln::sema {

namespace {

bool is_ragged(const Type& type) {
  return type.is_tensor() &&
         std::any_of(type.shape.begin(), type.shape.end(), [](const Axis& axis) { return axis.is_ragged; });
}

/// The axis of the rows and that of the places in one, as a type has them: "b: B", "b", "len[b]", "len".
struct Rows {
  std::string binder, index, length, lengths;
  bool found = false;
};

Rows rows_of(const Type& type) {
  Rows rows;
  if (!is_ragged(type) || type.shape.size() < 2 || !type.shape[1].is_ragged) return rows;
  const std::string text = to_string(Shape{type.shape[0], type.shape[1]});  // "[b: B, len[b]]"
  const size_t colon = text.find(": "), comma = text.find(", ");
  if (colon == std::string::npos || comma == std::string::npos || colon > comma) return rows;
  rows.binder = text.substr(1, comma - 1);
  rows.index = text.substr(1, colon - 1);
  rows.length = text.substr(comma + 2, text.size() - comma - 3);
  const std::string subscript = "[" + rows.index + "]";
  rows.found = rows.length.size() > subscript.size() && rows.length.ends_with(subscript);
  if (rows.found) rows.lengths = rows.length.substr(0, rows.length.size() - subscript.size());
  rows.found = rows.found && rows.lengths.find_first_of(" +-*/(") == std::string::npos;
  return rows;
}

/// "x" where the program has a name, else "x" for what it has.
std::string shown(std::string_view text) {
  const bool is_name = !text.empty() && text.size() < 30 && text.find_first_of(" ([+-*/\n") == text.npos;
  return is_name ? std::string(text) : "x";
}

}  // namespace

std::string advice_on_ragged(const Type& wanted, const Type& given, std::string_view text) {
  if (!wanted.is_tensor() || !given.is_tensor()) return "";
  const std::string name = shown(text);
  const Rows rows = rows_of(wanted), own = rows_of(given);
  if (rows.found && own.found && rows.lengths != own.lengths)
    return fmt::format(
        "two rows are of one length if it is the same variable, here it is `{0}` and `{1}`: hand on the "
        "same, "
        "or cut: `for[{2}, t: {3}] {4}[{5}, t else 0]`",
        rows.lengths, own.lengths, rows.binder, rows.length, name, rows.index);
  if (rows.found && !is_ragged(given)) {
    const std::string meaning = fmt::format("row {} has {} places", rows.index, rows.length);
    if (given.shape.size() == wanted.shape.size())
      return fmt::format("{}: cut them out of the padded tensor, `for[{}, t: {}] {}[{}, t]`", meaning,
                         rows.binder, rows.length, name, rows.index);
    if (given.shape.size() + 1 == wanted.shape.size())
      return fmt::format(
          "{}: say where each row begins in the flat tensor, `let first[{}] = sum[k: 0..{}] {}[k]`, and give "
          "`for[{}, t: {}] {}[first[{}] + t]`",
          meaning, rows.binder, rows.index, rows.lengths, rows.binder, rows.length, name, rows.index);
    return meaning;
  }
  if (own.found && !is_ragged(wanted) && wanted.shape.size() == given.shape.size()) {
    const std::string size = to_string(wanted.shape[1].extent);
    return fmt::format("pad the rows: `for[{0}, t: {1}] {2}[{0}, t else 0]`", own.index, size, name);
  }
  return "";
}

std::string advice_on_lengths(const dim::Dim& a, const dim::Dim& b, const std::string& index) {
  const bool a_is_data = is_data(a), b_is_data = is_data(b);
  if (!a_is_data && !b_is_data) return "";
  if (a_is_data && b_is_data)
    return fmt::format(
        "two rows are of one length if it is the same variable; else state one where `{0}` is bound, "
        "`{0}: {1}`, and read a default outside of the other: `[…, {0} else 0]`",
        index, to_string(a));
  return fmt::format(
      "rows end at {2}: to pad them state the range where `{0}` is bound, `{0}: {1}`, and read a default "
      "outside: `[…, {0} else 0]`",
      index, to_string(a_is_data ? b : a), to_string(a_is_data ? a : b));
}

}  // namespace kiln::sema
