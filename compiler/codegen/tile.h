#pragma once

#include <vector>

#include "codegen/lanes.h"
#include "codegen/target.h"
#include "kernel/kernel.h"

namespace kiln::codegen {

/// A tile in registers. Each row is cut into chunks whose widths are powers of two, whole vectors of 32-bit
/// elements first, so that no lane stands without an element; the cut depends on the lane count alone, so
/// that tiles of any element types fit each other chunk by chunk. A chunk of width 1 is an LLVM scalar.
struct Tile {
  std::vector<std::vector<Lanes>> rows;

  Lanes scalar() const { return rows[0][0]; }
};

std::vector<int> chunk_widths(const Target& target, int lanes);

Tile scalar_tile(Lanes value);

/// `element` for one lane, a vector of it for more.
llvm::Type* chunk_type(llvm::Type* element, int width);
/// The scalar in each of `width` lanes.
Lanes splat(Lanes scalar, int width);
Lanes lane(Lanes chunk, int index);

/// The number of each lane from `first` on, an integer vector of `bits`.
Lanes lane_numbers(Emitter& emitter, int first, int width, unsigned bits);

/// 1 x 1, 1 x lanes or rows x 1 repeated to the shape.
Tile splat(const Emitter& emitter, const Tile& operand, const kernel::TileType& from,
           const kernel::TileType& to);

/// Combines all lanes of each row: chunks of the full width one after the other, each width then by halving,
/// then the widths from the widest on.
Tile reduce_lanes(Emitter& emitter, ScalarFunction function, ElementType type, const Tile& operand);
/// Combines the rows in their order.
Tile reduce_rows(Emitter& emitter, ScalarFunction function, ElementType type, const Tile& operand);

Tile transpose(Emitter& emitter, const Tile& operand, const kernel::TileType& from);

}  // namespace kiln::codegen
