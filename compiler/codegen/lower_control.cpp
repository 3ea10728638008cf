#include <llvm/IR/MDBuilder.h>

#include "codegen/integer.h"
#include "codegen/kernel_lowering.h"

namespace kiln::codegen {

using kernel::Instruction;
using kernel::Value;

void KernelLowering::lower(const kernel::Loop& op, const Instruction& instruction, Value) {
  const bool is_grid = op.kind == kernel::LoopKind::grid;
  Lanes low = scalar(op.low);
  Lanes high = scalar(op.high);
  Lanes step = integer(op.step);
  const Lanes origin = low;
  if (is_grid) {
    const Lanes span = integers::maximum(high - low, integer(0), true);
    const Lanes steps = integers::quotient(span + (op.step - 1), step, true);
    const Lanes worker{&emitter_, function_.getArg(2)};
    const Lanes workers{&emitter_, function_.getArg(3)};
    low = {&emitter_, builder_.CreateUDiv((steps * worker).value, workers.value)};
    high = {&emitter_, builder_.CreateUDiv((steps * (worker + 1)).value, workers.value)};
    step = integer(1);
  }
  llvm::BasicBlock* before = builder_.GetInsertBlock();
  llvm::BasicBlock* body = new_block("loop");
  llvm::BasicBlock* after = new_block("after");
  builder_.CreateCondBr((low < high).value, body, after);

  builder_.SetInsertPoint(body);
  llvm::PHINode* counter = builder_.CreatePHI(builder_.getInt64Ty(), 2);
  counter->addIncoming(low.value, before);
  std::vector<llvm::PHINode*> carried;
  for (size_t i = 0; i < op.carried.size(); ++i) {
    Tile initial = tile(op.initial[i]);
    for (std::vector<Lanes>& row : initial.rows)
      for (Lanes& chunk : row) {
        llvm::PHINode* phi = builder_.CreatePHI(chunk.type(), 2);
        phi->addIncoming(chunk.value, before);
        carried.push_back(phi);
        chunk = {&emitter_, phi};
      }
    tile(op.carried[i]) = initial;
  }
  const Lanes count{&emitter_, counter};
  tile(op.index) = scalar_tile(is_grid ? origin + count * op.step : count);
  lower_inside(op.body, instruction.span);
  stand_at(instruction.span);

  llvm::BasicBlock* last = builder_.GetInsertBlock();
  llvm::Value* next = builder_.CreateNSWAdd(counter, step.value);
  counter->addIncoming(next, last);
  llvm::Instruction* back = builder_.CreateCondBr(builder_.CreateICmpSLT(next, high.value), body, after);
  if (op.unroll > 0) {
    llvm::MDBuilder metadata(function_.getContext());
    llvm::LLVMContext& context = function_.getContext();
    llvm::MDNode* wish =
        op.unroll == 1
            ? llvm::MDNode::get(context, {metadata.createString("llvm.loop.unroll.disable")})
            : llvm::MDNode::get(
                  context, {metadata.createString("llvm.loop.unroll.count"),
                            metadata.createConstant(builder_.getInt32(static_cast<uint32_t>(op.unroll)))});
    llvm::MDNode* loop = llvm::MDNode::getDistinct(context, {nullptr, wish});
    loop->replaceOperandWith(0, loop);
    back->setMetadata(llvm::LLVMContext::MD_loop, loop);
  }

  builder_.SetInsertPoint(after);
  size_t place = 0;
  for (size_t i = 0; i < op.carried.size(); ++i) {
    Tile result = tile(op.yielded[i]);
    const Tile& initial = tile(op.initial[i]);
    for (size_t r = 0; r < result.rows.size(); ++r)
      for (size_t c = 0; c < result.rows[r].size(); ++c) {
        Lanes& chunk = result.rows[r][c];
        carried[place++]->addIncoming(chunk.value, last);
        llvm::PHINode* phi = builder_.CreatePHI(chunk.type(), 2);
        phi->addIncoming(initial.rows[r][c].value, before);
        phi->addIncoming(chunk.value, last);
        chunk = {&emitter_, phi};
      }
    tile(instruction.results[i]) = result;
  }
}

void KernelLowering::lower(const kernel::Branch& op, const Instruction& instruction, Value) {
  llvm::BasicBlock* then_block = new_block("then");
  llvm::BasicBlock* else_block = new_block("else");
  llvm::BasicBlock* after = new_block("after");
  builder_.CreateCondBr(scalar(op.condition).value, then_block, else_block);
  builder_.SetInsertPoint(then_block);
  lower_inside(op.then_block, instruction.span);
  builder_.CreateBr(after);
  builder_.SetInsertPoint(else_block);
  lower_inside(op.else_block, instruction.span);
  builder_.CreateBr(after);
  builder_.SetInsertPoint(after);
}

}  // namespace kiln::codegen
