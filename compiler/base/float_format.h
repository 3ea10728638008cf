#pragma once

#include <cstdint>

#include "base/element_type.h"

namespace kiln {

/// The bits of a value in a float type of at most 64 bits, rounded to nearest even. What is too great becomes
/// infinity; f8e4m3 has none and gives NaN. NaN gives the type's quiet NaN with the sign kept (f32, f64: the
/// value's own bits, made quiet).
uint64_t encode_float(double value, ElementType type);
/// The value of these bits; every float type embeds in f64.
double decode_float(uint64_t bits, ElementType type);
/// The nearest value of the type.
double round_to(double value, ElementType type);

}  // namespace kiln
