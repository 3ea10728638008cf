#pragma once

#include "graph/graph.h"

namespace kiln::fuse {

/// Splits axes that are written through joined indices, so that the write map is bare indices again; memory
/// is the same:
///   %x: f32[B, 784], write [b, 28*i + j]   becomes   %x: f32[B, 28, 28], write [b, i, j]
/// and reads %x[b, k] become %x[b, k / 28, k % 28], which linear_offset joins. The indices of the axis must
/// count it through exactly once, and stand in no other axis.
void split_joined_writes(graph::Function& function);

/// Makes the written indices that are bare the first of the domain, in the order of the axes.
void order_domain(graph::Expressions& expressions, graph::Compute& compute);

}  // namespace kiln::fuse
