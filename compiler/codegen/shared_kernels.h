#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "codegen/library_image.h"
#include "codegen/target.h"
#include "kernel/kernel.h"
#include "source/source_file.h"

/// Equal kernels of a library are compiled once, whichever functions they are of: the image says for each
/// kernel which code it calls and what that is given.
namespace kiln::codegen {

/// A program of a library and its name (see kernel_symbol).
struct NamedProgram {
  const kernel::Program* program = nullptr;
  const std::string* name = nullptr;
};

struct SharedKernel {
  kernel::Program program;  // one kernel, isolated
  std::string symbol;
  std::string content;  // all that its code depends on but for the target; equal contents give equal objects
};

struct SharedKernels {
  std::vector<SharedKernel> different;       // those with the longest contents first: about the costliest
  std::vector<std::vector<ImageCode>> uses;  // of each program, for each of its kernels
};

/// The different kernels of the programs for a target. They are named after what they do, by a hash. With
/// `tell_places`, kernels that were made for different places of the source differ, and each has the name
/// of the first place where it stands.
SharedKernels share_kernels(std::span<const NamedProgram> programs, const Target& target,
                            bool tell_places = false);

/// An ELF object with the code of a kernel; with line information if `sources`, to which its spans belong,
/// are given. May be called from several threads.
std::vector<std::byte> compile_shared_kernel(const SharedKernel& kernel, const Target& target,
                                             const SourceFiles* sources = nullptr);

}  // namespace kiln::codegen
