#pragma once

#include "fuse/index_bound.h"
#include "kernel/evaluation.h"

namespace kiln::kernel {

/// The numbers of an index for which a loop has to run.
struct IndexRange {
  Value low, high;                     // 0 <= low <= high <= extent, scalars
  bool is_whole = true;                // nothing was cut off
  std::vector<graph::ExprId> settled;  // conditions that hold for all of them, at every lane and row
};

/// What `conditions` (all of which must hold) leave of an index of this extent. Only conditions count that
/// compare the index with something that does not depend on it and that the indices bound in `at` determine;
/// where it differs along lanes or rows, the range is the least that holds all. Conditions stand in the order
/// in which they are tested, each under those before it.
IndexRange index_range(Evaluation& at, const std::vector<graph::ExprId>& conditions, uint32_t index,
                       const dim::Dim& extent);
/// The same for bounds on one index, none of which is settled.
IndexRange index_range(Evaluation& at, const std::vector<fuse::IndexBound>& bounds, const dim::Dim& extent);

}  // namespace kiln::kernel
