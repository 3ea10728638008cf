#pragma once

#include <stdint.h>

#include "image.h"

namespace kiln::runtime {

/// What a handle is, so that one kind passed for another, or a freed one, is noticed.
enum class HandleKind : uint64_t {
  context = 0x747865746e6f436bull,  // "kContext" and so on in memory
  model = 0x6c65646f4d6b6b6bull,
  plan = 0x6e616c506b6b6b6bull,
  freed = 0
};

/// The first two words of every object that the host holds, in this order in all versions of Kiln: a library
/// must be able to look at the handle of another one and see that it is foreign.
struct Handle {
  const kiln_image_module* image;
  HandleKind kind;
};

inline bool is_handle(const Handle* handle, const kiln_image_module* image, HandleKind kind) {
  return handle != nullptr && handle->image == image && handle->kind == kind;
}

}  // namespace kiln::runtime
