#include "graph/print_literal.h"

#include <bit>
#include <cmath>
#include <cstdlib>
#include <limits>

#include <fmt/format.h>

#include "base/float_format.h"

namespace kiln::graph {
namespace {

bool reads_back(const std::string& text, double value, ElementType type) {
  return std::bit_cast<uint64_t>(round_to(std::strtod(text.c_str(), nullptr), type)) ==
         std::bit_cast<uint64_t>(value);
}

std::string print_real(ElementType type, double value) {
  if (std::isnan(value)) {
    const auto bits = std::bit_cast<uint64_t>(value);
    if (bits == std::bit_cast<uint64_t>(std::numeric_limits<double>::quiet_NaN())) return "nan";
    return fmt::format("nan({:016x})", bits);
  }
  if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
  std::string text = fmt::format("{}", static_cast<float>(value));
  if (!reads_back(text, value, type)) text = fmt::format("{}", value);
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

}  // namespace

std::string print_scalar(ElementType type, Scalar value) {
  switch (row_of(type).kind) {
    case ElementKind::boolean: return value.integer != 0 ? "true" : "false";
    case ElementKind::floating: return print_real(type, value.real);
    case ElementKind::unsigned_integer: return fmt::format("{}", static_cast<uint64_t>(value.integer));
    case ElementKind::signed_integer: break;
  }
  return fmt::format("{}", value.integer);
}

std::string print_literal(ElementType type, Scalar value) {
  std::string text = print_scalar(type, value);
  if (type != ElementType::i64 && type != ElementType::f32 && type != ElementType::boolean)
    text += fmt::format(":{}", name_of(type));
  return text;
}

std::string quote(std::string_view text) {
  std::string quoted = "\"";
  for (char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      quoted += '\\';
      quoted += c;
    } else if (byte < 0x20 || byte >= 0x7F) {
      quoted += fmt::format("\\x{:02x}", byte);
    } else {
      quoted += c;
    }
  }
  return quoted + '"';
}

bool is_identifier(std::string_view text) {
  if (text.empty() || (text[0] >= '0' && text[0] <= '9')) return false;
  for (char c : text)
    if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'))
      return false;
  return true;
}

}  // namespace kiln::graph
