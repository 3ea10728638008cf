#pragma once

#include "codegen/lower_dims.h"
#include "codegen/tile.h"

namespace kiln::codegen {

/// A buffer of the function that is being made: where it begins, and the metadata saying that nothing else
/// that the function writes overlaps it.
struct BufferAddress {
  llvm::Value* base = nullptr;
  llvm::MDNode* scope = nullptr;     // of accesses to it
  llvm::MDNode* disjoint = nullptr;  // the scopes of all others
  ElementType element = ElementType::f32;
};

/// Where a tile lies: rows and lanes from `offset` on by strides, or, if `places` is set, each element at its
/// own.
struct Placement {
  Lanes offset;
  Lanes row_stride, lane_stride;
  const Tile* places = nullptr;
};

/// The tile in registers; a masked-off element is not read and 0. `mask` is null or a tile of one or all
/// rows.
Tile load_tile(Emitter& emitter, const BufferAddress& buffer, const Placement& placement,
               const kernel::TileType& type, const Tile* mask);

/// Writes the elements that the mask lets through, in ascending order of (row, lane).
void store_tile(Emitter& emitter, const BufferAddress& buffer, const Placement& placement, const Tile& value,
                const Tile* mask);

/// The address of an element.
llvm::Value* element_address(const BufferAddress& buffer, Lanes offset);

/// Marks a load or store with the buffer's metadata.
void mark_access(llvm::Value* access, const BufferAddress& buffer);

}  // namespace kiln::codegen
