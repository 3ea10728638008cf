#pragma once

#include <map>

#include "fuse/group.h"
#include "fuse/loop_bodies.h"

namespace kiln::fuse {

/// Which values take the memory of the value that they replace, and how outputs reach their buffers.
struct MemoryPlan {
  /// For each output: written in place by its own group; else through an arena buffer that is copied at the
  /// end of the call, when everything that reads the old value of an inout argument has run.
  std::vector<bool> direct;
  /// A value that its kernel writes over an older one, and that one.
  std::map<graph::ValueId, graph::ValueId> over;
  /// A value that changes a part of an older one but not in its memory: why.
  std::map<graph::ValueId, std::string> copied;
};

/// Decides, and adds to `before` what that needs: readers of the old value come first, and all checks before
/// what writes an inout argument. The waits stay free of cycles.
MemoryPlan plan_memory(const graph::Function& function, const Bindings& bindings,
                       const std::map<uint32_t, LoopBody>& bodies, Grouping& grouping);

/// The groups in an order that respects `before`; where that leaves a choice, in the order of the graph.
std::vector<uint32_t> order_groups(const Grouping& grouping);

}  // namespace kiln::fuse
