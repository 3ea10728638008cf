#include "codegen/tile.h"

#include <functional>

#include "codegen/lowering_table.h"

namespace kiln::codegen {
namespace {

Lanes combine(Emitter& emitter, ScalarFunction function, ElementType type, Lanes a, Lanes b) {
  const Lanes operands[] = {a, b};
  return lower_scalar(emitter, function, {type, type, operands});
}

Lanes pick_lanes(Lanes a, Lanes b, const std::vector<int>& places) {
  return a.with(a.builder().CreateShuffleVector(a.value, b.value, places));
}

using Combine = std::function<Lanes(Lanes, Lanes)>;

Lanes reduce_by_halves(Lanes chunk, const Combine& combine) {
  for (int half = chunk.count() / 2; half > 1; half /= 2) {
    std::vector<int> low, high;
    for (int i = 0; i < half; ++i) low.push_back(i), high.push_back(half + i);
    chunk = combine(pick_lanes(chunk, chunk, low), pick_lanes(chunk, chunk, high));
  }
  return chunk.count() == 1 ? chunk : combine(lane(chunk, 0), lane(chunk, 1));
}

/// The greatest or least float: whether one is NaN is asked of all at once, not at each halving, which would
/// double the way from the first to the last.
Lanes reduce_to_extreme(ScalarFunction function, Lanes chunk) {
  const bool is_maximum = function == ScalarFunction::maximum;
  const Lanes extreme =
      reduce_by_halves(chunk, [&](Lanes a, Lanes b) { return select(is_maximum ? b > a : b < a, b, a); });
  const Lanes any = chunk.with(chunk.builder().CreateOrReduce(is_nan(chunk).value));
  return select(any, extreme.with(llvm::ConstantFP::getNaN(extreme.value->getType())), extreme);
}

Lanes reduce_chunk(Emitter& emitter, ScalarFunction function, ElementType type, Lanes chunk) {
  const bool is_extreme = function == ScalarFunction::maximum || function == ScalarFunction::minimum;
  if (is_extreme && chunk.is_float() && chunk.count() > 1) return reduce_to_extreme(function, chunk);
  return reduce_by_halves(chunk, [&](Lanes a, Lanes b) { return combine(emitter, function, type, a, b); });
}

/// Transposes size x size elements in place, rows[i] being row i, by exchanging ever larger squares.
void transpose_square(std::vector<Lanes>& rows) {
  const int size = static_cast<int>(rows.size());
  for (int block = 1; block < size; block *= 2)
    for (int i = 0; i < size; ++i) {
      if (i & block) continue;
      std::vector<int> upper, lower;
      for (int l = 0; l < size; ++l) {
        upper.push_back(l & block ? size + (l ^ block) : l);
        lower.push_back(l & block ? size + l : l ^ block);
      }
      const Lanes a = rows[static_cast<size_t>(i)];
      const Lanes b = rows[static_cast<size_t>(i + block)];
      rows[static_cast<size_t>(i)] = pick_lanes(a, b, upper);
      rows[static_cast<size_t>(i + block)] = pick_lanes(a, b, lower);
    }
}

}  // namespace

std::vector<int> chunk_widths(const Target& target, int lanes) {
  const int widest = target.vector_bytes / 4;
  std::vector<int> widths;
  for (int width = widest; lanes > 0;) {
    if (width > lanes) {
      width /= 2;
      continue;
    }
    widths.push_back(width);
    lanes -= width;
  }
  return widths;
}

Tile scalar_tile(Lanes value) { return {{{value}}}; }

llvm::Type* chunk_type(llvm::Type* element, int width) {
  return width == 1 ? element : llvm::FixedVectorType::get(element, static_cast<unsigned>(width));
}

Lanes splat(Lanes scalar, int width) {
  if (width == 1) return scalar;
  return scalar.with(scalar.builder().CreateVectorSplat(static_cast<unsigned>(width), scalar.value));
}

Lanes lane(Lanes chunk, int index) {
  if (chunk.count() == 1) return chunk;
  return chunk.with(chunk.builder().CreateExtractElement(chunk.value, static_cast<uint64_t>(index)));
}

Lanes lane_numbers(Emitter& emitter, int first, int width, unsigned bits) {
  llvm::Type* element = emitter.builder.getIntNTy(bits);
  std::vector<llvm::Constant*> numbers;
  for (int i = 0; i < width; ++i)
    numbers.push_back(llvm::ConstantInt::get(element, static_cast<uint64_t>(first + i)));
  return {&emitter, width == 1 ? numbers[0] : llvm::ConstantVector::get(numbers)};
}

Tile splat(const Emitter& emitter, const Tile& operand, const kernel::TileType& from,
           const kernel::TileType& to) {
  const std::vector<int> widths = chunk_widths(emitter.target, to.lanes);
  Tile result;
  for (int r = 0; r < to.rows; ++r) {
    const std::vector<Lanes>& source = operand.rows[from.rows == 1 ? 0 : static_cast<size_t>(r)];
    if (from.lanes == to.lanes) {
      result.rows.push_back(source);
      continue;
    }
    std::vector<Lanes> row;
    for (size_t c = 0; c < widths.size(); ++c)
      row.push_back(c > 0 && widths[c] == widths[c - 1] ? row.back() : splat(source[0], widths[c]));
    result.rows.push_back(row);
  }
  return result;
}

Tile reduce_lanes(Emitter& emitter, ScalarFunction function, ElementType type, const Tile& operand) {
  Tile result;
  for (const std::vector<Lanes>& row : operand.rows) {
    Lanes total;
    for (size_t c = 0; c < row.size();) {
      Lanes chunk = row[c++];
      for (; c < row.size() && row[c].count() == chunk.count(); ++c)
        chunk = combine(emitter, function, type, chunk, row[c]);
      const Lanes value = reduce_chunk(emitter, function, type, chunk);
      total = total.value ? combine(emitter, function, type, total, value) : value;
    }
    result.rows.push_back({total});
  }
  return result;
}

Tile reduce_rows(Emitter& emitter, ScalarFunction function, ElementType type, const Tile& operand) {
  std::vector<Lanes> total = operand.rows[0];
  for (size_t r = 1; r < operand.rows.size(); ++r)
    for (size_t c = 0; c < total.size(); ++c)
      total[c] = combine(emitter, function, type, total[c], operand.rows[r][c]);
  return {{total}};
}

Tile transpose(Emitter& emitter, const Tile& operand, const kernel::TileType& from) {
  const std::vector<int> from_widths = chunk_widths(emitter.target, from.lanes);
  const std::vector<int> to_widths = chunk_widths(emitter.target, from.rows);
  Tile result;
  result.rows.assign(static_cast<size_t>(from.lanes), std::vector<Lanes>(to_widths.size()));
  int first_row = 0;
  for (size_t to_chunk = 0; to_chunk < to_widths.size(); first_row += to_widths[to_chunk++]) {
    int first_lane = 0;
    for (size_t from_chunk = 0; from_chunk < from_widths.size(); first_lane += from_widths[from_chunk++]) {
      const int size = from_widths[from_chunk];
      const auto source = [&](int r) { return operand.rows[static_cast<size_t>(first_row + r)][from_chunk]; };
      if (size == to_widths[to_chunk]) {
        std::vector<Lanes> square;
        for (int r = 0; r < size; ++r) square.push_back(source(r));
        if (size > 1) transpose_square(square);
        for (int l = 0; l < size; ++l)
          result.rows[static_cast<size_t>(first_lane + l)][to_chunk] = square[static_cast<size_t>(l)];
        continue;
      }
      for (int l = 0; l < size; ++l) {
        const int width = to_widths[to_chunk];
        llvm::Value* gathered = llvm::PoisonValue::get(chunk_type(source(0).element(), width));
        for (int r = 0; r < width; ++r) {
          llvm::Value* element = lane(source(r), l).value;
          gathered = width == 1
                         ? element
                         : emitter.builder.CreateInsertElement(gathered, element, static_cast<uint64_t>(r));
        }
        result.rows[static_cast<size_t>(first_lane + l)][to_chunk] = {&emitter, gathered};
      }
    }
  }
  return result;
}

}  // namespace kiln::codegen
