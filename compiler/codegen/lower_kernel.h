#pragma once

#include <string>

#include "codegen/debug_lines.h"
#include "codegen/emit_module.h"
#include "kernel/kernel.h"

namespace kiln::codegen {

/// Adds to the module one function for kernel number `position` of the program, of the type
/// kiln_kernel_function and hidden visibility. The buffers it is given stand in the program's order, stage
/// buffers left out. `lines`, where there are any, learn where its code comes from.
llvm::Function* lower_kernel(const kernel::Program& program, size_t position, const std::string& symbol,
                             const Target& target, llvm::Module& module, DebugLines* lines = nullptr);

/// A module with all kernels of the program, named by `kernel_symbol`.
std::unique_ptr<llvm::Module> lower_program(llvm::LLVMContext& context, const kernel::Program& program,
                                            const std::string& name, const Target& target);

}  // namespace kiln::codegen
