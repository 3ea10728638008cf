#pragma once

#include "transform/fold.h"

namespace kiln::transform {

/// Solves one equality in the guard for a reduced index with coefficient 1 or -1 that stands in no write and
/// under no data of that equality, and puts it in the index's place:
///   compute [i: I, r: R] write [i] where r == %p[i] sum mul(2, %x[i, r])
///   -> compute [i: I] write [i] where 0 <= %p[i], %p[i] < R sum mul(2, %x[i, %p[i]])
/// The longest index goes first. Equalities between written indices stay guards. False if there is none.
bool eliminate_equality(const graph::Function& function, Folder& folder, graph::Compute& compute);

}  // namespace kiln::transform
