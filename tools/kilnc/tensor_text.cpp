#include "tensor_text.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "npy_file.h"

namespace kiln::tools {
namespace {

using nlohmann::json;

constexpr size_t most_axes = 16;

/// Appends the numbers of a nested list; false if it is ragged, too deep or holds something else.
bool flatten(const json& value, size_t depth, std::vector<int64_t>& extents, std::vector<json>& numbers) {
  if (depth > most_axes) return false;
  if (!value.is_array()) {
    numbers.push_back(value);
    return depth == extents.size() && (value.is_number() || value.is_boolean());
  }
  const auto size = static_cast<int64_t>(value.size());
  if (extents.size() == depth) {
    if (!numbers.empty()) return false;
    extents.push_back(size);
  }
  if (extents[depth] != size) return false;
  for (const json& part : value)
    if (!flatten(part, depth + 1, extents, numbers)) return false;
  return true;
}

std::string scalar_text(Scalar value, ElementType element) {
  if (element == ElementType::boolean) return value.integer ? "true" : "false";
  if (is_float(element))
    return element == ElementType::f64 ? fmt::format("{}", value.real)
                                       : fmt::format("{}", static_cast<float>(value.real));
  return element == ElementType::u64 ? std::to_string(static_cast<uint64_t>(value.integer))
                                     : std::to_string(value.integer);
}

void append(const graph::Tensor& tensor, size_t axis, int64_t& flat, bool all, std::string& text) {
  if (axis == tensor.extents.size()) {
    text += scalar_text(tensor.at(flat++), tensor.element);
    return;
  }
  constexpr int64_t shown_ends = 4;
  const int64_t extent = tensor.extents[axis];
  int64_t below = 1;
  for (size_t i = axis + 1; i < tensor.extents.size(); ++i) below *= tensor.extents[i];
  const bool is_last = axis + 1 == tensor.extents.size();
  text += "[";
  for (int64_t i = 0; i < extent; ++i) {
    if (i > 0) text += is_last ? ", " : ",\n" + std::string(axis + 1, ' ');
    if (!all && extent > 2 * shown_ends + 2 && i == shown_ends) {
      text += "...";
      flat += (extent - 2 * shown_ends) * below;
      i = extent - shown_ends - 1;
      continue;
    }
    append(tensor, axis + 1, flat, all, text);
  }
  text += "]";
}

}  // namespace

std::variant<graph::Tensor, std::string> parse_tensor(const std::string& text, ElementType element) {
  if (text.starts_with("@")) {
    auto read = read_npy(text.substr(1));
    if (auto* tensor = std::get_if<graph::Tensor>(&read); tensor && tensor->element != element)
      return fmt::format("{}: holds {}, expected {}", text.substr(1), name_of(tensor->element),
                         name_of(element));
    return read;
  }
  const json value = json::parse(text, nullptr, false);
  std::vector<int64_t> extents;
  std::vector<json> numbers;
  if (value.is_discarded() || !flatten(value, 0, extents, numbers))
    return "`" + text + "` is not a number, a nested list of numbers or @FILE.npy";
  graph::Tensor tensor(element, extents);
  for (size_t i = 0; i < numbers.size(); ++i) {
    const json& number = numbers[i];
    if (number.is_number_float() && !is_float(element))
      return "`" + number.dump() + "` is not a value of type " + std::string(name_of(element));
    Scalar scalar;
    if (is_float(element)) {
      scalar = convert(Scalar::of_real(number.is_boolean() ? number.get<bool>() : number.get<double>()),
                       ElementType::f64, element);
    } else {
      const int64_t integer = number.is_boolean() ? number.get<bool>() : number.get<int64_t>();
      scalar = convert(Scalar::of_integer(integer), ElementType::i64, element);
      const bool is_above_i64 = number.is_number_unsigned() && number.get<uint64_t>() > uint64_t{INT64_MAX};
      const bool is_u64 = element == ElementType::u64;
      if (convert(scalar, element, ElementType::i64).integer != integer || (is_above_i64 && !is_u64) ||
          (is_u64 && integer < 0 && !is_above_i64))
        return "`" + number.dump() + "` does not fit " + std::string(name_of(element));
    }
    tensor.set(static_cast<int64_t>(i), scalar);
  }
  return tensor;
}

std::string tensor_text(const graph::Tensor& tensor, bool all) {
  std::string text;
  int64_t flat = 0;
  append(tensor, 0, flat, all, text);
  return text;
}

}  // namespace kiln::tools
