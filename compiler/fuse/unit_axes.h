#pragma once

#include "fuse/plan.h"

namespace kiln::fuse {

/// Drops axes and written indices of one point from what computes make for each other, so that what depends
/// on it lies over the same points: a convolution of one group is made over [n, o, i, j] and not over
/// [n, o, i, j, g: 1]. What sorts, loops and checks read keeps its axes, and outputs that take the memory of
/// an input do.
void drop_unit_axes(graph::Function& function, const Bindings& bindings);

/// Gives the axes of a compute the order in which its only reader, a permutation of them, has them; that is
/// then a plain copy, which is read through.
void order_axes_as_read(graph::Function& function);

}  // namespace kiln::fuse
