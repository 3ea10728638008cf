#pragma once

#include "fuse/stream.h"

namespace kiln::fuse {

/// Finds the stream's bounds on keys: conditions that its guards and selects name, outside of which (as can
/// be seen from the expressions, given that one condition does not hold) every reduction over keys gets its
/// neutral element and the weights are 0. So is u <= t in
///   %s = select(lt(t, u), -inf, ..)   %m = max[u] %s   %w = exp(sub(%s, %m))   %z = sum[u] %w
/// for rows whose %m is not -inf.
void find_bounds(const graph::Function& function, Stream& stream);

}  // namespace kiln::fuse
