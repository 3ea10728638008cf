#include "codegen/memory_access.h"

#include <bit>
#include <optional>

#include <llvm/IR/IntrinsicsX86.h>

#include "kernel/machine.h"

namespace kiln::codegen {
namespace {

/// One chunk of a row: `width` lanes from `first` on.
struct Chunk {
  llvm::Value* address;              // of its first element, where the lanes lie `stride` apart
  std::optional<int64_t> stride;     // if known
  llvm::Value* addresses = nullptr;  // of each lane, where they do not
  int width;
  Lanes mask;  // value null: all lanes
};

constexpr int vector_bytes_of_masks = 64;                 // of targets that store under a mask at full rate
constexpr int least_mask_bits = 16, most_mask_bits = 64;  // of masks that are registers

llvm::Align alignment(ElementType type) { return llvm::Align(static_cast<uint64_t>(size_of(type))); }

std::optional<int64_t> known(Lanes number) {
  if (auto* constant = llvm::dyn_cast<llvm::ConstantInt>(number.value)) return constant->getSExtValue();
  return std::nullopt;
}

Chunk chunk_at(Emitter& emitter, const BufferAddress& buffer, const Placement& placement, size_t row,
               size_t position, int first, int width, const Tile* mask) {
  Chunk chunk;
  chunk.width = width;
  chunk.mask = {};
  if (mask) chunk.mask = mask->rows[mask->rows.size() == 1 ? 0 : row][position];
  llvm::Type* stored = memory_type(emitter.module.getContext(), buffer.element);
  llvm::IRBuilder<>& builder = emitter.builder;
  if (placement.places) {
    const Lanes places = placement.places->rows[row][position];
    if (width == 1) {
      chunk.address = builder.CreateGEP(stored, buffer.base, places.value);
      chunk.stride = 1;
    } else {
      chunk.addresses = builder.CreateGEP(stored, buffer.base, places.value);
    }
    return chunk;
  }
  // The part that rows and chunks add comes last, so that with constant strides it is an offset in the
  // instruction.
  llvm::Value* start = builder.CreateGEP(stored, buffer.base, placement.offset.value);
  const Lanes step = placement.row_stride * static_cast<int64_t>(row) + placement.lane_stride * first;
  chunk.address = builder.CreateGEP(stored, start, step.value);
  chunk.stride = width == 1 ? 1 : known(placement.lane_stride);
  if (!chunk.stride || (*chunk.stride != 0 && *chunk.stride != 1)) {
    const Lanes places = lane_numbers(emitter, 0, width, 64) * splat(placement.lane_stride, width);
    chunk.addresses = builder.CreateGEP(stored, chunk.address, places.value);
  }
  return chunk;
}

/// What stands in memory as what stands in registers, and back: bools are bytes there.
Lanes from_memory(Lanes x, ElementType type) {
  return type == ElementType::boolean
             ? x.with(x.builder().CreateTrunc(x.value, x.shaped(x.builder().getInt1Ty())))
             : x;
}
Lanes to_memory(Lanes x, ElementType type) { return type == ElementType::boolean ? x.resized(8, false) : x; }

/// Masked accesses of one element are vectors of one for LLVM.
llvm::Type* vector_of_one(llvm::Type* element) { return llvm::FixedVectorType::get(element, 1); }
llvm::Value* as_vector_of_one(llvm::IRBuilder<>& builder, llvm::Value* value) {
  return builder.CreateInsertElement(llvm::PoisonValue::get(vector_of_one(value->getType())), value,
                                     uint64_t{0});
}

/// Whether all that lies between the lanes of a chunk is to be read, or stored around, under one mask.
bool is_dense(const BufferAddress& buffer, const Chunk& chunk) {
  return chunk.addresses && chunk.stride && *chunk.stride > 1 &&
         *chunk.stride <= kernel::Machine::near_stride && chunk.width > 1 && size_of(buffer.element) >= 4;
}

/// Lanes that a dense access goes over, masked where they are not the chunk's: a power of two, since masks of
/// other widths are taken apart bit by bit.
int dense_width(const Chunk& chunk) {
  return static_cast<int>(
      std::bit_ceil(static_cast<unsigned>(chunk.width) * static_cast<unsigned>(*chunk.stride)));
}

/// A mask's lanes with zeros between them, by depositing its bits: shuffles of bits go through whole vectors.
llvm::Value* deposit(Emitter& emitter, const Chunk& chunk, llvm::Value* mask) {
  llvm::IRBuilder<>& builder = emitter.builder;
  uint64_t places = 0;
  for (int lane = 0; lane < chunk.width; ++lane) places |= uint64_t{1} << (lane * *chunk.stride);
  llvm::Value* bits = builder.CreateBitCast(mask, builder.getIntNTy(static_cast<unsigned>(chunk.width)));
  bits = builder.CreateZExt(bits, builder.getInt64Ty());
  bits = builder.CreateIntrinsic(llvm::Intrinsic::x86_bmi_pdep_64, {}, {bits, builder.getInt64(places)});
  bits = builder.CreateTrunc(bits, builder.getIntNTy(static_cast<unsigned>(dense_width(chunk))));
  return builder.CreateBitCast(bits, chunk_type(builder.getInt1Ty(), dense_width(chunk)));
}

/// The chunk's lanes, or where there is no value all true, with zeros between them.
llvm::Value* spread(Emitter& emitter, const Chunk& chunk, llvm::Value* value) {
  llvm::IRBuilder<>& builder = emitter.builder;
  const bool in_bits = emitter.target.vector_bytes == vector_bytes_of_masks &&
                       dense_width(chunk) >= least_mask_bits && dense_width(chunk) <= most_mask_bits;
  if (value && value->getType()->getScalarType()->isIntegerTy(1) && in_bits)
    return deposit(emitter, chunk, value);
  if (!value) value = llvm::Constant::getAllOnesValue(chunk_type(builder.getInt1Ty(), chunk.width));
  std::vector<int> places(static_cast<size_t>(dense_width(chunk)), chunk.width);
  for (int lane = 0; lane < chunk.width; ++lane) places[static_cast<size_t>(lane * *chunk.stride)] = lane;
  return builder.CreateShuffleVector(value, llvm::Constant::getNullValue(value->getType()), places);
}

/// The lanes from between the others.
llvm::Value* gathered(Emitter& emitter, const Chunk& chunk, llvm::Value* dense) {
  std::vector<int> places;
  for (int lane = 0; lane < chunk.width; ++lane) places.push_back(lane * static_cast<int>(*chunk.stride));
  return emitter.builder.CreateShuffleVector(dense, places);
}

Lanes load_chunk(Emitter& emitter, const BufferAddress& buffer, const Chunk& chunk) {
  llvm::IRBuilder<>& builder = emitter.builder;
  llvm::Type* stored = memory_type(emitter.module.getContext(), buffer.element);
  llvm::Type* type = chunk_type(stored, chunk.width);
  const llvm::Align align = alignment(buffer.element);
  llvm::Value* mask = chunk.mask.value;
  llvm::Value* loaded;
  llvm::Value* result;
  if (is_dense(buffer, chunk)) {
    llvm::Type* dense = chunk_type(stored, dense_width(chunk));
    loaded = builder.CreateMaskedLoad(dense, chunk.address, align, spread(emitter, chunk, mask),
                                      llvm::Constant::getNullValue(dense));
    result = gathered(emitter, chunk, loaded);
  } else if (chunk.addresses) {
    loaded = result =
        builder.CreateMaskedGather(type, chunk.addresses, align, mask, llvm::Constant::getNullValue(type));
  } else if (chunk.width > 1 && chunk.stride == 1) {
    loaded = result = mask ? static_cast<llvm::Value*>(builder.CreateMaskedLoad(
                                 type, chunk.address, align, mask, llvm::Constant::getNullValue(type)))
                           : builder.CreateAlignedLoad(type, chunk.address, align);
  } else {
    // One element, for all lanes of the chunk.
    if (mask) {
      llvm::Value* wanted = any(chunk.mask).value;
      loaded = builder.CreateMaskedLoad(vector_of_one(stored), chunk.address, align,
                                        as_vector_of_one(builder, wanted),
                                        llvm::Constant::getNullValue(vector_of_one(stored)));
      result = builder.CreateExtractElement(loaded, uint64_t{0});
    } else {
      loaded = result = builder.CreateAlignedLoad(stored, chunk.address, align);
    }
    result = splat(Lanes{&emitter, result}, chunk.width).value;
    if (mask && chunk.width > 1)
      result = builder.CreateSelect(mask, result, llvm::Constant::getNullValue(type));
  }
  mark_access(loaded, buffer);
  return from_memory({&emitter, result}, buffer.element);
}

void store_chunk(Emitter& emitter, const BufferAddress& buffer, const Chunk& chunk, Lanes value) {
  llvm::IRBuilder<>& builder = emitter.builder;
  const llvm::Align align = alignment(buffer.element);
  llvm::Value* stored = to_memory(value, buffer.element).value;
  llvm::Value* mask = chunk.mask.value;
  llvm::Value* access;
  if (is_dense(buffer, chunk) && emitter.target.vector_bytes == vector_bytes_of_masks) {
    access = builder.CreateMaskedStore(spread(emitter, chunk, stored), chunk.address, align,
                                       spread(emitter, chunk, mask));
  } else if (chunk.addresses) {
    access = builder.CreateMaskedScatter(stored, chunk.addresses, align, mask);
  } else if (!mask) {
    access = builder.CreateAlignedStore(stored, chunk.address, align);
  } else if (chunk.width == 1) {
    access = builder.CreateMaskedStore(as_vector_of_one(builder, stored), chunk.address, align,
                                       as_vector_of_one(builder, mask));
  } else {
    access = builder.CreateMaskedStore(stored, chunk.address, align, mask);
  }
  mark_access(access, buffer);
}

}  // namespace

llvm::Value* element_address(const BufferAddress& buffer, Lanes offset) {
  llvm::IRBuilder<>& builder = offset.builder();
  return builder.CreateGEP(memory_type(builder.getContext(), buffer.element), buffer.base, offset.value);
}

void mark_access(llvm::Value* access, const BufferAddress& buffer) {
  auto* instruction = llvm::dyn_cast<llvm::Instruction>(access);
  if (!instruction) return;
  instruction->setMetadata(llvm::LLVMContext::MD_alias_scope, buffer.scope);
  if (buffer.disjoint) instruction->setMetadata(llvm::LLVMContext::MD_noalias, buffer.disjoint);
}

Tile load_tile(Emitter& emitter, const BufferAddress& buffer, const Placement& placement,
               const kernel::TileType& type, const Tile* mask) {
  const std::vector<int> widths = chunk_widths(emitter.target, type.lanes);
  Tile result;
  for (size_t r = 0; r < static_cast<size_t>(type.rows); ++r) {
    std::vector<Lanes> row;
    int first = 0;
    for (size_t c = 0; c < widths.size(); first += widths[c++])
      row.push_back(
          load_chunk(emitter, buffer, chunk_at(emitter, buffer, placement, r, c, first, widths[c], mask)));
    result.rows.push_back(row);
  }
  return result;
}

void store_tile(Emitter& emitter, const BufferAddress& buffer, const Placement& placement, const Tile& value,
                const Tile* mask) {
  for (size_t r = 0; r < value.rows.size(); ++r) {
    int first = 0;
    for (size_t c = 0; c < value.rows[r].size(); first += value.rows[r][c++].count()) {
      const Lanes chunk = value.rows[r][c];
      store_chunk(emitter, buffer, chunk_at(emitter, buffer, placement, r, c, first, chunk.count(), mask),
                  chunk);
    }
  }
}

}  // namespace kiln::codegen
