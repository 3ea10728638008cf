#include <llvm/IR/InlineAsm.h>

#include "base/float_format.h"
#include "codegen/integer.h"
#include "codegen/kernel_lowering.h"
#include "codegen/lowering_table.h"

namespace kiln::codegen {

using kernel::Instruction;
using kernel::Value;

void KernelLowering::lower(const kernel::Constant& op, const Instruction&, Value result) {
  const ElementType type = kernel_.type_of(result).element;
  llvm::Type* in_register = register_type(function_.getContext(), type);
  llvm::Constant* constant;
  if (in_register->isFloatingPointTy())
    constant = llvm::ConstantFP::get(in_register, op.value.real);
  else
    constant = llvm::ConstantInt::get(in_register, is_float(type) ? encode_float(op.value.real, type)
                                                                  : static_cast<uint64_t>(op.value.integer));
  tile(result) = scalar_tile({&emitter_, constant});
}

void KernelLowering::lower(const kernel::LaneNumbers&, const Instruction&, Value result) {
  std::vector<Lanes> row;
  int first = 0;
  for (int width : chunk_widths(emitter_.target, kernel_.type_of(result).lanes)) {
    row.push_back(lane_numbers(emitter_, first, width, 64));
    first += width;
  }
  tile(result) = {{row}};
}

// In 32 bits, which compare by whole vectors; the count is brought into their range first.
void KernelLowering::lower(const kernel::LaneMask& op, const Instruction&, Value result) {
  const int lanes = kernel_.type_of(result).lanes;
  const Lanes count = scalar(op.count);
  const Lanes limited = integers::minimum(integers::maximum(count, integer(0), true), integer(lanes), true);
  const Lanes small = limited.resized(32, true);
  std::vector<Lanes> row;
  int first = 0;
  for (int width : chunk_widths(emitter_.target, lanes)) {
    row.push_back(lane_numbers(emitter_, first, width, 32) < splat(small, width));
    first += width;
  }
  tile(result) = {{row}};
}

/// Emits a sum or difference of which one side is a product as multiply-adds. It is done here, by the form of
/// the kernel alone, and not by LLVM, so that the vectors of a loop and its masked rest round alike.
bool KernelLowering::contracts(const kernel::Map& op, Value result) {
  const bool subtracts = op.function == ScalarFunction::subtract;
  const ElementType type = kernel_.type_of(result).element;
  if ((op.function != ScalarFunction::add && !subtracts) ||
      (type != ElementType::f32 && type != ElementType::f64))
    return false;
  const bool first = products_[op.operands[0].number] != nullptr;
  const kernel::Map* product = products_[op.operands[first ? 0 : 1].number];
  if (!product) return false;
  const Tile& a = tile(product->operands[0]);
  const Tile& b = tile(product->operands[1]);
  const Tile& c = tile(op.operands[first ? 1 : 0]);
  Tile sum = c;
  for (size_t r = 0; r < sum.rows.size(); ++r)
    for (size_t k = 0; k < sum.rows[r].size(); ++k) {
      const Lanes factor = subtracts && !first ? -a.rows[r][k] : a.rows[r][k];
      const Lanes addend = subtracts && first ? -c.rows[r][k] : c.rows[r][k];
      sum.rows[r][k] = fma(factor, b.rows[r][k], addend);
    }
  tile(result) = sum;
  return true;
}

void KernelLowering::lower(const kernel::Map& op, const Instruction&, Value result) {
  const ElementType to = kernel_.type_of(result).element;
  if (op.function == ScalarFunction::multiply && is_float(to)) products_[result.number] = &op;
  if (contracts(op, result)) return;
  const ElementType type = kernel_.type_of(op.operands.back()).element;
  Tile mapped = tile(op.operands[0]);
  std::vector<Lanes> operands;
  for (size_t r = 0; r < mapped.rows.size(); ++r)
    for (size_t c = 0; c < mapped.rows[r].size(); ++c) {
      operands.clear();
      for (Value operand : op.operands) operands.push_back(here(tile(operand).rows[r][c]));
      mapped.rows[r][c] = lower_scalar(emitter_, op.function, {type, to, operands});
    }
  tile(result) = std::move(mapped);
}

/// Where the rows of `a` begin. With a constant stride they are offsets in the instructions. Else a register
/// for each would be too many: every third row has one, and an address adds the stride once or twice to it.
/// LLVM would undo that and spill (kernels.md 2.4), so it is not shown where the third rows come from.
std::vector<llvm::Value*> KernelLowering::row_addresses(const BufferAddress& buffer, Lanes offset,
                                                        Lanes stride, size_t rows) {
  constexpr size_t group = 3;
  llvm::Type* element = memory_type(function_.getContext(), buffer.element);
  const bool is_constant = llvm::isa<llvm::Constant>(stride.value);
  llvm::Value* start = element_address(buffer, offset);
  auto* hide =
      llvm::InlineAsm::get(llvm::FunctionType::get(builder_.getPtrTy(), {builder_.getPtrTy()}, false), "",
                           "=r,0", /*hasSideEffects=*/false);
  std::vector<llvm::Value*> result;
  for (size_t r = 0; r < rows; ++r) {
    const bool leads = is_constant || r % group == 0;
    llvm::Value* from = leads ? start : result[r - r % group];
    const Lanes distance = stride * static_cast<int64_t>(leads ? r : r % group);
    llvm::Value* address = builder_.CreateGEP(element, from, distance.value);
    if (leads && !is_constant && rows > group) {
      llvm::CallInst* hidden = builder_.CreateCall(hide, {address});
      hidden->setDoesNotAccessMemory();
      hidden->setDoesNotThrow();
      address = hidden;
    }
    result.push_back(address);
  }
  return result;
}

void KernelLowering::lower(const kernel::Contract& op, const Instruction&, Value result) {
  const BufferAddress& a = buffers_[op.a.number];
  Tile accumulator = tile(op.accumulator);
  const kernel::TileType row_type{a.element, 1, kernel_.type_of(result).lanes};
  llvm::Type* element = memory_type(function_.getContext(), a.element);
  const std::vector<llvm::Value*> rows =
      row_addresses(a, scalar(op.a_offset), dim(op.a_row_stride), accumulator.rows.size());
  for (int k = 0; k < op.depth; ++k) {
    const Lanes b_offset = scalar(op.b_offset) + dim(op.b_step_stride) * k;
    const Tile b = load_tile(emitter_, buffers_[op.b.number], {b_offset, integer(0), integer(1)}, row_type,
                             mask(op.mask));
    const Lanes step = dim(op.a_step_stride) * k;
    for (size_t r = 0; r < accumulator.rows.size(); ++r) {
      llvm::LoadInst* factor = builder_.CreateLoad(element, builder_.CreateGEP(element, rows[r], step.value));
      mark_access(factor, a);
      std::vector<Lanes>& row = accumulator.rows[r];
      Lanes repeated;
      for (size_t c = 0; c < row.size(); ++c) {
        if (c == 0 || row[c].count() != row[c - 1].count())
          repeated = splat(Lanes{&emitter_, factor}, row[c].count());
        row[c] = fma(repeated, b.rows[0][c], row[c]);
      }
    }
  }
  tile(result) = std::move(accumulator);
}

void KernelLowering::lower(const kernel::Prefetch& op, const Instruction&, Value) {
  llvm::Value* address = element_address(buffers_[op.buffer.number], scalar(op.offset));
  // To read; locality 3 is the nearest cache; data.
  builder_.CreateIntrinsic(
      llvm::Intrinsic::prefetch, {address->getType()},
      {address, builder_.getInt32(0), builder_.getInt32(static_cast<uint32_t>(std::max(1, 4 - op.level))),
       builder_.getInt32(1)});
}

// The test stands at the end; a first one before the loop. A grid loop counts its steps, of which this
// worker's part is [T*w/W, T*(w+1)/W).

}  // namespace kiln::codegen
