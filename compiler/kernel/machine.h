#pragma once

#include <cstdint>
#include <string>

#include "base/element_type.h"

namespace kiln::kernel {

/// What a schedule needs to know of a target. Two machines give programs with the same kernels and the same
/// argument, constant and arena buffers; only what stands inside the kernels differs.
struct Machine {
  /// Lanes up to so many elements apart are read, and where stores have masks written, with whatever lies
  /// between them.
  static constexpr int64_t near_stride = 4;

  std::string name;      // "x86-64-v4"
  int vector_bytes;      // of one register
  int vector_registers;  // that code may name
  int fma_per_cycle;     // vector multiply-adds
  int64_t l1_bytes;      // data cache of one core
  int64_t l2_bytes;

  int lanes(ElementType type) const { return vector_bytes / size_of(type); }
};

Machine x86_64_v3();
Machine x86_64_v4();

}  // namespace kiln::kernel
