#pragma once

#include <map>
#include <memory>

#include "fuse/plan.h"

namespace kiln::fuse {

/// The body of a loop as a plan. Argument numbers: the inputs in order; then each output that has no input's
/// number, in order. A carried value that the body changes in place has one number for both.
struct LoopBody {
  std::shared_ptr<const Plan> plan;
  std::vector<bool> in_place;  // for each carried value
};

/// The bodies of the loops of a function, by node.
std::map<uint32_t, LoopBody> plan_bodies(const graph::Function& function);

/// A size that no round of the loop exceeds: `size` where the counter is at its ends, each occurrence for
/// itself. The loop has a limit.
dim::Dim bound_over_rounds(const dim::Dim& size, const std::string& counter, const dim::Dim& limit);

}  // namespace kiln::fuse
