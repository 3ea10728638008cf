#pragma once

#include "graph/graph.h"

namespace kiln::fuse {

/// Brings the operand of a contraction that is read at residues (`%w[o, c, 2*e + r]`: contraction.h) into an
/// order in which each residue reads it from end to end, once for all that it meets:
///   %v: f32[B, C, Z, 2] = compute [b, c, z, r: 2, e: 2, o: O] … sum mul(%w[o, c, 2*e + r], %t[b, o, z - e])
///   -> %w_r: f32[C, 2, 2, O] = compute [c, r: 2, e: 2, o: O] … select(2*e + r < 3, %w[o, c, 2*e + r], 0)
///      … sum mul(%w_r[c, r, e, o], %t[b, o, z - e])
/// It stands behind inline_maps, which would take it for a view.
void order_residues(graph::Function& function);

}  // namespace kiln::fuse
