#pragma once

#include <optional>

#include "fuse/index_bound.h"
#include "graph/graph.h"

namespace kiln::fuse {

/// A reduction over what stands before or behind each point of a written index: `y[n] = sum[k: 0..n + 1]
/// x[k]`. One pass along that index makes all cells, each from the one next to it.
struct RunningReduction {
  uint32_t along = 0;    // the written index
  uint32_t reduced = 0;  // the one that is reduced, the last of the domain
  bool from_front = true;
  graph::ExprId condition;  // the part of the guard that bounds `reduced`
  /// The first of `reduced` that does not count for the cell at `along`, if from_front; else the first that
  /// counts: `along` + offset, before it is cut to the extent.
  dim::Dim offset;
};

/// Nothing if the compute is of another form, or so short that it does not pay.
std::optional<RunningReduction> running_reduction(const graph::Function& function,
                                                  const graph::Compute& compute);

}  // namespace kiln::fuse
