#pragma once

#include "fuse/plan.h"
#include "kernel/kernel.h"
#include "kernel/machine.h"

namespace kiln::kernel {

/// The kernels of a plan for one machine. The kernels are the groups of the plan in order for every machine,
/// where a loop is the kernels of its body; argument, constant and arena buffers do not depend on the machine
/// (see `shared_buffers`). Every compute has a schedule: the fast ones where they apply, else scalar loops.
Program schedule(const fuse::Plan& plan, const Machine& machine);

}  // namespace kiln::kernel
