#pragma once

#include <xmmintrin.h>

namespace kiln::runtime {

/// Kernels mean what the language says whatever rounding, flushing or traps the host has set: the default
/// mode of the vector unit for a scope.
class DefaultFloatMode {
 public:
  DefaultFloatMode() : former_(_mm_getcsr()) { _mm_setcsr(0x1f80); }
  ~DefaultFloatMode() { _mm_setcsr(former_); }
  DefaultFloatMode(const DefaultFloatMode&) = delete;
  DefaultFloatMode& operator=(const DefaultFloatMode&) = delete;

 private:
  unsigned former_;
};

}  // namespace kiln::runtime
