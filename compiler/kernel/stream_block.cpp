#include "kernel/stream_block.h"

#include <algorithm>
#include <limits>

#include "fuse/shape.h"
#include "graph/reducer.h"
#include "graph/walk.h"
#include "kernel/index_range.h"

namespace kiln::kernel {

using dim::Dim;
using graph::ValueId;
using F = ScalarFunction;

namespace {
/// Unrolling of sums, as in contraction_tiles.cpp.
constexpr int k_unroll = 4;
/// Rows of a tile in which nothing is summed: enough to fill the gaps of its longest chain.
constexpr int rows_of_maps = 2;
}  // namespace

StreamBlock::StreamBlock(const Task& task, const fuse::Stream& stream, const StreamShape& shape,
                         const StreamBuffers& buffers, Bases bases, int lanes, Value left)
    : task_(task),
      stream_(stream),
      shape_(shape),
      buffers_(buffers),
      builder_(task.builder()),
      bases_(std::move(bases)),
      lanes_(lanes),
      left_(left),
      element_(task.function().type_of(stream.scores).element) {
  if (left.valid()) edge_ = builder_.lane_mask(left, lanes);
}

Evaluation StreamBlock::at_block(int rows) const {
  Evaluation at(task_.context, scores());
  for (uint32_t axis = 0; axis < stream_.key(); ++axis)
    at.bind(axis, bases_.at(axis), axis == stream_.lane ? Role::lane : Role::uniform);
  at.set_tile(rows, lanes_, edge_);
  return at;
}

Evaluation StreamBlock::at_product() const {
  Evaluation at(task_.context, product());
  for (uint32_t axis = 0; axis < stream_.key(); ++axis) at.bind(stream_.index_of[axis], bases_.at(axis));
  return at;
}

Value StreamBlock::start_of(Evaluation at, const graph::Affine& offset) const {
  Value sum = builder_.integer(0);
  for (const auto& [atom, factor] : offset.atoms)
    sum = builder_.add(sum, builder_.multiply(at.value(atom), builder_.dim(factor)));
  return sum;
}

uint32_t StreamBlock::level_of(ValueId value) const {
  if (value == stream_.scores) return 0;
  const auto found = std::find(stream_.inner.begin(), stream_.inner.end(), value);
  return stream_.level[static_cast<size_t>(found - stream_.inner.begin()) + 1];
}

std::vector<ValueId> StreamBlock::rows_of(uint32_t level) const {
  std::vector<ValueId> rows;
  for (const ValueId value : stream_.inner)
    if (is_row(value) && level_of(value) == level) rows.push_back(value);
  return rows;
}

void StreamBlock::run() {
  keys_start_ = start_of(at_block(1), stream_.keys.offset);
  values_start_ = start_of(at_product(), stream_.values.offset);
  pack_queries();
  clear_sums();
  Range range = keys(stream_.bounds);
  const uint32_t last = stream_.levels() - 1;
  for (uint32_t level = 0; level < last; ++level) {
    if (level == 0)
      first_phase(range);
    else
      rows_.merge(phase(level, range, neutral(level), rows_of_maps));
  }
  Rows carried = neutral(last);
  std::vector<ValueId> names;
  std::vector<Value> initial;
  for (const auto& [value, tile] : carried) {
    names.push_back(value);
    initial.push_back(tile);
  }
  const std::vector<Value> results = builder_.loop(
      range.low, range.high, shape_.keys, initial,
      [&](Value low, const std::vector<Value>& tiles) {
        const Value end = builder_.add(low, builder_.integer(shape_.keys));
        const Range block = {low, builder_.map(F::minimum, {end, range.high})};
        Rows at;
        for (size_t i = 0; i < names.size(); ++i) at[names[i]] = tiles[i];
        at = phase(last, block, at, last == 0 ? shape_.rows : rows_of_maps);
        add_product(block);
        std::vector<Value> next;
        for (const ValueId name : names) next.push_back(at.at(name));
        return next;
      },
      1);
  for (size_t i = 0; i < names.size(); ++i) rows_[names[i]] = results[i];
  finish();
}

/// Keys that no bound leaves out for all queries of the block.
StreamBlock::Range StreamBlock::keys(const std::vector<fuse::IndexBound>& bounds) const {
  Evaluation at = at_block(1);
  const IndexRange range = index_range(at, bounds, scores().domain[stream_.key()].extent);
  return {range.low, range.high};
}

/// With fewer keys where rows' tops are greater than -inf; should one be -inf, again with all of them.
void StreamBlock::first_phase(Range& range) {
  const bool is_bounded =
      !stream_.bounds_under_tops.empty() &&
      std::all_of(stream_.tops.begin(), stream_.tops.end(), [&](ValueId top) { return level_of(top) == 0; });
  if (!is_bounded) {
    rows_.merge(phase(0, range, neutral(0), shape_.rows));
    return;
  }
  std::vector<fuse::IndexBound> bounds = stream_.bounds;
  bounds.insert(bounds.end(), stream_.bounds_under_tops.begin(), stream_.bounds_under_tops.end());
  const Range few = keys(bounds);
  const auto keep = [&](const Rows& rows) {
    for (const auto& [value, tile] : rows)
      builder_.store(buffers_.rows, builder_.integer(int64_t{buffers_.row_of.at(value)} * lanes_), tile);
  };
  const Rows rows = phase(0, few, neutral(0), shape_.rows);
  keep(rows);
  Value none;
  for (const ValueId top : stream_.tops) {
    const Value least =
        builder_.constant(element_, Scalar::of_real(-std::numeric_limits<double>::infinity()));
    const Value is_least = builder_.map(F::equal, {rows.at(top), builder_.splat(least, 1, lanes_)});
    none = none.valid() ? builder_.map(F::logical_or, {none, is_least}) : is_least;
  }
  const Value any = builder_.reduce_lanes(F::logical_or, builder_.both(none, edge_));
  builder_.branch(any, [&] { keep(phase(0, range, neutral(0), 1)); });
  for (const auto& [value, tile] : rows)
    rows_[value] =
        builder_.load({buffers_.rows, builder_.integer(int64_t{buffers_.row_of.at(value)} * lanes_), 0, 1},
                      {element_, 1, lanes_});
  range = {builder_.map(F::select, {any, range.low, few.low}),
           builder_.map(F::select, {any, range.high, few.high})};
}

StreamBlock::Rows StreamBlock::neutral(uint32_t level) const {
  Rows rows;
  for (const ValueId value : rows_of(level)) {
    const Scalar neutral = graph::neutral_element(task_.compute(value).reducer, element_);
    rows[value] = builder_.splat(builder_.constant(element_, neutral), 1, lanes_);
  }
  return rows;
}

StreamBlock::Rows StreamBlock::phase(uint32_t level, Range range, Rows carried, int rows) {
  std::vector<Value> tiles;
  for (const auto& [value, tile] : carried) tiles.push_back(tile);
  Value next = range.low;
  for (const int height : {rows, 1}) {
    if (height == 1 && rows == 1 && next != range.low) break;
    const Value size = builder_.integer(height);
    const Value count = builder_.map(F::quotient, {builder_.subtract(range.high, next), size});
    const Value end = height == 1 ? range.high : builder_.add(next, builder_.multiply(count, size));
    tiles = builder_.loop(
        next, end, height, tiles,
        [&](Value key, const std::vector<Value>& at) { return tile(level, key, height, at); }, 1);
    next = end;
    if (rows == 1) break;
  }
  size_t i = 0;
  for (auto& [value, tile] : carried) tile = tiles[i++];
  return carried;
}

bool StreamBlock::is_read_above(ValueId value, uint32_t level) const {
  return std::any_of(stream_.inner.begin(), stream_.inner.end(), [&](ValueId reader) {
    if (level_of(reader) <= level) return false;
    const auto operands = graph::operands_of(task_.function(), task_.function().node_of(reader));
    return std::find(operands.begin(), operands.end(), value) != operands.end();
  });
}

/// One tile of keys x queries at one level: what that level makes of it, in registers.
std::vector<Value> StreamBlock::tile(uint32_t level, Value key, int rows, const std::vector<Value>& carried) {
  Evaluation at = at_block(rows);
  at.bind(stream_.key(), key, rows > 1 ? Role::row : Role::uniform);
  const TileType type{element_, rows, lanes_};
  const Value place = builder_.multiply(key, builder_.integer(lanes_));
  for (const auto& [value, tile] : rows_) at.put_register(value, tile);
  for (const auto& [value, buffer] : buffers_.tiles) {
    const bool is_made = value == stream_.scores ? level > 0 : level_of(value) < level;
    if (is_made && is_read_above(value, level - 1))
      at.put_register(value, builder_.load({buffer, place, lanes_, 1}, type));
  }
  const auto keep = [&](ValueId value, Value tile) {
    at.put_register(value, tile);
    if (value == stream_.weights) tile = masked_weights(key, rows, tile);
    if (const auto found = buffers_.tiles.find(value); found != buffers_.tiles.end())
      builder_.store({found->second, place, lanes_, 1}, tile);
  };
  if (level == 0) {
    Value sums = scores_tile(key, rows);
    if (const Value guard = at.guards(); guard.valid())
      sums = builder_.map(F::select, {guard, sums, builder_.constant(element_, Scalar{})});
    keep(stream_.scores, builder_.splat(sums, rows, lanes_));
  }
  std::vector<Value> next;
  Rows before;
  std::vector<ValueId> names = rows_of(level);
  std::sort(names.begin(), names.end());  // as `Rows` has them
  for (size_t i = 0; i < names.size(); ++i) before[names[i]] = carried[i];
  for (const ValueId value : stream_.inner) {
    if (level_of(value) != level) continue;
    const graph::Compute& compute = task_.compute(value);
    task_.begin(value);
    at.turn_to(compute);
    const Value guard = at.guards();
    Value body = at.value(compute.body, guard);
    if (!is_row(value)) {
      keep(value, builder_.splat(body, rows, lanes_));
      continue;
    }
    if (guard.valid()) {
      const Scalar neutral = graph::neutral_element(compute.reducer, element_);
      body = builder_.map(F::select, {guard, body, builder_.constant(element_, neutral)});
    }
    body = builder_.splat(body, rows, lanes_);
    const F combine = *graph::row_of(compute.reducer).combine;
    if (rows > 1) body = builder_.reduce_rows(combine, body);
    before[value] = builder_.map(combine, {before.at(value), body});
  }
  for (const auto& [value, tile] : before) next.push_back(tile);
  return next;
}

/// What the product's guards leave of the weights.
Value StreamBlock::masked_weights(Value key, int rows, Value tile) {
  if (product().guard.empty()) return tile;
  Evaluation at(task_.context, product());
  for (uint32_t axis = 0; axis < stream_.key(); ++axis)
    at.bind(stream_.index_of[axis], bases_.at(axis), axis == stream_.lane ? Role::lane : Role::uniform);
  at.bind(stream_.index_of[stream_.key()], key, rows > 1 ? Role::row : Role::uniform);
  at.set_tile(rows, lanes_, edge_);
  const Value guard = at.guards();
  return guard.valid() ? builder_.map(F::select, {guard, tile, builder_.constant(element_, Scalar{})}) : tile;
}

/// keys x queries, summed over all steps.
Value StreamBlock::scores_tile(Value key, int rows) {
  const graph::Compute& compute = scores();
  const auto count = static_cast<uint32_t>(compute.domain.size());
  std::vector<uint32_t> steps;
  for (uint32_t index = stream_.axes; index < count; ++index)
    if (!compute.domain[index].extent.is_constant(1)) steps.push_back(index);
  const BufferId buffer = task_.context.buffers.location(stream_.keys.value)->buffer;
  const auto contract = [&](const Bases& bases, Value position, int depth, Value sums) {
    Contract product;
    product.accumulator = sums;
    product.a = buffer;
    product.a_offset = builder_.add(keys_start_, offset_of(builder_, stream_.keys.offset, bases));
    product.a_row_stride = stream_.keys.offset.coefficient_of(stream_.key());
    product.a_step_stride = steps.empty() ? Dim(0) : stream_.keys.offset.coefficient_of(steps.back());
    product.b = buffers_.queries;
    product.b_offset = builder_.multiply(position, builder_.integer(lanes_));
    product.b_step_stride = lanes_;
    product.depth = depth;
    return builder_.contract(product);
  };
  const std::function<Value(size_t, const Bases&, Value, Value)> level =
      [&](size_t number, const Bases& bases, Value position, Value sums) -> Value {
    if (number == steps.size()) return contract(bases, position, 1, sums);
    const Value extent = builder_.dim(compute.domain[steps[number]].extent);
    const Value before = builder_.multiply(position, extent);
    const bool inner = number + 1 == steps.size();
    const auto loop = [&](Value low, Value high, int by, Value tile) {
      return builder_.loop(
          low, high, by, {tile},
          [&](Value k, const std::vector<Value>& tiles) {
            Bases next = bases;
            next[steps[number]] = k;
            const Value here = builder_.add(before, k);
            return std::vector<Value>{inner ? contract(next, here, by, tiles[0])
                                            : level(number + 1, next, here, tiles[0])};
          },
          1)[0];
    };
    if (!inner) return loop(builder_.integer(0), extent, 1, sums);
    const Value size = builder_.integer(k_unroll);
    const Value whole = builder_.multiply(builder_.map(F::quotient, {extent, size}), size);
    sums = loop(builder_.integer(0), whole, k_unroll, sums);
    const std::optional<Dim> rest = builder_.known(builder_.subtract(extent, whole));
    return rest && rest->is_constant(0) ? sums : loop(whole, extent, 1, sums);
  };
  Bases bases = bases_;
  bases[stream_.key()] = key;
  return level(0, bases, builder_.integer(0),
               builder_.splat(builder_.constant(element_, Scalar{}), rows, lanes_));
}

void StreamBlock::clear_sums() {
  const Value zeros = builder_.splat(builder_.constant(element_, Scalar{}), 1, lanes_);
  builder_.serial(builder_.integer(0), builder_.dim(product().domain[stream_.width].extent), 1,
                  [&](Value column) {
                    builder_.store(buffers_.sums, builder_.multiply(column, builder_.integer(lanes_)), zeros);
                  });
}

/// Adds these keys' weights times their values to the sums, some columns at a time.
void StreamBlock::add_product(Range range) {
  const uint32_t key = stream_.index_of[stream_.key()];
  const Value extent = builder_.dim(product().domain[stream_.width].extent);
  const BufferId values = task_.context.buffers.location(stream_.values.value)->buffer;
  const BufferId weights = buffers_.tiles.at(stream_.weights);
  const auto columns = [&](Value column, int count) {
    const Address place{buffers_.sums, builder_.multiply(column, builder_.integer(lanes_)), lanes_, 1};
    Value sums = builder_.load(place, {element_, count, lanes_});
    Bases bases;
    for (uint32_t axis = 0; axis < stream_.key(); ++axis) bases[stream_.index_of[axis]] = bases_.at(axis);
    bases[stream_.width] = column;
    const auto loop = [&](Value low, Value high, int depth) {
      sums = builder_.loop(
          low, high, depth, {sums},
          [&](Value from, const std::vector<Value>& tiles) {
            Bases next = bases;
            next[key] = from;
            Contract contract;
            contract.accumulator = tiles[0];
            contract.a = values;
            contract.a_offset = builder_.add(values_start_, offset_of(builder_, stream_.values.offset, next));
            contract.a_row_stride = stream_.values.offset.coefficient_of(stream_.width);
            contract.a_step_stride = stream_.values.offset.coefficient_of(key);
            contract.b = weights;
            contract.b_offset = builder_.multiply(from, builder_.integer(lanes_));
            contract.b_step_stride = lanes_;
            contract.depth = depth;
            return std::vector<Value>{builder_.contract(contract)};
          },
          1)[0];
    };
    const Value size = builder_.integer(k_unroll);
    const Value count_of_keys = builder_.subtract(range.high, range.low);
    const Value whole =
        builder_.add(range.low, builder_.multiply(builder_.map(F::quotient, {count_of_keys, size}), size));
    loop(range.low, whole, k_unroll);
    loop(whole, range.high, 1);
    builder_.store(place, sums);
  };
  Value next = builder_.integer(0);
  for (const int count : {shape_.rows, 1}) {
    const Value size = builder_.integer(count);
    const Value end = builder_.add(
        next, builder_.multiply(builder_.map(F::quotient, {builder_.subtract(extent, next), size}), size));
    const std::optional<Dim> none = builder_.known(builder_.subtract(end, next));
    if (none && none->is_constant(0)) continue;
    builder_.serial(
        next, end, count, [&](Value column) { columns(column, count); }, 1);
    next = end;
  }
}

}  // namespace kiln::kernel
