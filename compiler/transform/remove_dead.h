#pragma once

#include "graph/graph.h"

namespace kiln::transform {

/// Drops the nodes that no output, check or print depends on:
///   %a = …; %b = …; output %a    ->    %a = …; output %a
/// Inputs of the function stay. It stands last, as the other passes leave what they replaced behind.
graph::Function remove_dead(const graph::Function& function);

}  // namespace kiln::transform
