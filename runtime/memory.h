#pragma once

#include <stddef.h>

#include "kiln/kiln.h"

namespace kiln::runtime {

constexpr size_t memory_alignment = 64;

constexpr int64_t round_up(int64_t bytes) {
  return (bytes + int64_t{memory_alignment} - 1) & -int64_t{memory_alignment};
}

/// Where all memory comes from: the host's hooks, or libc. Copied into every object that outlives its
/// context.
class Memory {
 public:
  /// The allocator of libc.
  Memory();
  /// Both hooks are there.
  explicit Memory(const kiln_allocator& hooks) : hooks_(hooks) {}

  /// Aligned to 64; null if there is none. 0 bytes count as 1, so that null always means failure.
  void* allocate(size_t bytes) const;
  /// The same size as at `allocate`; null is allowed.
  void release(void* memory, size_t bytes) const;

 private:
  kiln_allocator hooks_;
};

/// An array that is given back at the end of its scope.
template <class Element>
class Scratch {
 public:
  Scratch(const Memory& memory, size_t count)
      : memory_(memory),
        bytes_(count * sizeof(Element)),
        data_(static_cast<Element*>(memory.allocate(bytes_))) {}
  ~Scratch() { memory_.release(data_, bytes_); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  /// Null if there was no memory.
  Element* data() const { return data_; }
  Element& operator[](size_t position) const { return data_[position]; }

 private:
  const Memory& memory_;
  size_t bytes_;
  Element* data_;
};

}  // namespace kiln::runtime
