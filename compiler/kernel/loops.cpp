#include "kernel/loops.h"

namespace kiln::kernel {

using dim::Dim;
using F = ScalarFunction;

namespace {

/// Where the whole tiles end.
Value end_of_whole(Builder& builder, Value low, Value count, int lanes) {
  const Value whole =
      builder.multiply(builder.map(F::quotient, {count, builder.integer(lanes)}), builder.integer(lanes));
  return builder.add(low, whole);
}

/// -1: known at the call.
int64_t known_number(Builder& builder, Value count) {
  const std::optional<Dim> known = builder.known(count);
  return known ? known->constant().value_or(-1) : -1;
}

}  // namespace

std::vector<Value> lane_loop(Builder& builder, Value low, Value high, int lanes, std::vector<Value> carried,
                             const LaneBody& body) {
  if (lanes == 1)
    return builder.loop(low, high, 1, std::move(carried),
                        [&](Value index, const std::vector<Value>& tiles) { return body(index, {}, tiles); });
  const Value count = builder.subtract(high, low);
  const int64_t number = known_number(builder, count);
  if (number > 0 && number <= lanes)  // one tile, no loop
    return body(low, number == lanes ? Value{} : builder.lane_mask(count, lanes), carried);
  const Value middle = end_of_whole(builder, low, count, lanes);
  if (number < 0 || number >= lanes)
    carried =
        builder.loop(low, middle, lanes, std::move(carried),
                     [&](Value index, const std::vector<Value>& tiles) { return body(index, {}, tiles); });
  if (number >= 0 && number % lanes == 0) return carried;
  return builder.loop(
      middle, high, lanes, std::move(carried),
      [&](Value index, const std::vector<Value>& tiles) {
        return body(index, builder.lane_mask(builder.subtract(high, index), lanes), tiles);
      },
      1);
}

void narrowing_lane_loop(Builder& builder, Value low, Value high, int lanes, int narrow,
                         const TileBody& body) {
  const auto tiles = [&](Value from, int width) {
    lane_loop(builder, from, high, width, {}, [&](Value start, Value edge, const std::vector<Value>&) {
      body(start, edge, width);
      return std::vector<Value>{};
    });
  };
  const Value count = builder.subtract(high, low);
  const int64_t number = known_number(builder, count);
  const int64_t rest = number < 0 ? 1 : number % lanes;
  if (lanes <= narrow || rest == 0 || rest > lanes - narrow) return tiles(low, lanes);
  if (number >= 0 && number < lanes) return tiles(low, narrow);
  const Value middle = end_of_whole(builder, low, count, lanes);
  builder.loop(low, middle, lanes, {}, [&](Value start, const std::vector<Value>&) {
    body(start, {}, lanes);
    return std::vector<Value>{};
  });
  tiles(middle, narrow);
}

void grid_loop(Builder& builder, const std::vector<GridAxis>& axes,
               const std::function<void(const std::vector<Value>& starts)>& body) {
  std::vector<Dim> counts;
  Dim total = 1;
  for (const GridAxis& axis : axes) {
    counts.push_back(axis.block == 1 ? axis.extent : (axis.extent + Dim(axis.block - 1)) / Dim(axis.block));
    total = total * counts.back();
  }
  builder.grid(builder.integer(0), builder.dim(total), 1, [&](Value point) {
    std::vector<Value> starts(axes.size());
    Value rest = point;
    for (size_t i = axes.size(); i-- > 0;) {
      Value number = rest;
      if (counts[i].is_constant(1)) {
        number = builder.integer(0);
      } else if (i > 0) {
        const Value count = builder.dim(counts[i]);
        number = builder.map(F::remainder, {rest, count});
        rest = builder.map(F::quotient, {rest, count});
      }
      starts[i] = builder.multiply(number, builder.integer(axes[i].block));
    }
    body(starts);
  });
}

}  // namespace kiln::kernel
