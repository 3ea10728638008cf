#include "base/element_type.h"

#include <array>

namespace kiln {
namespace {

using enum ElementKind;

constexpr std::array<ElementTypeRow, 17> element_type_table = {{
    {ElementType::boolean, "bool", boolean, 8, false},
    {ElementType::i8, "i8", signed_integer, 8, false},
    {ElementType::i16, "i16", signed_integer, 16, false},
    {ElementType::i32, "i32", signed_integer, 32, false},
    {ElementType::i64, "i64", signed_integer, 64, false},
    {ElementType::u8, "u8", unsigned_integer, 8, false},
    {ElementType::u16, "u16", unsigned_integer, 16, false},
    {ElementType::u32, "u32", unsigned_integer, 32, false},
    {ElementType::u64, "u64", unsigned_integer, 64, false},
    {ElementType::f16, "f16", floating, 16, false},
    {ElementType::bf16, "bf16", floating, 16, false},
    {ElementType::f32, "f32", floating, 32, false},
    {ElementType::f64, "f64", floating, 64, false},
    {ElementType::f8e4m3, "f8e4m3", floating, 8, true},
    {ElementType::f8e5m2, "f8e5m2", floating, 8, true},
    {ElementType::i4, "i4", signed_integer, 4, true},
    {ElementType::u4, "u4", unsigned_integer, 4, true},
}};

}  // namespace

const ElementTypeRow& row_of(ElementType type) { return element_type_table[static_cast<size_t>(type)]; }

std::optional<ElementType> element_type_named(std::string_view name) {
  for (const ElementTypeRow& row : element_type_table)
    if (row.name == name) return row.type;
  return std::nullopt;
}

}  // namespace kiln
