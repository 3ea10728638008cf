#pragma once

#include "fuse/plan.h"
#include "kernel/kernel.h"

namespace kiln::kernel {

/// Fills in what a group computes, its notes, operations and bytes; the schedule has told its own part.
void explain(const fuse::Plan& plan, const fuse::Group& group, Explanation& explanation);

}  // namespace kiln::kernel
