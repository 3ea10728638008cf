#pragma once

#include "fuse/group.h"

namespace kiln::fuse {

/// How an output reaches its buffer: written in place by its own group, or through an arena buffer that is
/// copied at the end of the call, when everything that reads the old value of an inout argument has run.
struct OutputPlan {
  std::vector<bool> direct;  // for each output
};

/// Decides for each output that is an inout argument, and adds to `before` what that needs: readers of the
/// old value and all checks come first. The waits stay free of cycles.
OutputPlan plan_outputs(const graph::Function& function, const Bindings& bindings, Grouping& grouping);

/// The groups in an order that respects `before`; where that leaves a choice, in the order of the graph.
std::vector<uint32_t> order_groups(const Grouping& grouping);

}  // namespace kiln::fuse
