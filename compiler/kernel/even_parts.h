#pragma once

#include <algorithm>
#include <cstdint>

namespace kiln::kernel {

/// What all schedules of contractions cut their blocks by.

/// Steps of k in one run: fewer, and the sums come from memory too often.
constexpr int64_t least_steps = 256, steps_unit = 16;
/// Lanes of one block, and blocks that are enough to share out.
constexpr int64_t most_lanes_of_block = 1024, shared_blocks = 8;

inline int64_t divide_up(int64_t number, int64_t divisor) { return (number + divisor - 1) / divisor; }

/// `number` in equal parts of about `most`, a multiple of `unit`.
inline int64_t even_part(int64_t number, int64_t most, int64_t unit) {
  return divide_up(divide_up(number, std::max<int64_t>(1, divide_up(number, most))), unit) * unit;
}

/// At least `least` parts of each of `others` blocks. Few in all are a power of two, 4 where there is one
/// block, so that no worker has a part more than the others.
inline int64_t shared_parts(int64_t least, int64_t others) {
  if (least * others >= shared_blocks) return least;
  int64_t parts = others == 1 ? 4 : 2;
  while (parts < least) parts *= 2;
  return parts;
}

}  // namespace kiln::kernel
