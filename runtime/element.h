#pragma once

#include <stdint.h>

namespace kiln::runtime {

struct ElementRow {
  const char* name;         // as in a .model file
  int32_t bytes;            // in memory, and its alignment
  const char* safetensors;  // its name in weights files; null if they have none
};

/// The row of a kiln_element; null for a number that is none.
const ElementRow* element_row(int32_t element);

/// The kiln_element of a name in a weights file, or -1.
int32_t element_of_safetensors(const char* name, uint64_t size);

}  // namespace kiln::runtime
