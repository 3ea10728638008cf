#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "codegen/object_cache.h"
#include "codegen/shared_kernels.h"
#include "source/source_file.h"

namespace kiln::driver {

struct KernelJob {
  codegen::SharedKernel kernel;
  const codegen::Target* target = nullptr;
};

struct KernelSettings {
  const SourceFiles* debug_sources = nullptr;   // line information
  const codegen::ObjectCache* cache = nullptr;  // without debug_sources only: keys do not hold lines
  int threads = 0;                              // 0: one on each core
};

struct KernelObjects {
  std::vector<std::vector<std::byte>> objects;  // of each job, in their order
  size_t from_cache = 0;
  std::string cache_problem;  // why some objects could not be found or kept; empty if there was nothing
};

/// Each kernel is made in an LLVM of its own, so the bytes depend neither on the threads nor on the cache.
KernelObjects compile_kernels(const std::vector<KernelJob>& jobs, const KernelSettings& settings);

}  // namespace kiln::driver
