#include "kernel/schedules.h"

namespace kiln::kernel {

bool schedule_contraction(const Task&) { return false; }

}  // namespace kiln::kernel
