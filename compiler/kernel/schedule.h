#pragma once

#include "fuse/plan.h"
#include "kernel/kernel.h"
#include "kernel/machine.h"

namespace kiln::kernel {

/// The kernels of a plan for one machine. Kernel k of the program is group k of the plan for every machine;
/// argument, constant and arena buffers do not depend on the machine (see `shared_buffers`). Every compute
/// has a schedule: the fast ones where they apply, else scalar loops.
Program schedule(const fuse::Plan& plan, const Machine& machine);

}  // namespace kiln::kernel
