#pragma once

#include "graph/graph.h"

namespace kiln::transform {

/// Divides the rounds of loops with checkpoints into parts: a loop over the parts, which says `recompute`,
/// and in it a loop over the rounds of one part:
///   %h = loop t below T every 8 carried 1 (%h0, %x) { … %x[t] … }
///   -> %h = loop t_part below (T + 7) / 8 recompute carried 1 (%h0, %x) {
///        %h = loop t_round below min(8, T - 8*t_part) carried 1 (%h, %x) { … %x[8*t_part + t_round] … } }
/// The reverse derivative of the outer loop saves what each part starts with and runs the part again. A loop
/// without a limit stays as it is.
///
/// It stands at the begin of reverse_of: whatever does not need what is kept sees one loop.
graph::Function split_checkpoints(const graph::Function& function);

}  // namespace kiln::transform
