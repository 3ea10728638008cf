#include "memory.h"

#include <stdlib.h>
#include <sys/mman.h>

namespace kiln::runtime {
namespace {

/// Pages of this size keep the addresses of large weights at hand: their number in pages of 4 KiB goes far
/// beyond what a core looks up at once. Smaller blocks would waste too much of one.
constexpr size_t huge_page = size_t{2} << 20;
constexpr size_t large_block = 2 * huge_page;

void* allocate_from_libc(void*, size_t bytes, size_t alignment) {
  const bool is_large = bytes >= large_block;
  void* memory = nullptr;
  if (posix_memalign(&memory, is_large ? huge_page : alignment, bytes) != 0) return nullptr;
  if (is_large) madvise(memory, bytes, MADV_HUGEPAGE);  // where the system has none, all is as before
  return memory;
}

void release_to_libc(void*, void* memory, size_t) { free(memory); }

}  // namespace

Memory::Memory() : hooks_{sizeof(kiln_allocator), nullptr, allocate_from_libc, release_to_libc} {}

void* Memory::allocate(size_t bytes) const {
  return hooks_.allocate(hooks_.user, bytes == 0 ? 1 : bytes, memory_alignment);
}

void Memory::release(void* memory, size_t bytes) const {
  if (memory != nullptr) hooks_.release(hooks_.user, memory, bytes == 0 ? 1 : bytes);
}

}  // namespace kiln::runtime
