#pragma once

#include "transform/linearize.h"

namespace kiln::transform {

/// The tangents of a loop's results. The loop gives what they need of its rounds as stacked values more, in
/// place; a second loop, linear in the tangents, goes through the same rounds and reads row `counter` of
/// those:
///   %h = loop t below T carried 1 (%h0, %x) { %n = sin(%h) * %x[t]   output %n as "h" }
/// with a tangent of %h0 becomes
///   %h, %hs = loop t below T carried 1 (%h0, %x) { …   output %n as "h"   output %h as "h" }
///   %dh = loop t below T carried 1 (%dh0, %x, %hs) { %dn = cos(%hs[t]) * %x[t] * %dh   output %dn as "dh" }
/// What the linear part reads of the body is stacked or made again, whichever is cheaper (see choose_kept);
/// made again is also what has the counter in its shape, and all of it where the loop says `recompute`.
/// Checks and prints are not made again.
///
/// It stands in `linearize`, before `transpose_loop`, which turns the second loop round.
void linearize_loop(graph::Function& function, size_t node, Tangents& tangents);

}  // namespace kiln::transform
