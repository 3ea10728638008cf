#pragma once

#include <cstdint>

#include "base/element_type.h"

namespace kiln {

/// One value of any element type. Integers and bools stand in `integer` (u64 by its bits), floats in `real`;
/// a value of f32, f16 or bf16 is kept rounded to its type. The unused member is 0, so that equal values are
/// equal objects.
struct Scalar {
  int64_t integer = 0;
  double real = 0;

  static Scalar of_integer(int64_t value) { return {value, 0}; }
  static Scalar of_real(double value) { return {0, value}; }
  /// Bitwise: NaN equals itself, 0.0 and -0.0 differ.
  friend bool operator==(const Scalar& a, const Scalar& b);
};

/// The value as an element of `to`: integers wrap, float to integer truncates and saturates (NaN gives 0), to
/// a smaller float rounds to nearest even, to bool is `!= 0`.
Scalar convert(Scalar value, ElementType from, ElementType to);

/// The value modulo the range of an integer type; bool is `!= 0`.
int64_t wrap(int64_t value, ElementType type);
/// The ends of a type's range: infinities for floats.
Scalar lowest_of(ElementType type);
Scalar highest_of(ElementType type);

/// Reads or writes one element in memory; i4 and u4 take a byte each, whose other bits do not matter.
Scalar load(const void* address, ElementType type);
void store(void* address, ElementType type, Scalar value);

}  // namespace kiln
