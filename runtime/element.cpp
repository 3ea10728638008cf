#include "element.h"

#include <string.h>

namespace kiln::runtime {
namespace {

// In the order of kiln_element. The 4-bit types take a byte each in memory; safetensors packs them, so they
// have none.
constexpr ElementRow element_table[] = {
    {"bool", 1, "BOOL"}, {"i8", 1, "I8"},          {"i16", 2, "I16"},        {"i32", 4, "I32"},
    {"i64", 8, "I64"},   {"u8", 1, "U8"},          {"u16", 2, "U16"},        {"u32", 4, "U32"},
    {"u64", 8, "U64"},   {"f16", 2, "F16"},        {"bf16", 2, "BF16"},      {"f32", 4, "F32"},
    {"f64", 8, "F64"},   {"f8e4m3", 1, "F8_E4M3"}, {"f8e5m2", 1, "F8_E5M2"}, {"i4", 1, nullptr},
    {"u4", 1, nullptr},
};
constexpr int32_t element_count = sizeof(element_table) / sizeof(element_table[0]);

}  // namespace

const ElementRow* element_row(int32_t element) {
  return element >= 0 && element < element_count ? &element_table[element] : nullptr;
}

int32_t element_of_safetensors(const char* name, uint64_t size) {
  for (int32_t element = 0; element < element_count; ++element) {
    const char* known = element_table[element].safetensors;
    if (known != nullptr && strlen(known) == size && memcmp(known, name, size) == 0) return element;
  }
  return -1;
}

}  // namespace kiln::runtime
