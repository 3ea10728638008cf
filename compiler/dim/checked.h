#pragma once

#include <cstdint>

namespace kiln::dim {

/// False if the result leaves 64 bits, or is the one number whose negative does.
inline bool add_checked(int64_t a, int64_t b, int64_t& result) {
  return !__builtin_add_overflow(a, b, &result) && result != INT64_MIN;
}
inline bool subtract_checked(int64_t a, int64_t b, int64_t& result) {
  return !__builtin_sub_overflow(a, b, &result) && result != INT64_MIN;
}
inline bool multiply_checked(int64_t a, int64_t b, int64_t& result) {
  return !__builtin_mul_overflow(a, b, &result) && result != INT64_MIN;
}

/// Rounds down; the divisor is not 0.
inline int64_t floor_divide(int64_t a, int64_t b) {
  const int64_t quotient = a / b;
  return a % b != 0 && (a < 0) != (b < 0) ? quotient - 1 : quotient;
}

}  // namespace kiln::dim
