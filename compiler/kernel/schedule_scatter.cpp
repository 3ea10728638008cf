#include <algorithm>

#include <fmt/format.h>

#include "base/internal_check.h"
#include "fuse/changed_points.h"
#include "fuse/linear_offset.h"
#include "fuse/shape.h"
#include "graph/walk.h"
#include "kernel/accumulation.h"
#include "kernel/index_range.h"
#include "kernel/loops.h"
#include "kernel/schedules.h"

namespace kiln::kernel {

using dim::Dim;
using graph::ExprKind;
using graph::Reducer;
using graph::ValueId;

namespace {

constexpr int64_t lane_block = 256;

class ScatterSchedule {
 public:
  explicit ScatterSchedule(const Task& task)
      : task_(task),
        builder_(task.builder()),
        member_(task.group.members[0]),
        compute_(joined(task)),
        shape_(task.function().type_of(member_).shape),
        accumulation_(task.function(), compute_) {}

  void run() {
    const bool changes = task_.group.kind == fuse::GroupKind::points;
    internal_check(task_.group.members.size() == (changes ? 2U : 1U), "a scatter shares its kernel");
    if (changes) find_old();
    find_lane();
    find_split();
    place_cells();
    if (split_axis_ < shape_.size()) {
      const int64_t block = split_index_ == lane_ ? lane_block : 1;
      grid_loop(builder_, {{split_index_, shape_[split_axis_], block}},
                [&](const std::vector<Value>& starts) {
                  const Value extent = builder_.dim(shape_[split_axis_]);
                  const Value end = builder_.add(starts[0], builder_.integer(block));
                  low_ = starts[0];
                  high_ = builder_.map(ScalarFunction::minimum, {end, extent});
                  part();
                });
    } else {
      task_.kernel.serial = true;
      grid_loop(builder_, {}, [&](const std::vector<Value>&) { part(); });
    }
    task_.kernel.explanation.schedule =
        fmt::format("{}, {}, lanes along {}",
                    !in_place_         ? "scatter"
                    : changed_->adds() ? "adds in place"
                                       : "writes in place",
                    split_axis_ < shape_.size() ? "split over a written index" : "serial",
                    lane_ == UINT32_MAX ? "nothing" : compute_.domain[lane_].name);
  }

 private:
  /// The scatter; added to an older value also where it reaches each cell once.
  static graph::Compute joined(const Task& task) {
    graph::Compute compute = task.compute(task.group.members[0]);
    if (task.group.kind == fuse::GroupKind::points &&
        fuse::match_changed_points(task.function(), task.group.members[1])->adds())
      compute.reducer = Reducer::sum;
    return compute;
  }

  /// Cells begin as those of an older value; where they are the same memory they are there already.
  void find_old() {
    changed_ = fuse::match_changed_points(task_.function(), task_.group.members[1]);
    const ValueId old = changed_->old;
    const auto& places = task_.plan.places;
    in_place_ = places[old.number] == places[task_.group.members[1].number];
    if (!in_place_) old_ = task_.context.buffers.location(old)->buffer;
  }

  /// An index whose neighbours write to neighbouring cells whatever the others are.
  void find_lane() {
    const auto& expressions = task_.function().expressions;
    const std::optional<graph::Affine> offset = fuse::linear_offset(expressions, compute_.write, shape_);
    if (!offset || compute_.reducer == Reducer::argmax || compute_.reducer == Reducer::argmin) return;
    for (const auto& [index, coefficient] : offset->indices) {
      bool free = coefficient.is_constant(1) && !compute_.domain[index].extent.is_constant(1);
      for (const auto& [atom, factor] : offset->atoms) {
        const std::vector<uint32_t> inside = graph::indices_in(expressions, atom);
        free = free && std::find(inside.begin(), inside.end(), index) == inside.end();
      }
      // The order of points that meet in a cell matters for `last` alone.
      if (compute_.reducer == Reducer::last && index + 1 != compute_.domain.size()) free = false;
      if (free) lane_ = index;
    }
  }

  /// An axis that one index writes whole and alone: workers share it out, each with cells of its own.
  void find_split() {
    const auto& expressions = task_.function().expressions;
    for (uint32_t axis = 0; axis < shape_.size(); ++axis) {
      const graph::Expr& expr = expressions[compute_.write[axis]];
      if (expr.kind != ExprKind::index || !(compute_.domain[expr.index].extent == shape_[axis])) continue;
      if (shape_[axis].is_constant(1)) continue;
      bool alone = true;
      for (uint32_t other = 0; other < shape_.size(); ++other) {
        const std::vector<uint32_t> inside = graph::indices_in(expressions, compute_.write[other]);
        alone =
            alone && (other == axis || std::find(inside.begin(), inside.end(), expr.index) == inside.end());
      }
      if (!alone || (split_axis_ < shape_.size() && expr.index != lane_)) continue;
      split_axis_ = axis;
      split_index_ = expr.index;
    }
  }

  /// Where cells are joined: in the result, or beside it what a result cannot hold.
  void place_cells() {
    result_ = *task_.context.buffers.location(changed_ ? task_.group.members[1] : member_);
    const ElementType element = task_.function().type_of(member_).element;
    const std::vector<ElementType> elements = accumulation_.elements();
    for (size_t i = 0; i < elements.size(); ++i) {
      const bool is_result = i + 1 == elements.size() && elements[i] == element;
      const BufferId buffer = is_result
                                  ? result_.buffer
                                  : task_.context.buffers.worker("joined", elements[i], fuse::volume(shape_),
                                                                 task_.context.number);
      cells_.push_back({buffer, result_.strides});
    }
  }

  /// Calls `use(offset, mask, lanes)` over all cells of this part.
  template <typename Use>
  void each_cell(const Use& use) {
    const bool split = split_axis_ < shape_.size();
    Dim outer = 1, inner = 1;
    for (size_t axis = 0; axis < shape_.size(); ++axis) {
      if (split && axis < split_axis_) outer = outer * shape_[axis];
      if (!split || axis > split_axis_) inner = inner * shape_[axis];
    }
    const Value row = builder_.dim(inner);
    const Value low = split ? builder_.multiply(low_, row) : builder_.integer(0);
    const Value high = split ? builder_.multiply(high_, row) : row;
    const Value pitch = split ? builder_.multiply(row, builder_.dim(shape_[split_axis_])) : row;
    const int lanes = task_.machine.lanes(ElementType::f32);
    builder_.serial(builder_.integer(0), builder_.dim(outer), 1, [&](Value block) {
      const Value base = builder_.multiply(block, pitch);
      lane_loop(builder_, builder_.add(base, low), builder_.add(base, high), lanes, {},
                [&](Value start, Value edge, const std::vector<Value>&) {
                  use(start, edge, lanes);
                  return std::vector<Value>{};
                });
    });
  }

  void first_cells() {
    each_cell([&](Value offset, Value edge, int lanes) {
      std::vector<Value> initial = accumulation_.initial(builder_, 1, lanes);
      if (old_.valid()) initial[0] = builder_.load({old_, offset, 0, 1}, builder_.type_of(initial[0]), edge);
      for (size_t i = 0; i < cells_.size(); ++i) builder_.store(cells_[i].buffer, offset, initial[i], edge);
    });
  }

  void part() {
    if (!in_place_) first_cells();
    nest(Evaluation(task_.context, compute_), 0);
    if (cells_.back().buffer == result_.buffer) return;
    const ElementType element = task_.function().type_of(member_).element;
    each_cell([&](Value offset, Value edge, int lanes) {
      const TileType type{accumulation_.elements().back(), 1, lanes};
      const Value joined = builder_.load({cells_.back().buffer, offset, 0, 1}, type, edge);
      builder_.store(result_.buffer, offset, builder_.convert(joined, element), edge);
    });
  }

  void nest(const Evaluation& outside, uint32_t index) {
    while (index < compute_.domain.size() && index == lane_) ++index;
    if (index >= compute_.domain.size()) return lanes(outside);
    Evaluation at = outside;
    at.prepare(graph::roots_of(compute_));
    const IndexRange range = range_of(at, index);
    builder_.serial(range.low, range.high, 1, [&](Value start) {
      Evaluation inner = at;
      inner.settle(range.settled);
      inner.bind(index, start);
      nest(inner, index + 1);
    });
  }
  bool is_split(uint32_t index) const { return split_axis_ < shape_.size() && index == split_index_; }
  /// What the guards leave of an index, and of it the part at work where workers share it out.
  IndexRange range_of(Evaluation& at, uint32_t index) {
    IndexRange range = index_range(at, compute_.guard, index, compute_.domain[index].extent);
    if (is_split(index) && range.is_whole) {
      range.low = low_;
      range.high = high_;
    } else if (is_split(index)) {
      range.low = builder_.map(ScalarFunction::maximum, {range.low, low_});
      range.high = builder_.map(ScalarFunction::minimum, {range.high, high_});
      range.high = builder_.map(ScalarFunction::maximum, {range.low, range.high});
    }
    return range;
  }

  void lanes(const Evaluation& outside) {
    if (lane_ == UINT32_MAX) return point(outside, {});
    const int count = task_.machine.lanes(ElementType::f32);
    Evaluation around = outside;
    const IndexRange range = range_of(around, lane_);
    lane_loop(builder_, range.low, range.high, count, {},
              [&](Value start, Value edge, const std::vector<Value>&) {
                Evaluation at = around;
                at.settle(range.settled);
                at.set_tile(1, count, edge);
                at.bind(lane_, start, Role::lane);
                point(at, edge);
                return std::vector<Value>{};
              });
  }

  /// Joins a point, or a tile of points with different cells, to what the cells hold.
  void point(Evaluation at, Value edge) {
    const Value guard = at.guards();
    const std::vector<ElementType> elements = accumulation_.elements();
    std::vector<Value> carried;
    for (size_t i = 0; i < cells_.size(); ++i) {
      const Value cell = at.load(cells_[i], compute_.write, elements[i], guard);
      carried.push_back(builder_.splat(cell, 1, at.lanes()));
    }
    const std::vector<Value> joined = accumulation_.join(at, carried, edge);
    for (size_t i = 0; i < cells_.size(); ++i) at.store(cells_[i], compute_.write, joined[i], guard);
  }

  const Task& task_;
  Builder& builder_;
  ValueId member_;
  const graph::Compute compute_;
  const std::vector<Dim>& shape_;
  Accumulation accumulation_;
  uint32_t lane_ = UINT32_MAX;
  uint32_t split_axis_ = UINT32_MAX, split_index_ = UINT32_MAX;
  Value low_, high_;
  std::optional<fuse::ChangedPoints> changed_;  // none: cells begin as nothing
  bool in_place_ = false;
  BufferId old_;
  Location result_;
  std::vector<Location> cells_;
};

}  // namespace

void schedule_scatter(const Task& task) { ScatterSchedule(task).run(); }

}  // namespace kiln::kernel
