#pragma once

#include "fuse/plan.h"

namespace kiln::fuse {

/// What is written to places of an older value and is made of elements of that value itself is computed for
/// all points first, so that the old value's memory can then be changed:
///   %points: f32[V, D] = compute [d, b] write [%at[b], d] sum mul(%s, %old[%at[b], d])     becomes
///   %read: f32[D, B] = compute [d, b] write [d, b] mul(%s, %old[%at[b], d])
///   %points: f32[V, D] = compute [d, b] write [%at[b], d] sum %read[d, b]
/// (see changed_points.h). After inlining, which would undo it.
void read_before_change(graph::Function& function, const Bindings& bindings);

}  // namespace kiln::fuse
