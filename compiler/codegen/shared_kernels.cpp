#include "codegen/shared_kernels.h"

#include <fmt/format.h>
#include <llvm/ADT/StringExtras.h>
#include <llvm/Support/BLAKE3.h>

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

/// A name for the linker, short whatever the kernel does.
std::string symbol_of(const std::string& content, const Target& target) {
  const auto hash = llvm::BLAKE3::hash<16>(llvm::arrayRefFromStringRef(content));
  return "kiln." + llvm::toHex(hash, /*LowerCase=*/true) + "." + std::string(target.name);
}

}  // namespace

SharedKernels share_kernels(std::span<const NamedProgram> programs, const Target& target, bool tell_places) {
  SharedKernels shared;
  std::map<std::string, std::string> symbols;  // by content
  for (const NamedProgram& named : programs) {
    std::vector<ImageCode>& uses = shared.uses.emplace_back();
    for (size_t position = 0; position < named.program->kernels.size(); ++position) {
      kernel::IsolatedKernel isolated = kernel::isolate_kernel(*named.program, position);
      std::string content = kernel::print(isolated.program);
      if (tell_places) append_places(isolated.program.kernels.front().body, content);
      const auto [found, is_new] = symbols.try_emplace(content);
      if (is_new) {
        const std::string& name = named.program->kernels[position].name;
        found->second =
            tell_places ? kernel_symbol(*named.name, position, name, target) : symbol_of(content, target);
        isolated.program.kernels.front().name = name;
        shared.different.push_back({std::move(isolated.program), found->second, std::move(content)});
      }
      uses.push_back({found->second, std::move(isolated.buffers), std::move(isolated.dims)});
    }
  }
  std::stable_sort(
      shared.different.begin(), shared.different.end(),
      [](const SharedKernel& a, const SharedKernel& b) { return a.content.size() > b.content.size(); });
  return shared;
}

std::vector<std::byte> compile_shared_kernel(const SharedKernel& kernel, const Target& target,
                                             const SourceFiles* sources) {
  llvm::LLVMContext context;
  const std::unique_ptr<llvm::TargetMachine> machine = make_target_machine(target);
  const std::unique_ptr<llvm::Module> module = make_module(context, kernel.symbol, target);
  std::optional<DebugLines> lines;
  if (sources) lines.emplace(*module, *sources);
  lower_kernel(kernel.program, 0, kernel.symbol, target, *module, lines ? &*lines : nullptr);
  if (lines) lines->finish();
  optimise(*module, *machine);
  return emit_object(*module, *machine);
}

}  // namespace kiln::codegen
