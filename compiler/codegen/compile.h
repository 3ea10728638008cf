#pragma once

#include <string>

#include "codegen/target.h"
#include "kernel/kernel.h"

/// What the rooms that do not see LLVM use of this one.
namespace kiln::codegen {

/// All kernels of a program as text, for `--emit llvm` (after the optimiser) and `--emit asm`: functions of
/// hidden visibility, named by `kernel_symbol`.
std::string kernels_as_llvm(const kernel::Program& program, const std::string& program_name,
                            const Target& target);
std::string kernels_as_assembly(const kernel::Program& program, const std::string& program_name,
                                const Target& target);

/// The name of a kernel's function: "kiln.train_step.3.matmul_bias_relu.x86-64-v4".
std::string kernel_symbol(const std::string& program_name, size_t position, const std::string& kernel,
                          const Target& target);

}  // namespace kiln::codegen
