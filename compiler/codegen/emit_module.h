#pragma once

#include <llvm/IR/Module.h>
#include <llvm/Target/TargetMachine.h>

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "codegen/target.h"

namespace kiln::codegen {

/// The LLVM target machine: position-independent code, no fast-math. May be called from several threads.
std::unique_ptr<llvm::TargetMachine> make_target_machine(const Target& target);

/// A module with the target's triple and data layout. What is emitted of the context's modules from then on
/// is emitted as suits kernels.
std::unique_ptr<llvm::Module> make_module(llvm::LLVMContext& context, const std::string& name,
                                          const Target& target);

/// A constant of the module; `name` must be new to it. Private, unless the linkage is changed.
llvm::GlobalVariable* add_constant(llvm::Module& module, const std::string& name, llvm::Constant* data,
                                   uint64_t alignment);

/// Marks a function as code for the target: processor, features, whole-width vectors, no unwinding.
void set_target_attributes(llvm::Function& function, const Target& target);

/// The short pass list for kernels, which come vectorised: clean up, hoist, unroll where asked; no loop or
/// SLP vectoriser.
void optimise(llvm::Module& module, llvm::TargetMachine& machine);

std::vector<std::byte> emit_object(llvm::Module& module, llvm::TargetMachine& machine);
std::string emit_assembly(llvm::Module& module, llvm::TargetMachine& machine);
std::string print_module(const llvm::Module& module);

}  // namespace kiln::codegen
