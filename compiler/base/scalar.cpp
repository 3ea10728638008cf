#include "base/scalar.h"

#include <bit>
#include <cmath>
#include <cstring>

#include "base/float_format.h"
#include "base/internal_check.h"

namespace kiln {

bool operator==(const Scalar& a, const Scalar& b) {
  return a.integer == b.integer && std::bit_cast<uint64_t>(a.real) == std::bit_cast<uint64_t>(b.real);
}

int64_t wrap(int64_t value, ElementType type) {
  const ElementTypeRow& row = row_of(type);
  if (row.kind == ElementKind::boolean) return value != 0;
  if (row.bits == 64) return value;
  const int unused = 64 - row.bits;
  const auto shifted = static_cast<uint64_t>(value) << unused;
  return row.kind == ElementKind::signed_integer ? static_cast<int64_t>(shifted) >> unused
                                                 : static_cast<int64_t>(shifted >> unused);
}

Scalar lowest_of(ElementType type) {
  const ElementTypeRow& row = row_of(type);
  if (row.kind == ElementKind::floating) return Scalar::of_real(-INFINITY);
  if (row.kind != ElementKind::signed_integer) return Scalar::of_integer(0);
  return Scalar::of_integer(wrap(int64_t{1} << (row.bits - 1), type));
}

Scalar highest_of(ElementType type) {
  const ElementTypeRow& row = row_of(type);
  if (row.kind == ElementKind::floating) return Scalar::of_real(INFINITY);
  return Scalar::of_integer(wrap(~lowest_of(type).integer, type));
}

namespace {

/// Truncates towards zero and saturates.
int64_t integer_of(double value, ElementType to) {
  if (std::isnan(value)) return 0;
  const double whole = std::trunc(value);
  const bool is_signed = row_of(to).kind == ElementKind::signed_integer;
  const int value_bits = row_of(to).bits - (is_signed ? 1 : 0);
  const double limit = std::ldexp(1.0, value_bits);  // the first value above the range
  if (whole >= limit) return highest_of(to).integer;
  if (is_signed ? whole < -limit : whole < 0) return lowest_of(to).integer;
  return is_signed ? static_cast<int64_t>(whole) : static_cast<int64_t>(static_cast<uint64_t>(whole));
}

/// Rounded once, also from 64 bits to a small float.
double real_of(int64_t value, ElementType from, ElementType to) {
  const bool negative = row_of(from).kind != ElementKind::unsigned_integer && value < 0;
  uint64_t magnitude = negative ? 0 - static_cast<uint64_t>(value) : static_cast<uint64_t>(value);
  if (to != ElementType::f64 && magnitude >> 53 != 0) {
    // Rounded to odd first: what is cut off stays visible to the second rounding.
    const uint64_t cut = magnitude & 0x7FF;
    magnitude = (magnitude & ~uint64_t{0x7FF}) | (cut != 0 ? 0x800 : 0);
  }
  const double real = static_cast<double>(magnitude);
  return round_to(negative ? -real : real, to);
}

template <typename T>
T load_as(const void* address) {
  T value;
  std::memcpy(&value, address, sizeof value);
  return value;
}

}  // namespace

Scalar convert(Scalar value, ElementType from, ElementType to) {
  if (from == to) return value;
  if (is_float(from)) {
    if (is_float(to)) return Scalar::of_real(round_to(value.real, to));
    if (to == ElementType::boolean) return Scalar::of_integer(value.real != 0);
    return Scalar::of_integer(integer_of(value.real, to));
  }
  if (is_float(to)) return Scalar::of_real(real_of(value.integer, from, to));
  return Scalar::of_integer(wrap(value.integer, to));
}

Scalar load(const void* address, ElementType type) {
  const ElementTypeRow& row = row_of(type);
  uint64_t bits = 0;
  switch (row.bits) {
    case 4:
    case 8: bits = load_as<uint8_t>(address); break;
    case 16: bits = load_as<uint16_t>(address); break;
    case 32: bits = load_as<uint32_t>(address); break;
    case 64: bits = load_as<uint64_t>(address); break;
    default: internal_error("an element of a size that does not exist");
  }
  if (row.kind == ElementKind::floating) return Scalar::of_real(decode_float(bits, type));
  return Scalar::of_integer(wrap(static_cast<int64_t>(bits), type));
}

void store(void* address, ElementType type, Scalar value) {
  const ElementTypeRow& row = row_of(type);
  const uint64_t bits = row.kind == ElementKind::floating ? encode_float(value.real, type)
                                                          : static_cast<uint64_t>(wrap(value.integer, type));
  std::memcpy(address, &bits,
              static_cast<size_t>(size_of(type)));  // the machines Kiln runs on are little-endian
}

}  // namespace kiln
