#include <algorithm>

#include <fmt/format.h>

#include "fuse/update.h"
#include "graph/walk.h"
#include "kernel/choose_lanes.h"
#include "kernel/index_range.h"
#include "kernel/loops.h"
#include "kernel/schedules.h"

namespace kiln::kernel {

using dim::Dim;
using fuse::Limited;
using graph::ExprId;
using F = ScalarFunction;

namespace {

constexpr int64_t lane_block = 2048;
/// Numbers of a partly visited index that one step of the grid looks at, most of which may have nothing to
/// do.
constexpr int64_t range_block = 16;

class UpdateSchedule {
 public:
  UpdateSchedule(const Task& task, fuse::Update update)
      : task_(task), builder_(task.builder()), update_(std::move(update)), member_(task.group.members[0]) {}

  void run() {
    const graph::Compute& compute = task_.compute(member_);
    for (const graph::Index& index : compute.domain) extents_.push_back(index.extent);
    choose_lane();
    std::vector<GridAxis> axes;
    for (uint32_t index = 0; index < extents_.size(); ++index) {
      const Limited limited = limited_by(task_.function(), update_, index);
      if (limited != Limited::single) cells_ = cells_ * extents_[index];
      if (index == lane_) continue;
      if (limited == Limited::single) {
        inner_.push_back({index, 0});
      } else if (!extents_[index].is_constant(1)) {
        const int64_t block = limited == Limited::range ? range_block : 1;
        axes.push_back({index, extents_[index], block});
        if (block > 1) inner_.push_back({index, block});
      }
    }
    if (lane_ != none) axes.push_back({lane_, extents_[lane_], lane_block});
    task_.kernel.points = cells_;
    task_.kernel.serial = is_small(cells_);
    grid_loop(builder_, axes, [&](const std::vector<Value>& starts) {
      Evaluation at(task_.context, compute);
      for (uint32_t index = 0; index < extents_.size(); ++index)
        if (extents_[index].is_constant(1)) at.bind(index, builder_.integer(0));
      for (size_t i = 0; i < axes.size(); ++i) {
        starts_[axes[i].index] = starts[i];
        if (axes[i].block == 1) at.bind(axes[i].index, starts[i]);
      }
      level(at, 0, {});
    });
    task_.kernel.explanation.schedule =
        fmt::format("changes `{}` in place, {} lanes along {}", task_.function()[update_.old].name, lanes_,
                    lane_ == none ? "nothing" : "index " + std::to_string(lane_));
  }

 private:
  static constexpr uint32_t none = UINT32_MAX;
  /// An index with a loop of its own inside the grid's; of a block of the grid, or all of it where that is 0.
  struct Inner {
    uint32_t index;
    int64_t block;
  };

  void choose_lane() {
    std::vector<uint32_t> candidates;
    for (uint32_t index = 0; index < extents_.size(); ++index)
      if (limited_by(task_.function(), update_, index) != Limited::single) candidates.push_back(index);
    if (const auto best = choose_lanes(task_.function(), {member_}, candidates, extents_, task_.machine)) {
      lane_ = best->index;
      lanes_ = tile_lanes(extents_[lane_], 1, task_.machine);
    }
  }

  /// What the conditions leave of an index, and of that a block where the grid shares it out.
  IndexRange range_of(Evaluation& at, uint32_t index, int64_t block, std::vector<ExprId>& settled) {
    IndexRange range = index_range(at, update_.conditions, index, extents_[index]);
    if (block > 0) {
      const Value start = starts_.at(index);
      range.low = builder_.map(F::maximum, {range.low, start});
      range.high = builder_.map(F::minimum, {range.high, builder_.add(start, builder_.integer(block))});
      range.high = builder_.map(F::maximum, {range.low, range.high});
    }
    settled.insert(settled.end(), range.settled.begin(), range.settled.end());
    return range;
  }

  void level(const Evaluation& outside, size_t number, std::vector<ExprId> settled) {
    Evaluation at = outside;
    if (number == inner_.size()) return lanes(at, std::move(settled));
    const Inner& inner = inner_[number];
    const IndexRange range = range_of(at, inner.index, inner.block, settled);
    builder_.serial(range.low, range.high, 1, [&](Value start) {
      Evaluation inside = at;
      inside.bind(inner.index, start);
      level(inside, number + 1, settled);
    });
  }

  void lanes(Evaluation& at, std::vector<ExprId> settled) {
    if (lane_ == none) return cell(at, settled);
    const IndexRange range = range_of(at, lane_, lane_block, settled);
    lane_loop(builder_, range.low, range.high, lanes_, {},
              [&](Value start, Value edge, const std::vector<Value>&) {
                Evaluation inside = at;
                inside.set_tile(1, lanes_, edge);
                inside.bind(lane_, start, Role::lane);
                cell(inside, settled);
                return std::vector<Value>{};
              });
  }

  void cell(Evaluation at, const std::vector<ExprId>& settled) {
    Value mask;
    for (const ExprId condition : update_.conditions)
      if (std::find(settled.begin(), settled.end(), condition) == settled.end())
        mask = builder_.both(mask, at.value(condition, mask));
    const Value tile = at.value(update_.fresh, mask);
    at.store(*task_.context.buffers.location(member_), task_.compute(member_).write, tile, mask);
  }

  const Task& task_;
  Builder& builder_;
  fuse::Update update_;
  graph::ValueId member_;
  std::vector<Dim> extents_;
  Dim cells_ = 1;  // at most
  uint32_t lane_ = none;
  int lanes_ = 1;
  std::vector<Inner> inner_;
  std::map<uint32_t, Value> starts_;  // of the grid's blocks
};

}  // namespace

void schedule_update(const Task& task) {
  UpdateSchedule(task, *fuse::match_update(task.function(), task.group.members[0])).run();
}

}  // namespace kiln::kernel
