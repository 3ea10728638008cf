#pragma once

#include <vector>

#include "graph/graph.h"
#include "transform/fold.h"

namespace kiln::transform {

/// Turns accumulating writes into gathers: a sum whose write map is affine gets as many bare write axes as
/// possible, so that each cell is computed by one point and the other indices are reduced.
///   compute [i: I, k: K] write [i + k] sum mul(%c[i], %w[k])
///   -> compute [t: I + K - 1, k: K] write [t] where 0 <= t - k, t - k < I sum mul(%c[t - k], %w[k])
/// What stays as it is: axes that hold data under an index still to be reduced (scatter), and axes where the
/// index that is best solved for has a coefficient other than 1 (a strided write, `2*y + k`: kernels split
/// these by residue classes later, see derivatives.md sections 3 and 4). Never wrong, where a write cannot be
/// proved to hit each cell once it accumulates.
///
/// Every transpose ends in it; elsewhere it stands before `simplify`, which drops the guards that it adds
/// where they are implied, and eliminates the equalities.
graph::Function solve_writes(const graph::Function& function);

/// The same for one compute, of a result of this shape; `folder` makes the function's expressions. Anything
/// but a sum comes back as it was.
graph::Compute solve_write(const graph::Function& function, Folder& folder, const graph::Compute& compute,
                           const std::vector<dim::Dim>& shape);

/// Whether no two points of the domain write one cell: proved from the map alone (each axis, once the indices
/// of the axes before it are known, fixes its own).
bool writes_each_cell_once(const graph::Function& function, Folder& folder, const graph::Compute& compute);

}  // namespace kiln::transform
