#pragma once

#include <vector>

#include "graph/graph.h"

namespace kiln::transform {

/// How much of what reverse derivatives would keep until their way back is made again instead.
struct TrainMemoryForm {
  int64_t price = 0;         // of a byte that is kept, in additions (graph/cost.h); 0: nothing is made again
  uint32_t parts = 1;        // that what is made again is cut into: each by itself, from what it begins with
  uint32_t loop_levels = 0;  // of checkpoints that loops with a limit and none of their own get
};

/// From none to all, with more and more work: without checkpoints in loops before with them, at a lower price
/// before a higher one. The first is the function as it is.
std::vector<TrainMemoryForm> train_memory_forms();

/// The function with its reverse derivatives in that form: parts of their blocks are loops of one round that
/// say `recompute`, as `checkpoint { … }` would make them. Which parts says a minimum cut between memory at
/// its price and work (choose_kept): first maps are made again, where memory is dearer also sums and
/// products.
///
/// It stands before all other passes, since it works on differentiated blocks. Dims are guessed.
graph::Function in_form(const graph::Function& function, const TrainMemoryForm& form);

/// Where the first reverse derivative stands; nothing if there is none.
std::optional<Span> first_reverse_derivative(const graph::Function& function);

}  // namespace kiln::transform
