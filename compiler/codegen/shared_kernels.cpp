#include "codegen/shared_kernels.h"

#include <fmt/format.h>
#include <llvm/IR/IRBuilder.h>

#include <algorithm>
#include <map>
#include <optional>

#include "codegen/compile.h"
#include "codegen/emit_module.h"
#include "codegen/lower_kernel.h"
#include "kernel/isolate_kernel.h"
#include "kernel/print.h"

namespace kiln::codegen {
namespace {

/// The text alone does not hold the data of constants.
std::string key_of(const kernel::Program& program) {
  std::string key = kernel::print(program);
  for (const kernel::Buffer& buffer : program.buffers)
    key.append(reinterpret_cast<const char*>(buffer.data.data()), buffer.data.size());
  return key;
}

void append_places(const kernel::Block& block, std::string& key) {
  for (const kernel::Instruction& instruction : block.instructions) {
    key += fmt::format(" {}:{}", instruction.span.file, instruction.span.begin);
    if (const auto* loop = std::get_if<kernel::Loop>(&instruction.op)) append_places(loop->body, key);
    if (const auto* branch = std::get_if<kernel::Branch>(&instruction.op)) {
      append_places(branch->then_block, key);
      append_places(branch->else_block, key);
    }
  }
}

/// symbol(buffers, dims, worker, workers): the code, with a table of the buffers that it takes.
void emit_use(const SharedKernel::Use& use, llvm::Function& code, const Target& target) {
  llvm::Module& module = *code.getParent();
  llvm::Function* function =
      llvm::Function::Create(code.getFunctionType(), llvm::Function::ExternalLinkage, use.symbol, module);
  function->setVisibility(llvm::GlobalValue::HiddenVisibility);
  set_target_attributes(*function, target);
  llvm::IRBuilder<> builder(llvm::BasicBlock::Create(module.getContext(), "entry", function));
  llvm::Type* pointer = builder.getPtrTy();
  llvm::Value* table = builder.CreateAlloca(llvm::ArrayType::get(pointer, use.buffers.size()));
  for (size_t i = 0; i < use.buffers.size(); ++i) {
    llvm::Value* from = builder.CreateConstInBoundsGEP1_64(pointer, function->getArg(0), use.buffers[i]);
    builder.CreateStore(builder.CreateLoad(pointer, from),
                        builder.CreateConstInBoundsGEP1_64(pointer, table, i));
  }
  builder.CreateCall(&code, {table, function->getArg(1), function->getArg(2), function->getArg(3)});
  builder.CreateRetVoid();
}

}  // namespace

std::vector<SharedKernel> share_kernels(std::span<const NamedProgram> programs, const Target& target,
                                        bool tell_places) {
  std::vector<SharedKernel> kernels;
  std::map<std::string, size_t> known;
  for (const NamedProgram& named : programs)
    for (size_t position = 0; position < named.program->kernels.size(); ++position) {
      kernel::IsolatedKernel isolated = kernel::isolate_kernel(*named.program, position);
      const std::string symbol =
          kernel_symbol(*named.name, position, named.program->kernels[position].name, target);
      std::string key = key_of(isolated.program);
      const size_t cost = key.size();
      if (tell_places) append_places(isolated.program.kernels.front().body, key);
      const auto [found, is_new] = known.emplace(std::move(key), kernels.size());
      if (is_new) {
        kernels.push_back({std::move(isolated.program), symbol + ".code", {}, cost});
        kernels.back().program.kernels.front().name = named.program->kernels[position].name;
      }
      kernels[found->second].uses.push_back({symbol, std::move(isolated.buffers)});
    }
  std::stable_sort(kernels.begin(), kernels.end(),
                   [](const SharedKernel& a, const SharedKernel& b) { return a.cost > b.cost; });
  return kernels;
}

std::vector<std::byte> compile_shared_kernel(const SharedKernel& kernel, const Target& target,
                                             const SourceFiles* sources) {
  llvm::LLVMContext context;
  const std::unique_ptr<llvm::TargetMachine> machine = make_target_machine(target);
  const std::unique_ptr<llvm::Module> module = make_module(context, kernel.symbol, target);
  std::optional<DebugLines> lines;
  if (sources) lines.emplace(*module, *sources);
  llvm::Function* code =
      lower_kernel(kernel.program, 0, kernel.symbol, target, *module, lines ? &*lines : nullptr);
  code->addFnAttr(llvm::Attribute::NoInline);
  for (const SharedKernel::Use& use : kernel.uses) emit_use(use, *code, target);
  if (lines) lines->finish();
  optimise(*module, *machine);
  return emit_object(*module, *machine);
}

}  // namespace kiln::codegen
