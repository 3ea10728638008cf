#pragma once

#include <cstdint>

#include "dim/dim.h"

namespace kiln::dim {

/// A value to decide by where only the call knows more: each symbol counts as 64, and so does what has no
/// value then.
int64_t guess(const Dim& dim);

}  // namespace kiln::dim
