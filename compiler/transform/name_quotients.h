#pragma once

#include "transform/point_facts.h"

namespace kiln::transform {

/// Step 0 of solving a write map: `a / S` in it, a affine and >= 0, becomes a new index q and `a % S` an
/// index r: 0..S, with `a == S*q + r` as a guard:
///   compute [i: 2*N] write [i / 2, i % 2] sum %c[i]
///   -> compute [i: 2*N, q: N, r: 2] write [q, r] where i == 2*q + r sum %c[i]
/// Each point has one q and one r, so nothing is added or lost. `outside` are facts without the indices.
void name_quotients(Folder& folder, const PointFacts& outside, graph::Compute& compute);

}  // namespace kiln::transform
