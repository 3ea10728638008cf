#pragma once

#include <cstdint>
#include <vector>

#include "kernel/kernel.h"

namespace kiln::kernel {

/// One kernel as a program of its own, in a form that is equal for equal code: without the names and
/// explanations that people read, and without what its code does not depend on.
struct IsolatedKernel {
  /// One kernel. Its buffers and dims are those that it names, numbered by first use. The scopes of buffers
  /// are argument (any memory that the code is given the address of; no count, no data), worker and stage.
  Program program;
  std::vector<uint32_t> buffers;  // for each buffer of `program`, stage buffers left out: its position among
                                  // those that the whole program is given
  std::vector<uint32_t> dims;     // for each dim of `program`: its position among those of the whole program
};

IsolatedKernel isolate_kernel(const Program& program, size_t position);

}  // namespace kiln::kernel
