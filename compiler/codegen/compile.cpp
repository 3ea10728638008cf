#include "codegen/compile.h"

#include "codegen/lower_kernel.h"

namespace kiln::codegen {
namespace {

/// The optimised module of a program, and what emits it.
struct Compilation {
  llvm::LLVMContext context;
  std::unique_ptr<llvm::TargetMachine> machine;
  std::unique_ptr<llvm::Module> module;

  Compilation(const kernel::Program& program, const std::string& name, const Target& target)
      : machine(make_target_machine(target)), module(lower_program(context, program, name, target)) {
    optimise(*module, *machine);
  }
};

}  // namespace

std::string kernels_as_llvm(const kernel::Program& program, const std::string& program_name,
                            const Target& target) {
  return print_module(*Compilation(program, program_name, target).module);
}

std::string kernels_as_assembly(const kernel::Program& program, const std::string& program_name,
                                const Target& target) {
  const Compilation compilation(program, program_name, target);
  return emit_assembly(*compilation.module, *compilation.machine);
}

std::string kernel_symbol(const std::string& program_name, size_t position, const std::string& kernel,
                          const Target& target) {
  return "kiln." + program_name + "." + std::to_string(position) + "." + kernel + "." +
         std::string(target.name);
}

}  // namespace kiln::codegen
