#pragma once

#include "graph/graph.h"

namespace kiln::transform {

/// Rebuilds each compute in simplest form, reading through views:
///   %v: f32[N, B] = compute [n, b] write [n, b] assign %x[b, n]
///   %y: f32[B] = compute [b: B, n: N, k: K] write [b] where n == %i[b], 0 <= n
///                sum select(b < B, mul(%v[n, b], 1), 0)
///   -> %y: f32[B] = compute [b: B] write [b] assign mul(K, %x[b, %i[b]])           for 0 <= %i < N
/// - expressions fold; reads of views (index remaps, literals) become reads of what they show;
/// - guards and selects that the ranges decide go; a select of 0 at the root of a sum becomes its guard;
/// - an equality in a guard eliminates a reduced index (see eliminate_equalities);
/// - a reduced index that nothing mentions becomes a factor;
/// - what has nothing to reduce becomes an assignment, and a guard on a map becomes a select in it;
/// - indices are numbered canonically (written ones first), so that equal computes become equal objects.
///
/// It stands after expand_derivatives, never inside: an equality eliminated before a transpose makes it a
/// scatter.
graph::Function simplify(const graph::Function& function);

}  // namespace kiln::transform
