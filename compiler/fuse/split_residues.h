#pragma once

#include "graph/graph.h"

namespace kiln::fuse {

/// Turns sums that are written at strides, as gradients of strided windows are, into sums of which each point
/// makes one cell: the written axis is counted by quotient and remainder of the stride.
///   %x: f32[H] = compute [i: I, k: K] write [2*i + k - P] sum mul(%c[i], %w[k])
///   -> %v: f32[2 * Z] = compute [z: Z, r: 2, e: ceil(K / 2)] write [2*z + r]
///        where 0 <= z - e, z - e < I, 2*e + r < K sum mul(%c[z - e], %w[2*e + r])
///      %x: f32[H] = compute [t: H] write [t] assign %v[t + P]
/// Cells that the stride leaves out get an index of their own with a guard that none of their points passes.
/// split_joined_writes then gives `%v` an axis for each index, and kernels take each r for itself
/// (kernel/schedule_contraction.cpp).
///
/// What stays a scatter: strides that are not constants, subscripts with data, with more than one index whose
/// coefficient the stride does not divide, or with one that is neither 1 nor -1 modulo it (but for what both
/// have in common).
void split_residues(graph::Function& function);

}  // namespace kiln::fuse
