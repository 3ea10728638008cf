#pragma once

#include "fuse/order.h"

namespace kiln::fuse {

/// Lays out the memory of a plan whose groups stand in their final order: fills places, arenas, views and
/// loops, and adds the groups that copy to the end. `position_of[v]` is the group that computes value v.
void place_values(Plan& plan, const MemoryPlan& memory, const std::map<uint32_t, LoopBody>& bodies,
                  const std::vector<uint32_t>& position_of);

}  // namespace kiln::fuse
