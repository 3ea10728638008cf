#pragma once

#include <cstdint>
#include <vector>

#include "kernel/kernel.h"

namespace kiln::kernel {

/// One kernel as a program of its own, in a form that is equal for equal work: the buffers it names and no
/// others, numbered by first use within each scope, without the names and explanations that people read.
struct IsolatedKernel {
  Program program;                // one kernel
  std::vector<uint32_t> buffers;  // for each buffer of `program`, stage buffers left out: its position among
                                  // those that the whole program is given
};

IsolatedKernel isolate_kernel(const Program& program, size_t position);

}  // namespace kiln::kernel
