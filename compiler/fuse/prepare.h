#pragma once

#include "fuse/plan.h"

namespace kiln::fuse {

/// The function with stop_gradient looked through, Print nodes left out, and a compute of its own for every
/// output that has no memory to call its own: an input (but one that is returned as the same inout argument),
/// a constant, a value that is already another output. Values keep their numbers.
graph::Function prepare(const graph::Function& function, const Bindings& bindings);

/// Takes out computes, sorts and constants that nothing needs, and renumbers nodes.
void remove_dead(graph::Function& function);

}  // namespace kiln::fuse
