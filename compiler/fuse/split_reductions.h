#pragma once

#include "graph/graph.h"

namespace kiln::fuse {

/// Cuts reductions of many points to few cells in two, so that several workers have something to do:
///   %s: f32 = compute [i: N] write [] sum %x[i]           becomes
///   %s_parts: f32[32] = compute [p: 32, i: C] write [p] where lt(add(mul(p, {C}), i), N) sum
///                       %x[add(mul(p, {C}), i)]
///   %s: f32 = compute [p: 32] write [] sum %s_parts[p]
/// The cut depends on the dims alone, never on the number of workers, so the result does not either. What is
/// small beside the kernels that make its operands stays whole; in what is `repeated`, a loop's body, also
/// what may be small, since many small rounds would wait for a second kernel each. After inlining, since the
/// parts must hold the whole body.
void split_reductions(graph::Function& function, bool repeated);

}  // namespace kiln::fuse
