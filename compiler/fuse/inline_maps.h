#pragma once

#include "fuse/plan.h"

namespace kiln::fuse {

/// Puts the bodies of maps in place of reads of them, where that costs less than keeping the value in memory:
///   %a[i] = exp(%x[i]);  %y[i] = %a[i] + 1   becomes   %y[i] = exp(%x[i]) + 1
/// Views (one read, a literal) always; other maps into their only reader, or while they are cheap; into a
/// reduction only what is not computed more often by it than before. Operands of contractions stay plain
/// reads, and what changes a part of a value that may lie in its memory stays by itself. Before grouping, so
/// that groups are made of what is worth a loop. Returns a note for each map that was kept although it has
/// readers: why. `conditions` of each value, over its axes, are what they are after it: what guards and
/// bodies say, with the same maps put in.
struct Inlining {
  graph::Function function;
  std::vector<std::vector<Source>> sources;  // for each value: the values computed within it
  std::vector<std::string> kept;             // for each value: why it was not inlined; empty
  std::vector<std::vector<graph::ExprId>> conditions;
};
Inlining inline_maps(const graph::Function& function, const Bindings& bindings,
                     std::vector<std::vector<graph::ExprId>> conditions);

}  // namespace kiln::fuse
