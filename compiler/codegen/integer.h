#pragma once

#include "codegen/lanes.h"

/// Integer functions as ScalarFunction means them; none has undefined cases.
namespace kiln::codegen::integers {

/// Rounded down; by 0 gives 0; the least number by -1 wraps.
Lanes quotient(Lanes a, Lanes b, bool is_signed);
Lanes remainder(Lanes a, Lanes b, bool is_signed);
/// Counts are taken as unsigned; from the width on, nothing but zeros (arithmetic shift right: the sign) is
/// left.
Lanes shift_left(Lanes a, Lanes count);
Lanes shift_right(Lanes a, Lanes count, bool is_signed);
Lanes minimum(Lanes a, Lanes b, bool is_signed);
Lanes maximum(Lanes a, Lanes b, bool is_signed);
Lanes absolute(Lanes a);  // of the least number: itself
Lanes sign(Lanes a, bool is_signed);
/// Word `position % 4` of Philox4x32-10 of `key` and the counter `position / 4`; u64 lanes to u32 lanes.
Lanes random_bits(Lanes key, Lanes position);

}  // namespace kiln::codegen::integers
