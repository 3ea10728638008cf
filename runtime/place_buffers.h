#pragma once

#include <stdint.h>

namespace kiln::runtime {

/// A piece of work memory: alive from its first to its last kernel, both included.
struct Lifetime {
  int64_t bytes;  // a multiple of 64
  int32_t first_kernel;
  int32_t last_kernel;
  int64_t offset;  // the result, a multiple of 64; -1 before
};

/// Gives each buffer an offset such that no two that are alive together overlap, the largest first, each as
/// low as it fits. `order` is scratch of `count` elements. Returns the end of the highest one: the exact size
/// of the arena; -1 if that leaves 62 bits.
int64_t place_buffers(Lifetime* buffers, int32_t count, int32_t* order);

}  // namespace kiln::runtime
