#pragma once

#include "fuse/plan.h"
#include "kernel/kernel.h"

namespace kiln::kernel {

/// Fills in what a group computes, its notes, operations and bytes; the schedule has told its own part.
void explain(const fuse::Plan& plan, const fuse::Group& group, Explanation& explanation);

/// An amount of work of a kernel, times the rounds of the loops around it (at most; one round where there is
/// no limit).
dim::Dim in_all_rounds(const Program& program, uint32_t kernel, dim::Dim amount);

}  // namespace kiln::kernel
