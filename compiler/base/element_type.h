#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace kiln {

/// The element of a tensor. The order is that of `element_type_table`, and of `kiln_element` in kiln.h.
enum class ElementType : uint8_t {
  boolean,
  i8,
  i16,
  i32,
  i64,
  u8,
  u16,
  u32,
  u64,
  f16,
  bf16,
  f32,
  f64,
  f8e4m3,
  f8e5m2,
  i4,
  u4,  // storage only: cast before arithmetic
};

enum class ElementKind : uint8_t { boolean, signed_integer, unsigned_integer, floating };

struct ElementTypeRow {
  ElementType type;
  std::string_view name;  // as written in a .model file
  ElementKind kind;
  int bits;
  bool storage_only;
};

/// One row for each element type; the only list of them.
const ElementTypeRow& row_of(ElementType type);
std::optional<ElementType> element_type_named(std::string_view name);

inline std::string_view name_of(ElementType type) { return row_of(type).name; }
inline bool is_float(ElementType type) { return row_of(type).kind == ElementKind::floating; }
inline bool is_integer(ElementType type) {
  return row_of(type).kind == ElementKind::signed_integer ||
         row_of(type).kind == ElementKind::unsigned_integer;
}
inline bool is_number(ElementType type) { return type != ElementType::boolean; }
/// Bytes of one element in memory; storage-only types of 4 bits count as 1 byte.
inline int size_of(ElementType type) { return (row_of(type).bits + 7) / 8; }

}  // namespace kiln
