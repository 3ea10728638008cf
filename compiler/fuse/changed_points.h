#pragma once

#include <optional>

#include "graph/graph.h"

namespace kiln::fuse {

/// What changes an older value at places that data says, or with gaps. `table[at[b], d] += x[b, d]` in the
/// graph is
///   %points: f32[V, D] = compute [d, b] write [%at[b], d] sum %x[b, d]
///   %new: f32[V, D] = compute [i, j] write [i, j] assign add(%old[i, j], %points[i, j])
/// and `table[at[b], d] = x[b, d]` is
///   %points: f32[V, D] = compute [b, d] write [%at[b], d] last %x[b, d]
///   %reached: bool[V, D] = compute [d, b] write [%at[b], d] any true
///   %new: f32[V, D] = compute [i, j] write [i, j] assign select(%reached[i, j], %points[i, j], %old[i, j])
/// One kernel can visit the points alone, in a copy of the old value or in the old value itself, and leave
/// out the values between.
struct ChangedPoints {
  graph::ValueId old, points;
  graph::ValueId reached;  // none: the points are added
  bool adds() const { return !reached.valid(); }
};
/// Of the value `%new` above, if nobody else reads the values between; sums not for elements that are summed
/// in more bits than they have.
std::optional<ChangedPoints> match_changed_points(const graph::Function& function, graph::ValueId value);

/// Differences `old - points` become sums of negated parts.
void negate_subtracted_sums(graph::Function& function);

}  // namespace kiln::fuse
