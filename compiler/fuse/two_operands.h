#pragma once

#include "graph/graph.h"

namespace kiln::fuse {

/// Gives sums of products the form of a contraction where their factors sort into two operands: what one
/// operand is made of is computed once for each of its own points, not once for each point of the sum.
///   %s[o, i] = sum[b] %d[b, o] * %x[b, i] * min(1, %c / %n[b])
///   -> %operand[b, o] = %d[b, o] * min(1, %c / %n[b]);  %s[o, i] = sum[b] %operand[b, o] * %x[b, i]
/// Only where the sum visits many times the points of the operands, and has no guard that they might need.
/// After the maps are inlined, which brings such factors together, and before reductions are split, which
/// contractions are not.
void make_two_operands(graph::Function& function);

}  // namespace kiln::fuse
