#pragma once

#include <vector>

#include "codegen/debug_lines.h"
#include "codegen/lower_dims.h"
#include "codegen/memory_access.h"
#include "codegen/tile.h"
#include "kernel/kernel.h"

namespace kiln::codegen {

/// One kernel on its way to LLVM.
class KernelLowering {
 public:
  KernelLowering(const kernel::Program& program, const kernel::Kernel& kernel, llvm::Function& function,
                 const Target& target, DebugLines* lines)
      : program_(program),
        kernel_(kernel),
        function_(function),
        lines_(lines),
        entry_builder_(llvm::BasicBlock::Create(function.getContext(), "entry", &function)),
        builder_(llvm::BasicBlock::Create(function.getContext(), "body", &function)),
        entry_{target, *function.getParent(), entry_builder_},
        emitter_{target, *function.getParent(), builder_},
        dims_(entry_, function.getArg(1), program.dims),
        values_(kernel.types.size()),
        products_(kernel.types.size(), nullptr) {
    stand_at(kernel.span);
    if (lines_) entry_builder_.SetCurrentDebugLocation(lines_->at(kernel.span));
  }

  void run() {
    llvm::BasicBlock* body = builder_.GetInsertBlock();
    address_buffers();
    lower(kernel_.body);
    builder_.CreateRetVoid();
    entry_builder_.CreateBr(body);
  }

 private:
  Tile& tile(kernel::Value value) { return values_[value.number]; }
  Lanes scalar(kernel::Value value) { return here(tile(value).scalar()); }
  /// A value of the entry block, to go on with where the body stands.
  Lanes here(Lanes value) { return {&emitter_, value.value}; }
  Lanes dim(const dim::Dim& dim) { return here(dims_.value_of(dim)); }
  Lanes integer(int64_t number) { return {&emitter_, builder_.getInt64(static_cast<uint64_t>(number))}; }
  const Tile* mask(kernel::Value value) { return value.valid() ? &tile(value) : nullptr; }

  void stand_at(Span span) {
    if (lines_) builder_.SetCurrentDebugLocation(lines_->at(span));
  }
  void address_buffers();
  llvm::Value* base_of(uint32_t number, uint32_t position);

  void lower(const kernel::Block& block) {
    for (const kernel::Instruction& instruction : block.instructions) {
      const kernel::Value result = instruction.results.size() == 1 ? instruction.results[0] : kernel::Value{};
      stand_at(instruction.span);
      std::visit([&](const auto& op) { lower(op, instruction, result); }, instruction.op);
    }
  }
  void lower_inside(const kernel::Block& block, Span span) {
    if (lines_) lines_->enter(span);
    lower(block);
    if (lines_) lines_->leave();
  }
  void lower(const kernel::Constant& op, const kernel::Instruction&, kernel::Value result);
  void lower(const kernel::DimValue& op, const kernel::Instruction&, kernel::Value result) {
    tile(result) = scalar_tile(dim(op.dim));
  }
  void lower(const kernel::LaneNumbers& op, const kernel::Instruction&, kernel::Value result);
  void lower(const kernel::LaneMask& op, const kernel::Instruction&, kernel::Value result);
  void lower(const kernel::Splat& op, const kernel::Instruction&, kernel::Value result) {
    tile(result) = splat(emitter_, tile(op.operand), kernel_.type_of(op.operand), kernel_.type_of(result));
  }
  void lower(const kernel::Map& op, const kernel::Instruction&, kernel::Value result);
  void lower(const kernel::Load& op, const kernel::Instruction&, kernel::Value result) {
    tile(result) = load_tile(emitter_, buffers_[op.address.buffer.number], placement(op.address),
                             kernel_.type_of(result), mask(op.mask));
  }
  void lower(const kernel::Store& op, const kernel::Instruction&, kernel::Value) {
    store_tile(emitter_, buffers_[op.address.buffer.number], placement(op.address), tile(op.value),
               mask(op.mask));
  }
  void lower(const kernel::ReduceLanes& op, const kernel::Instruction&, kernel::Value result) {
    tile(result) = reduce_lanes(emitter_, op.function, kernel_.type_of(op.operand).element, tile(op.operand));
  }
  void lower(const kernel::ReduceRows& op, const kernel::Instruction&, kernel::Value result) {
    tile(result) = reduce_rows(emitter_, op.function, kernel_.type_of(op.operand).element, tile(op.operand));
  }
  void lower(const kernel::Transpose& op, const kernel::Instruction&, kernel::Value result) {
    tile(result) = transpose(emitter_, tile(op.operand), kernel_.type_of(op.operand));
  }
  void lower(const kernel::Contract& op, const kernel::Instruction&, kernel::Value result);
  void lower(const kernel::Prefetch& op, const kernel::Instruction&, kernel::Value result);
  void lower(const kernel::Loop& op, const kernel::Instruction& instruction, kernel::Value result);
  void lower(const kernel::Branch& op, const kernel::Instruction& instruction, kernel::Value result);

  Placement placement(const kernel::Address& address) {
    const bool scattered = !kernel_.type_of(address.offset).is_scalar();
    return {scattered ? integer(0) : scalar(address.offset), dim(address.row_stride),
            dim(address.lane_stride), scattered ? &tile(address.offset) : nullptr};
  }
  bool contracts(const kernel::Map& op, kernel::Value result);
  std::vector<llvm::Value*> row_addresses(const BufferAddress& buffer, Lanes offset, Lanes stride,
                                          size_t rows);
  llvm::BasicBlock* new_block(const char* name) {
    return llvm::BasicBlock::Create(function_.getContext(), name, &function_);
  }

  const kernel::Program& program_;
  const kernel::Kernel& kernel_;
  llvm::Function& function_;
  DebugLines* lines_;
  llvm::IRBuilder<> entry_builder_;  // what holds for the whole call: bases of buffers, dims
  llvm::IRBuilder<> builder_;
  Emitter entry_;
  Emitter emitter_;
  DimValues dims_;
  std::vector<BufferAddress> buffers_;
  std::vector<Tile> values_;
  std::vector<const kernel::Map*> products_;  // by value: the float product that it is
};

}  // namespace kiln::codegen
