#pragma once

#include <vector>

#include "graph/graph.h"

namespace kiln::transform {

/// A reverse derivative that does not fit.
struct TrainMemoryProblem {
  Span span;
  int64_t least = 0;                 // bytes that it keeps at least; or
  std::vector<std::string> unknown;  // dims that must be known to say how many
};

/// Makes the blocks of reverse derivatives keep at most so many bytes of what they compute until the way
/// back: parts of a block become loops of one round that say `recompute`, as `checkpoint { … }` would make
/// them. Which parts says a minimum cut between memory and work (choose_kept), with memory dearer and dearer
/// until the rest fits: first maps are made again, then sums and products; where that is not enough, loops
/// with a limit get checkpoints. What the block reads is not counted, nor is what differentiated blocks
/// within the block keep. Blocks that fit stay as they are.
///
/// It stands before all other passes, since it works on differentiated blocks.
graph::Function fit_train_memory(const graph::Function& function, int64_t bytes,
                                 std::vector<TrainMemoryProblem>& problems);

}  // namespace kiln::transform
