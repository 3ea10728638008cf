#pragma once

#include <functional>

#include "kernel/builder.h"

namespace kiln::kernel {

/// Runs `body` over low..high in tiles of `lanes`: whole tiles first, then what is left under a mask. Carried
/// tiles pass through both. `body` gets the first number of the tile and the mask (none in whole tiles).
using LaneBody =
    std::function<std::vector<Value>(Value start, Value edge, const std::vector<Value>& carried)>;
std::vector<Value> lane_loop(Builder& builder, Value low, Value high, int lanes, std::vector<Value> carried,
                             const LaneBody& body);

/// The same in tiles of `lanes` while there are whole ones, and what is left in tiles of `narrow`. `body`
/// gets the first number, the mask and the lanes of a tile.
using TileBody = std::function<void(Value start, Value edge, int lanes)>;
void narrowing_lane_loop(Builder& builder, Value low, Value high, int lanes, int narrow,
                         const TileBody& body);

/// An index that a grid runs over, in blocks of `block`.
struct GridAxis {
  uint32_t index = 0;
  dim::Dim extent;
  int64_t block = 1;
};
/// One grid loop over the product of the axes, the last one fastest. `body` gets the first number of each
/// axis' block.
void grid_loop(Builder& builder, const std::vector<GridAxis>& axes,
               const std::function<void(const std::vector<Value>& starts)>& body);

}  // namespace kiln::kernel
