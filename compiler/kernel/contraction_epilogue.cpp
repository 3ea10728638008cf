#include <algorithm>

#include "fuse/shape.h"
#include "graph/cost.h"
#include "kernel/contraction_tiles.h"

namespace kiln::kernel {

using F = ScalarFunction;
using graph::ValueId;

namespace {
/// Tile-sized operands and operations that fit beside the sums in registers.
constexpr int light_cost = 4;

/// Rows of results neighbour in memory and lanes do not.
bool turned(const ContractionForm& form, uint32_t row, uint32_t lane) {
  const auto neighbours = [&](uint32_t index) {
    return index != UINT32_MAX && form.result.coefficient_of(index).is_constant(1);
  };
  return neighbours(row) && !neighbours(lane);
}
}  // namespace

Epilogue::Epilogue(const Task& task, const ContractionForm& form)
    : task_(task), form_(form), builder_(task.builder()) {}

/// Whether the members can be applied to the whole tile at once without spilling it.
bool Epilogue::is_light() const {
  int cost = static_cast<int>(form_.contraction.scale.size()), tiles = 0;
  const auto rank = task_.rank(task_.group.members[0]);
  for (size_t i = 1; i < task_.group.members.size(); ++i) {
    const graph::Compute& compute = task_.compute(task_.group.members[i]);
    cost += graph::cost_of(task_.function().expressions, compute.body);
    for (const graph::ExprId read : fuse::reads_of(task_.function().expressions, compute))
      if (task_.function().expressions[read].operands.size() == rank && rank > 1) ++tiles;
  }
  return cost <= light_cost && tiles <= 2;
}

/// Whether anything is summed; no value where that is certain.
Value Epilogue::sums_some(const Bases& bases) {
  if (form_.k.empty()) return {};
  const StepRange range = all_steps(task_, form_, bases);
  Value some;
  const auto require = [&](Value low, Value high) {
    const auto least = builder_.known(low), end = builder_.known(high);
    const auto count = least && end ? (*end - *least).constant() : std::nullopt;
    if (!count || *count < 1) some = builder_.both(some, builder_.map(F::less, {low, high}));
  };
  require(range.low, range.high);
  for (size_t i = 0; i + 1 < form_.k.size(); ++i)
    require(builder_.integer(0), builder_.dim(form_.extents[form_.k[i]]));
  return some;
}

/// The factors stood within the sum: where nothing is summed they are not evaluated, and the result is 0.
Value Epilogue::scaled(Evaluation& at, const Bases& bases, Value sums) {
  const std::vector<graph::ExprId>& factors = form_.contraction.scale;
  const auto is_literal = [&](graph::ExprId id) {
    return task_.function().expressions[id].kind == graph::ExprKind::literal;
  };
  const bool is_plain = std::all_of(factors.begin(), factors.end(), is_literal);
  const Value some = is_plain ? Value{} : sums_some(bases);
  const Value unscaled = sums;
  for (const graph::ExprId factor : factors)
    sums = builder_.multiply(
        sums, some.valid() && at.needs_guard(factor) ? at.value(factor, some) : at.value(factor));
  return some.valid() ? builder_.map(F::select, {some, sums, unscaled}) : sums;
}

Value Epilogue::masked(Evaluation& at, Value sums) {
  const std::vector<graph::ExprId>& masks = form_.contraction.masks;
  if (masks.empty()) return sums;
  Value let_through;
  for (const graph::ExprId mask : masks) let_through = builder_.both(let_through, at.value(mask));
  const TileType type = builder_.type_of(sums);
  const Value zeros = builder_.splat(builder_.constant(type.element, Scalar{}), type.rows, type.lanes);
  return builder_.map(F::select, {let_through, sums, zeros});
}

void Epilogue::members(Evaluation at, const Bases& bases, Value sums) {
  const ValueId first = task_.group.members[0];
  task_.begin(first);
  at.turn_to(task_.compute(first));
  sums = masked(at, scaled(at, bases, sums));
  task_.keep(at, first, sums);
  at.put_register(first, sums);
  for (size_t i = 1; i < task_.group.members.size(); ++i) {
    const ValueId member = task_.group.members[i];
    const graph::Compute& compute = task_.compute(member);
    task_.begin(member);
    at.turn_to(compute);
    const Value tile = at.value(compute.body);
    task_.keep(at, member, tile);
    at.put_register(member, tile);
  }
  task_.begin(first);
}

bool Epilogue::turns(const ContractionForm& form, const ContractionChoice& choice) {
  return choice.rows > 1 && turned(form, choice.row, choice.lane);
}

void Epilogue::run(const ResultTile& tile, Value sums) {
  if (tile.rows > 1 && tile.lanes > 1 && turned(form_, tile.row, tile.lane)) return by_columns(tile, sums);
  if (tile.rows > 1 && !is_light()) return by_rows(tile, sums);
  Evaluation at(task_.context, task_.compute(task_.group.members[0]));
  for (const auto& [index, base] : tile.bases) at.bind(index, base);
  at.set_tile(tile.rows, tile.lanes, tile.edge);
  if (tile.row != UINT32_MAX) at.bind(tile.row, tile.bases.at(tile.row), Role::row);
  if (tile.lane != UINT32_MAX) at.bind(tile.lane, tile.bases.at(tile.lane), Role::lane);
  members(at, tile.bases, sums);
}

/// Puts the sums into memory with room for `height` rows; what is below them is not set.
BufferId Epilogue::staged(Value sums, int height) {
  const TileType type = builder_.type_of(sums);
  if (!stage_.valid()) stage_ = task_.context.buffers.worker("tile", type.element, 1, task_.context.number);
  task_.context.buffers.enlarge(stage_, int64_t{height} * type.lanes);
  builder_.store({stage_, builder_.integer(0), type.lanes, 1}, sums);
  return stage_;
}

/// One row after the other, from memory: what the members need fits registers, and their code stands once.
void Epilogue::by_rows(const ResultTile& tile, Value sums) {
  const ElementType element = builder_.type_of(sums).element;
  const BufferId stage = staged(sums, tile.rows);
  builder_.serial(
      builder_.integer(0), builder_.integer(tile.rows), 1,
      [&](Value row) {
        const Value from = builder_.multiply(row, builder_.integer(tile.lanes));
        Evaluation at(task_.context, task_.compute(task_.group.members[0]));
        for (const auto& [index, base] : tile.bases) at.bind(index, base);
        at.set_tile(1, tile.lanes, tile.edge);
        at.bind(tile.row, builder_.add(tile.bases.at(tile.row), row));
        at.bind(tile.lane, tile.bases.at(tile.lane), Role::lane);
        members(at, tile.bases, builder_.load({stage, from, 0, 1}, {element, 1, tile.lanes}));
      },
      1);
}

/// Rows neighbour in memory, lanes do not: transposes square blocks and runs rows along the lanes. A tile is
/// made up to whole vectors of rows, which a mask leaves out again: squares of a power of two are turned in
/// few instructions.
void Epilogue::by_columns(const ResultTile& tile, Value sums) {
  const ElementType element = builder_.type_of(sums).element;
  const int width = task_.machine.lanes(element);
  const int height = (tile.rows + width - 1) / width * width;
  const BufferId stage = staged(sums, height);
  if (!turned_.valid()) turned_ = task_.context.buffers.worker("turned", element, 1, task_.context.number);
  task_.context.buffers.enlarge(turned_, int64_t{width} * height);
  const Value size = builder_.integer(width);
  builder_.serial(
      builder_.integer(0), tile.count.valid() ? tile.count : builder_.integer(tile.lanes), width,
      [&](Value first) {
        for (int row = 0; row < height; row += width) {
          const Value from = builder_.add(first, builder_.integer(int64_t{row} * tile.lanes));
          const Value block = builder_.load({stage, from, tile.lanes, 1}, {element, width, width});
          builder_.store({turned_, builder_.integer(row), height, 1}, builder_.transpose(block));
        }
        Value end = size;
        if (tile.count.valid()) end = builder_.map(F::minimum, {size, builder_.subtract(tile.count, first)});
        builder_.serial(
            builder_.integer(0), end, 1, [&](Value column) { turned_column(tile, first, column, height); },
            1);
      },
      1);
}

/// The rows of lane number `first + column` of a tile.
void Epilogue::turned_column(const ResultTile& tile, Value first, Value column, int height) {
  const ElementType element = task_.function().type_of(task_.group.members[0]).element;
  Evaluation at(task_.context, task_.compute(task_.group.members[0]));
  for (const auto& [index, base] : tile.bases) at.bind(index, base);
  const Value edge = height == tile.rows ? Value{} : builder_.lane_mask(builder_.integer(tile.rows), height);
  at.set_tile(1, height, edge);
  at.bind(tile.lane, builder_.add(builder_.add(tile.bases.at(tile.lane), first), column));
  at.bind(tile.row, tile.bases.at(tile.row), Role::lane);
  const Value from = builder_.multiply(column, builder_.integer(height));
  members(at, tile.bases, builder_.load({turned_, from, 0, 1}, {element, 1, height}));
}

}  // namespace kiln::kernel
