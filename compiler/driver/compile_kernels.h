#pragma once

#include <cstddef>
#include <vector>

#include "codegen/shared_kernels.h"
#include "source/source_file.h"

namespace kiln::driver {

struct KernelJob {
  codegen::SharedKernel kernel;
  const codegen::Target* target = nullptr;
};

/// The object of each job, in their order; with line information if there are `debug_sources`. Up to
/// `threads` are made at a time (0: one on each core), each in an LLVM of its own, so the bytes do not depend
/// on it.
std::vector<std::vector<std::byte>> compile_kernels(const std::vector<KernelJob>& jobs,
                                                    const SourceFiles* debug_sources, int threads);

}  // namespace kiln::driver
