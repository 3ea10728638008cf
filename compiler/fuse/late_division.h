#pragma once

#include "graph/graph.h"

namespace kiln::fuse {

/// Divides a sum where the graph divides its weights:
///   %p[t, u] = %w[t, u] / %z[t], %y[t, d] = sum[u] %p[t, u] * %v[u, d]
///   -> %n[t, d] = sum[u] %w[t, u] * %v[u, d], %y[t, d] = %n[t, d] / %z[t]
/// where %z is the sum of %w over the very index, so that no weight is greater than %z by more than rounding
/// and nothing overflows that did not before. Only weights that nobody else reads.
void divide_late(graph::Function& function);

}  // namespace kiln::fuse
