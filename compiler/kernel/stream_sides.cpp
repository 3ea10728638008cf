#include <algorithm>

#include "fuse/shape.h"
#include "graph/walk.h"
#include "kernel/stream_block.h"

namespace kiln::kernel {

using dim::Dim;
using graph::ExprId;
using graph::ValueId;
using F = ScalarFunction;

/// All factors of the scores that do not depend on keys, multiplied: queries beside each other for each step.
void StreamBlock::pack_queries() {
  const graph::Compute& compute = scores();
  std::vector<uint32_t> steps;
  for (uint32_t index = stream_.axes; index < compute.domain.size(); ++index)
    if (!compute.domain[index].extent.is_constant(1)) steps.push_back(index);
  const std::function<void(size_t, const Bases&, Value)> level = [&](size_t number, const Bases& bases,
                                                                     Value position) {
    if (number == steps.size()) return pack_step(bases, position, UINT32_MAX, {});
    const Value extent = builder_.dim(compute.domain[steps[number]].extent);
    const Value before = builder_.multiply(position, extent);
    const bool inner = number + 1 == steps.size();
    builder_.serial(
        builder_.integer(0), extent, inner ? shape_.width : 1,
        [&](Value step) {
          Bases next = bases;
          next[steps[number]] = step;
          const Value here = builder_.add(before, step);
          inner ? pack_step(next, here, steps[number], builder_.subtract(extent, step))
                : level(number + 1, next, here);
        },
        1);
  };
  level(0, {}, builder_.integer(0));
}

/// `count` steps from `position` on, at most a vector of them; one where there is no inner index.
void StreamBlock::pack_step(const Bases& steps, Value position, uint32_t inner, Value count) {
  const int wide = inner == UINT32_MAX ? 1 : shape_.width;
  const auto pack = [&](Value query, int rows) {
    Evaluation at(task_.context, scores());
    for (uint32_t axis = 0; axis < stream_.key(); ++axis) at.bind(axis, bases_.at(axis));
    for (const auto& [index, base] : steps) at.bind(index, base, index == inner ? Role::lane : Role::uniform);
    for (uint32_t index = stream_.axes; index < scores().domain.size(); ++index)
      if (!steps.contains(index)) at.bind(index, builder_.integer(0));
    at.bind(stream_.lane, builder_.add(bases_.at(stream_.lane), query), rows > 1 ? Role::row : Role::uniform);
    at.set_tile(rows, wide, wide > 1 ? builder_.lane_mask(count, wide) : Value{});
    Value guard;
    for (const ExprId condition : scores().guard)
      if (!graph::mentions_index(task_.function().expressions, condition, stream_.key()))
        guard = builder_.both(guard, at.value(condition));
    Value tile;
    for (const ExprId factor : stream_.queries) {
      const Value value = at.value(factor, guard);
      tile = tile.valid() ? builder_.multiply(tile, value) : value;
    }
    return builder_.splat(tile, rows, wide);
  };
  const Value row = builder_.multiply(position, builder_.integer(lanes_));
  if (left_.valid() || wide == 1) {  // query by query
    builder_.serial(
        builder_.integer(0), left_.valid() ? left_ : builder_.integer(lanes_), 1, [&](Value query) {
          const Value mask = wide > 1 ? builder_.lane_mask(count, wide) : Value{};
          builder_.store({buffers_.queries, builder_.add(row, query), 0, lanes_}, pack(query, 1), mask);
        });
    return;
  }
  // Squares, turned round. Steps beyond the last are overwritten by those that follow, or lie behind the end.
  builder_.serial(
      builder_.integer(0), builder_.integer(lanes_), shape_.width,
      [&](Value query) {
        const Value square = builder_.transpose(pack(query, shape_.width));
        builder_.store({buffers_.queries, builder_.add(row, query), lanes_, 1}, square);
      },
      1);
}

/// Stores reductions of rows that others read, and the sums with all that follows them.
void StreamBlock::finish() {
  for (const auto& [value, tile] : rows_) {
    Evaluation at = at_block(1);
    at.turn_to(task_.compute(value));
    task_.keep(at, value, tile);
    const Value place = builder_.integer(int64_t{buffers_.row_of.at(value)} * lanes_);
    builder_.store(buffers_.rows, place, tile);
  }
  const Value extent = builder_.dim(product().domain[stream_.width].extent);
  const auto columns = [&](const std::function<void(Value, Value)>& body) {
    builder_.serial(
        builder_.integer(0), extent, shape_.width,
        [&](Value column) {
          body(column, builder_.lane_mask(builder_.subtract(extent, column), shape_.width));
        },
        1);
  };
  const auto rows = [&] {
    builder_.serial(
        builder_.integer(0), left_.valid() ? left_ : builder_.integer(lanes_), 1,
        [&](Value query) { columns([&](Value column, Value edge) { finish_tile(query, 1, column, edge); }); },
        1);
  };
  if (left_.valid()) return rows();
  builder_.serial(
      builder_.integer(0), builder_.integer(lanes_), shape_.width,
      [&](Value query) {
        columns([&](Value column, Value edge) { finish_tile(query, shape_.width, column, edge); });
      },
      1);
}

/// `count` queries x a vector of columns: one query, or a square.
void StreamBlock::finish_tile(Value query, int count, Value column, Value edge) {
  const Value from = builder_.add(builder_.multiply(column, builder_.integer(lanes_)), query);
  Value tile;
  if (count == 1)
    tile = builder_.load({buffers_.sums, from, 0, lanes_}, {element_, 1, shape_.width}, edge);
  else
    tile = builder_.transpose(
        builder_.load({buffers_.sums, from, lanes_, 1}, {element_, shape_.width, shape_.width}));
  Evaluation at = at_product();
  at.bind(stream_.index_of[stream_.lane], builder_.add(bases_.at(stream_.lane), query),
          count > 1 ? Role::row : Role::uniform);
  at.bind(stream_.width, column, Role::lane);
  at.set_tile(count, shape_.width, edge);
  for (const auto& [value, number] : buffers_.row_of) {
    const Value place = builder_.add(builder_.integer(int64_t{number} * lanes_), query);
    Value row = builder_.load({buffers_.rows, place, 0, 1}, {element_, 1, count});
    at.put_register(value, count > 1 ? builder_.transpose(row) : row);
  }
  bool follows = false;
  for (const ValueId member : task_.group.members) {
    if (member != stream_.product && !follows) continue;
    task_.begin(member);
    at.turn_to(task_.compute(member));
    const Value value = follows ? at.value(task_.compute(member).body) : tile;
    task_.keep(at, member, value);
    at.put_register(member, value);
    follows = true;
  }
}

}  // namespace kiln::kernel
