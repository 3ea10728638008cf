#include "place_buffers.h"

#include "sort.h"

namespace kiln::runtime {
namespace {

constexpr int64_t greatest_arena = int64_t{1} << 62;

bool alive_together(const Lifetime& a, const Lifetime& b) {
  return a.first_kernel <= b.last_kernel && b.first_kernel <= a.last_kernel;
}

}  // namespace

int64_t place_buffers(Lifetime* buffers, int32_t count, int32_t* order) {
  for (int32_t i = 0; i < count; ++i) order[i] = i;
  sort(order, static_cast<size_t>(count), [&](int32_t a, int32_t b) {
    if (buffers[a].bytes != buffers[b].bytes) return buffers[a].bytes > buffers[b].bytes;
    return a < b;
  });
  // order[0..placed) holds the placed buffers by offset, order[placed..) the others by size.
  int64_t end = 0;
  for (int32_t placed = 0; placed < count; ++placed) {
    const int32_t current = order[placed];
    Lifetime& buffer = buffers[current];
    if (buffer.bytes > greatest_arena) return -1;
    int64_t offset = 0;
    for (int32_t i = 0; i < placed; ++i) {
      const Lifetime& other = buffers[order[i]];
      if (!alive_together(buffer, other) || other.bytes == 0) continue;
      if (offset + buffer.bytes <= other.offset) break;
      if (other.offset + other.bytes > offset) offset = other.offset + other.bytes;
    }
    if (offset > greatest_arena - buffer.bytes) return -1;
    buffer.offset = offset;
    if (offset + buffer.bytes > end) end = offset + buffer.bytes;
    int32_t at = placed;
    for (; at > 0 && buffers[order[at - 1]].offset > offset; --at) order[at] = order[at - 1];
    order[at] = current;
  }
  return end;
}

}  // namespace kiln::runtime
