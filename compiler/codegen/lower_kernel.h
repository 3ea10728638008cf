#pragma once

#include <string>

#include "codegen/target.h"
#include "kernel/kernel.h"

namespace kiln::codegen {

/// Adds to the module one function for kernel number `position` of the program, of the type
/// kiln_kernel_function and hidden visibility. The buffers it is given stand in the program's order, stage
/// buffers left out.
llvm::Function* lower_kernel(const kernel::Program& program, size_t position, const std::string& symbol,
                             const Target& target, llvm::Module& module);

/// The name of such a function in the object: "kiln.train_step.3.matmul_bias_relu.x86-64-v4". `program` must
/// differ between the programs of a library.
std::string kernel_symbol(const std::string& program, size_t position, const std::string& kernel,
                          const Target& target);

/// A module with all kernels of the program.
std::unique_ptr<llvm::Module> lower_program(llvm::LLVMContext& context, const kernel::Program& program,
                                            const std::string& name, const Target& target);

}  // namespace kiln::codegen
