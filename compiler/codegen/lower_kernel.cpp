#include "codegen/lower_kernel.h"

#include <llvm/IR/InlineAsm.h>
#include <llvm/IR/MDBuilder.h>
#include <llvm/IR/Verifier.h>
#include <llvm/Support/raw_ostream.h>

#include <set>

#include "base/float_format.h"
#include "base/internal_check.h"
#include "codegen/compile.h"
#include "codegen/integer.h"
#include "codegen/lower_dims.h"
#include "codegen/lowering_table.h"
#include "codegen/memory_access.h"
#include "codegen/tile.h"

namespace kiln::codegen {
namespace {

using kernel::Block;
using kernel::BufferId;
using kernel::Instruction;
using kernel::Value;

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
  Tile& tile(Value value) { return values_[value.number]; }
  Lanes scalar(Value value) { return here(tile(value).scalar()); }
  /// A value of the entry block, to go on with where the body stands.
  Lanes here(Lanes value) { return {&emitter_, value.value}; }
  Lanes dim(const dim::Dim& dim) { return here(dims_.value_of(dim)); }
  Lanes integer(int64_t number) { return {&emitter_, builder_.getInt64(static_cast<uint64_t>(number))}; }
  const Tile* mask(Value value) { return value.valid() ? &tile(value) : nullptr; }

  void stand_at(Span span) {
    if (lines_) builder_.SetCurrentDebugLocation(lines_->at(span));
  }
  void address_buffers();
  llvm::Value* base_of(uint32_t number, uint32_t position);

  void lower(const Block& block) {
    for (const Instruction& instruction : block.instructions) {
      const Value result = instruction.results.size() == 1 ? instruction.results[0] : Value{};
      stand_at(instruction.span);
      std::visit([&](const auto& op) { lower(op, instruction, result); }, instruction.op);
    }
  }
  void lower_inside(const Block& block, Span span) {
    if (lines_) lines_->enter(span);
    lower(block);
    if (lines_) lines_->leave();
  }
  void lower(const kernel::Constant& op, const Instruction&, Value result);
  void lower(const kernel::DimValue& op, const Instruction&, Value result) {
    tile(result) = scalar_tile(dim(op.dim));
  }
  void lower(const kernel::LaneNumbers& op, const Instruction&, Value result);
  void lower(const kernel::LaneMask& op, const Instruction&, Value result);
  void lower(const kernel::Splat& op, const Instruction&, Value result) {
    tile(result) = splat(emitter_, tile(op.operand), kernel_.type_of(op.operand), kernel_.type_of(result));
  }
  void lower(const kernel::Map& op, const Instruction&, Value result);
  void lower(const kernel::Load& op, const Instruction&, Value result) {
    tile(result) = load_tile(emitter_, buffers_[op.address.buffer.number], placement(op.address),
                             kernel_.type_of(result), mask(op.mask));
  }
  void lower(const kernel::Store& op, const Instruction&, Value) {
    store_tile(emitter_, buffers_[op.address.buffer.number], placement(op.address), tile(op.value),
               mask(op.mask));
  }
  void lower(const kernel::ReduceLanes& op, const Instruction&, Value result) {
    tile(result) = reduce_lanes(emitter_, op.function, kernel_.type_of(op.operand).element, tile(op.operand));
  }
  void lower(const kernel::ReduceRows& op, const Instruction&, Value result) {
    tile(result) = reduce_rows(emitter_, op.function, kernel_.type_of(op.operand).element, tile(op.operand));
  }
  void lower(const kernel::Transpose& op, const Instruction&, Value result) {
    tile(result) = transpose(emitter_, tile(op.operand), kernel_.type_of(op.operand));
  }
  void lower(const kernel::Contract& op, const Instruction&, Value result);
  void lower(const kernel::Prefetch& op, const Instruction&, Value result);
  void lower(const kernel::Loop& op, const Instruction& instruction, Value result);
  void lower(const kernel::Branch& op, const Instruction& instruction, Value result);

  Placement placement(const kernel::Address& address) {
    const bool scattered = !kernel_.type_of(address.offset).is_scalar();
    return {scattered ? integer(0) : scalar(address.offset), dim(address.row_stride),
            dim(address.lane_stride), scattered ? &tile(address.offset) : nullptr};
  }
  bool contracts(const kernel::Map& op, Value result);
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

}  // namespace

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
