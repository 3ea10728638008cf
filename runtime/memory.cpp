#include "memory.h"

#include <stdlib.h>

namespace kiln::runtime {
namespace {

void* allocate_from_libc(void*, size_t bytes, size_t alignment) {
  void* memory = nullptr;
  return posix_memalign(&memory, alignment, bytes) == 0 ? memory : nullptr;
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
