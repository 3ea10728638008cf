#include "base/float_format.h"

#include <bit>
#include <cmath>
#include <limits>

#include "base/internal_check.h"

namespace kiln {
namespace {

/// A float type of at most 16 bits.
struct SmallFormat {
  int exponent_bits;
  int mantissa_bits;
  bool has_infinity;  // otherwise only the pattern of all ones is special, and is NaN

  int bias() const { return (1 << (exponent_bits - 1)) - 1; }
  uint64_t sign_bit() const { return uint64_t{1} << (exponent_bits + mantissa_bits); }
  uint64_t exponent_mask() const { return ((uint64_t{1} << exponent_bits) - 1) << mantissa_bits; }
  uint64_t mantissa_mask() const { return (uint64_t{1} << mantissa_bits) - 1; }
  uint64_t quiet_nan() const {
    return has_infinity ? exponent_mask() | (uint64_t{1} << (mantissa_bits - 1))
                        : exponent_mask() | mantissa_mask();
  }
};

SmallFormat small_format(ElementType type) {
  switch (type) {
    case ElementType::f16: return {5, 10, true};
    case ElementType::bf16: return {8, 7, true};
    case ElementType::f8e4m3: return {4, 3, false};
    case ElementType::f8e5m2: return {5, 2, true};
    default: internal_error("not a small float type");
  }
}

uint64_t encode_small(double value, SmallFormat format) {
  const uint64_t sign = std::signbit(value) ? format.sign_bit() : 0;
  if (std::isnan(value)) return sign | format.quiet_nan();
  const uint64_t overflow = format.has_infinity ? format.exponent_mask() : format.quiet_nan();
  const double magnitude = std::fabs(value);
  if (std::isinf(magnitude)) return sign | overflow;
  if (magnitude == 0) return sign;
  const int least_exponent = 1 - format.bias();
  const int exponent = std::max(std::ilogb(magnitude), least_exponent);
  // A whole number of the spacing at this exponent: scaling by powers of two is exact, nearbyint rounds to
  // even. A carry into the next exponent comes out right by itself: the encodings of neighbours are
  // neighbours.
  const auto steps =
      static_cast<uint64_t>(std::nearbyint(std::ldexp(magnitude, format.mantissa_bits - exponent)));
  const uint64_t bits = (static_cast<uint64_t>(exponent - least_exponent) << format.mantissa_bits) + steps;
  const uint64_t greatest = format.has_infinity ? format.exponent_mask() - 1 : format.quiet_nan() - 1;
  return sign | (bits > greatest ? overflow : bits);
}

double decode_small(uint64_t bits, SmallFormat format) {
  const uint64_t magnitude = bits & (format.sign_bit() - 1);
  const uint64_t exponent = magnitude >> format.mantissa_bits;
  const uint64_t mantissa = magnitude & format.mantissa_mask();
  double value = 0;
  if (format.has_infinity && magnitude >= format.exponent_mask()) {
    value =
        mantissa == 0 ? std::numeric_limits<double>::infinity() : std::numeric_limits<double>::quiet_NaN();
  } else if (!format.has_infinity && magnitude == format.quiet_nan()) {
    value = std::numeric_limits<double>::quiet_NaN();
  } else if (exponent == 0) {
    value = std::ldexp(static_cast<double>(mantissa), 1 - format.bias() - format.mantissa_bits);
  } else {
    value = std::ldexp(static_cast<double>(mantissa + format.mantissa_mask() + 1),
                       static_cast<int>(exponent) - format.bias() - format.mantissa_bits);
  }
  return std::copysign(value, bits & format.sign_bit() ? -1.0 : 1.0);
}

}  // namespace

uint64_t encode_float(double value, ElementType type) {
  if (type == ElementType::f64) return std::bit_cast<uint64_t>(value);
  if (type == ElementType::f32) return std::bit_cast<uint32_t>(static_cast<float>(value));
  return encode_small(value, small_format(type));
}

double decode_float(uint64_t bits, ElementType type) {
  if (type == ElementType::f64) return std::bit_cast<double>(bits);
  if (type == ElementType::f32) return std::bit_cast<float>(static_cast<uint32_t>(bits));
  return decode_small(bits, small_format(type));
}

double round_to(double value, ElementType type) {
  if (type == ElementType::f64) return value;
  if (type == ElementType::f32) return static_cast<float>(value);
  return decode_float(encode_float(value, type), type);
}

}  // namespace kiln
