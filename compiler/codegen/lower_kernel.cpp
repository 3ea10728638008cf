#include "codegen/lower_kernel.h"

#include <llvm/IR/MDBuilder.h>
#include <llvm/IR/Verifier.h>
#include <llvm/Support/raw_ostream.h>

#include <set>

#include "base/internal_check.h"
#include "codegen/compile.h"
#include "codegen/kernel_lowering.h"

namespace kiln::codegen {
namespace {

using kernel::Block;
using kernel::Instruction;

constexpr int64_t buffer_alignment = 64;

/// The buffers that the block names.
void collect_buffers(const Block& block, std::set<uint32_t>& buffers) {
  for (const Instruction& instruction : block.instructions)
    std::visit(
        [&](const auto& op) {
          using Op = std::decay_t<decltype(op)>;
          if constexpr (std::is_same_v<Op, kernel::Load> || std::is_same_v<Op, kernel::Store>)
            buffers.insert(op.address.buffer.number);
          else if constexpr (std::is_same_v<Op, kernel::Contract>)
            buffers.insert({op.a.number, op.b.number});
          else if constexpr (std::is_same_v<Op, kernel::Prefetch>)
            buffers.insert(op.buffer.number);
          else if constexpr (std::is_same_v<Op, kernel::Loop>)
            collect_buffers(op.body, buffers);
          else if constexpr (std::is_same_v<Op, kernel::Branch>)
            collect_buffers(op.then_block, buffers), collect_buffers(op.else_block, buffers);
        },
        instruction.op);
}

}  // namespace

llvm::Value* KernelLowering::base_of(uint32_t number, uint32_t position) {
  const kernel::Buffer& buffer = program_.buffers[number];
  if (buffer.scope == kernel::Scope::stage) {
    const auto count = buffer.count.constant();
    internal_check(count.has_value(), "a stage buffer has a constant size");
    llvm::Type* bytes = llvm::ArrayType::get(entry_builder_.getInt8Ty(),
                                             static_cast<uint64_t>(*count * size_of(buffer.element)));
    llvm::AllocaInst* memory = entry_builder_.CreateAlloca(bytes, nullptr, buffer.name);
    memory->setAlignment(llvm::Align(buffer_alignment));
    return memory;
  }
  llvm::Type* pointer = entry_builder_.getPtrTy();
  llvm::LoadInst* base = entry_builder_.CreateLoad(
      pointer, entry_builder_.CreateConstInBoundsGEP1_64(pointer, function_.getArg(0), position),
      buffer.name);
  base->setMetadata(llvm::LLVMContext::MD_invariant_load, llvm::MDNode::get(function_.getContext(), {}));
  if (buffer.scope != kernel::Scope::worker) return base;
  const Lanes bytes =
      dims_.value_of((buffer.bytes() + (buffer_alignment - 1)) / buffer_alignment * buffer_alignment);
  const Lanes worker{&entry_, function_.getArg(2)};
  return entry_builder_.CreateGEP(entry_builder_.getInt8Ty(), base, (worker * bytes).value);
}

void KernelLowering::address_buffers() {
  std::set<uint32_t> used;
  collect_buffers(kernel_.body, used);
  llvm::MDBuilder metadata(function_.getContext());
  llvm::MDNode* domain = metadata.createAnonymousAliasScopeDomain("buffers");
  std::vector<llvm::Metadata*> scopes(program_.buffers.size(), nullptr);
  for (uint32_t number : used)
    scopes[number] = metadata.createAnonymousAliasScope(domain, program_.buffers[number].name);
  buffers_.resize(program_.buffers.size());
  uint32_t position = 0;
  for (uint32_t number = 0; number < program_.buffers.size(); ++number) {
    const uint32_t own_position = position;
    if (program_.buffers[number].scope != kernel::Scope::stage) ++position;
    if (!used.contains(number)) continue;
    std::vector<llvm::Metadata*> others;
    for (uint32_t other : used)
      if (other != number) others.push_back(scopes[other]);
    buffers_[number] = {base_of(number, own_position),
                        llvm::MDNode::get(function_.getContext(), {scopes[number]}),
                        others.empty() ? nullptr : llvm::MDNode::get(function_.getContext(), others),
                        program_.buffers[number].element};
  }
}

llvm::Function* lower_kernel(const kernel::Program& program, size_t position, const std::string& symbol,
                             const Target& target, llvm::Module& module, DebugLines* lines) {
  llvm::LLVMContext& context = module.getContext();
  llvm::Type* pointer = llvm::PointerType::getUnqual(context);
  llvm::Type* i64 = llvm::Type::getInt64Ty(context);
  auto* function = llvm::Function::Create(
      llvm::FunctionType::get(llvm::Type::getVoidTy(context), {pointer, pointer, i64, i64}, false),
      llvm::GlobalValue::ExternalLinkage, symbol, module);
  function->setVisibility(llvm::GlobalValue::HiddenVisibility);
  function->setDSOLocal(true);
  set_target_attributes(*function, target);
  for (unsigned i : {0U, 1U}) {
    function->addParamAttr(i, llvm::Attribute::ReadOnly);
    function->addParamAttr(i, llvm::Attribute::NoAlias);
    function->getArg(i)->setName(i == 0 ? "buffers" : "dims");
  }
  const kernel::Kernel& kernel = program.kernels[position];
  if (!kernel.span.known()) lines = nullptr;
  if (lines) lines->begin(*function, kernel.name, kernel.span);
  KernelLowering(program, kernel, *function, target, lines).run();
  std::string message;
  llvm::raw_string_ostream stream(message);
  internal_check(!llvm::verifyFunction(*function, &stream),
                 "the code of kernel " + symbol + " is valid: " + message);
  return function;
}

std::unique_ptr<llvm::Module> lower_program(llvm::LLVMContext& context, const kernel::Program& program,
                                            const std::string& name, const Target& target) {
  auto module = make_module(context, name, target);
  for (size_t i = 0; i < program.kernels.size(); ++i)
    lower_kernel(program, i, kernel_symbol(name, i, program.kernels[i].name, target), target, *module);
  return module;
}

}  // namespace kiln::codegen
