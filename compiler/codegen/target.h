#pragma once

#include <llvm/IR/Module.h>
#include <llvm/Target/TargetMachine.h>

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace kiln::codegen {

/// One kind of processor that code is made for.
struct Target {
  std::string_view name;  // as `--target` and the machine of the kernel room call it
  std::string_view triple;
  std::string_view processor;  // LLVM's name
  std::string_view features;   // LLVM's feature string on top of the processor's
  int vector_bytes;
  int vector_registers;
  int image_position;  // in kiln_image_kernel.code
};

/// All targets, in the order of kiln_image_kernel.code: worst first.
std::span<const Target> targets();
const Target* target_named(std::string_view name);

/// The LLVM target machine: position-independent code, no fast-math.
std::unique_ptr<llvm::TargetMachine> make_target_machine(const Target& target);

/// A module with the target's triple and data layout.
std::unique_ptr<llvm::Module> make_module(llvm::LLVMContext& context, const std::string& name,
                                          const Target& target);

/// Marks a function as code for the target: processor, features, whole-width vectors, no unwinding.
void set_target_attributes(llvm::Function& function, const Target& target);

/// The short pass list for kernels, which come vectorised and unrolled: clean up, hoist, no loop or SLP
/// vectoriser.
void optimise(llvm::Module& module, llvm::TargetMachine& machine);

std::vector<std::byte> emit_object(llvm::Module& module, llvm::TargetMachine& machine);
std::string emit_assembly(llvm::Module& module, llvm::TargetMachine& machine);
std::string print_module(const llvm::Module& module);

}  // namespace kiln::codegen
