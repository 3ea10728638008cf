#pragma once

#include "kernel/evaluation.h"

namespace kiln::kernel {

/// A loop of a reduction.
struct ReducedIndex {
  uint32_t index = 0;
  dim::Dim extent;
  int lanes = 1;  // more than 1 for at most one, the innermost; then the tile outside is a scalar
};

/// The result of a compute at a tile of its written points, which are bound in `outside`: the body, or the
/// reduction of it over `reduced`, with the guards. Its element is that of the value. Not for writes that
/// leave cells out.
Value emit_cell(const Evaluation& outside, const std::vector<ReducedIndex>& reduced);

}  // namespace kiln::kernel
