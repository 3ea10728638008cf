#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "codegen/target.h"
#include "kernel/kernel.h"
#include "source/source_file.h"

/// Equal kernels of a library are compiled once. What the image names is then a short function that hands the
/// shared code the buffers of the place where it stands.
namespace kiln::codegen {

/// A program of a library and the name that its symbols are made of (see kernel_symbol).
struct NamedProgram {
  const kernel::Program* program = nullptr;
  const std::string* name = nullptr;
};

struct SharedKernel {
  struct Use {
    std::string symbol;
    std::vector<uint32_t> buffers;  // for each buffer that the code takes: which of those given to `symbol`
  };
  kernel::Program program;  // one kernel, isolated
  std::string symbol;       // of the code
  std::vector<Use> uses;
  size_t cost = 0;  // about how long it takes to compile, in characters of its text
};

/// The different kernels of the programs, the costliest first. With `tell_places`, kernels that were made for
/// different places of the source differ.
std::vector<SharedKernel> share_kernels(std::span<const NamedProgram> programs, const Target& target,
                                        bool tell_places = false);

/// An ELF object with the code of a kernel and of its uses; with line information if `sources`, to which its
/// spans belong, are given. May be called from several threads.
std::vector<std::byte> compile_shared_kernel(const SharedKernel& kernel, const Target& target,
                                             const SourceFiles* sources = nullptr);

}  // namespace kiln::codegen
