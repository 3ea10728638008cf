#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "fuse/collapse.h"
#include "fuse/linear_offset.h"
#include "fuse/shape.h"
#include "graph/cost.h"
#include "graph/walk.h"
#include "kernel/accumulation.h"
#include "kernel/choose_lanes.h"
#include "kernel/emit_reduction.h"
#include "kernel/index_range.h"
#include "kernel/loops.h"
#include "kernel/schedules.h"

namespace kiln::kernel {

using dim::Dim;
using graph::ValueId;

namespace {

/// From here on a pass has enough to do beside reading that memory can bring the next row meanwhile.
constexpr int long_pass = 8;

class RowSchedule {
 public:
  explicit RowSchedule(const Task& task)
      : task_(task), builder_(task.builder()), common_(task.group.common) {}

  void run() {
    place_rows();
    const graph::Compute& first = task_.compute(task_.group.members[0]);
    std::vector<GridAxis> axes;
    for (uint32_t index = 0; index < common_; ++index)
      if (!first.domain[index].extent.is_constant(1)) axes.push_back({index, first.domain[index].extent, 1});
    if (!axes.empty()) next_row_ = axes.back().index;
    grid_loop(builder_, axes, [&](const std::vector<Value>& starts) {
      Evaluation point(task_.context, first);
      for (uint32_t index = 0; index < common_; ++index) point.bind(index, builder_.integer(0));
      for (size_t i = 0; i < axes.size(); ++i) point.bind(axes[i].index, starts[i]);
      const Value is_read = point.all_known(task_.bounds());
      const auto members = [&] {
        seen_.clear();
        for (const ValueId member : task_.group.members) run_member(point, member);
      };
      is_read.valid() ? builder_.branch(is_read, members) : members();
    });
    task_.kernel.explanation.schedule =
        fmt::format("rows: {} passes at each of {} common indices", task_.group.members.size(), common_);
  }

 private:
  /// A row that only the group reads: axes beyond the common ones, in memory of the worker.
  void place_rows() {
    for (const ValueId member : task_.group.members) {
      if (task_.rank(member) == common_ || task_.context.buffers.location(member)) continue;
      const graph::Type& type = task_.function().type_of(member);
      const std::vector<Dim> inner(type.shape.begin() + common_, type.shape.end());
      const BufferId buffer = task_.context.buffers.worker(task_.function()[member].name, type.element,
                                                           fuse::volume(inner), task_.context.number);
      std::vector<Dim> strides(common_, Dim(0));
      for (const Dim& stride : row_major(inner)) strides.push_back(stride);
      task_.context.locations[member] = {buffer, strides};
    }
  }

  void run_member(Evaluation& point, ValueId member) {
    const graph::Compute& compute = task_.compute(member);
    task_.begin(member);
    point.turn_to(compute);
    const uint32_t rank = task_.rank(member);
    const auto count = static_cast<uint32_t>(compute.domain.size());
    extents_.clear();
    for (const graph::Index& index : compute.domain) extents_.push_back(index.extent);
    fuse::collapse_indices(task_.function(), {member}, common_, rank, extents_);
    fuse::collapse_indices(task_.function(), {member}, rank, count, extents_);

    const bool combines = Accumulation::joins_lanes(compute, rank);
    std::vector<uint32_t> candidates;
    for (uint32_t index = common_; index < (combines ? count : rank); ++index) candidates.push_back(index);
    lane_ = UINT32_MAX;
    lanes_ = 1;
    if (const auto best = choose_lanes(task_.function(), {member}, candidates, extents_, task_.machine)) {
      lane_ = best->index;
      lanes_ = tile_lanes(extents_[lane_], count > rank ? reduction_vectors(task_.function(), member) : 1,
                          task_.machine);
    }
    point.prepare(graph::roots_of(compute));
    nest(point, member, common_, rank);
    for (const graph::ExprId id : fuse::reads_of(task_.function().expressions, compute))
      seen_.insert(task_.function().expressions[id].value);
    if (rank == common_) point.put_register(member, scalar_);
  }

  /// Loops over the written indices from `index` on, the one along the lanes last.
  void nest(const Evaluation& outside, ValueId member, uint32_t index, uint32_t rank) {
    while (index < rank && index == lane_) ++index;
    if (index == rank && lane_ < rank && lane_ >= common_) return lane_nest(outside, member, rank);
    if (index == rank) return cell(outside, member, rank);
    if (extents_[index].is_constant(1)) {
      Evaluation at = outside;
      at.bind(index, builder_.integer(0));
      return nest(at, member, index + 1, rank);
    }
    Evaluation around = outside;
    const IndexRange range = index_range(around, task_.plan.bounds[member.number], index, extents_[index]);
    builder_.serial(range.low, range.high, 1, [&](Value start) {
      Evaluation at = around;
      at.settle(range.settled);
      at.bind(index, start);
      at.prepare(graph::roots_of(at.compute()));
      nest(at, member, index + 1, rank);
    });
  }

  void lane_nest(const Evaluation& outside, ValueId member, uint32_t rank) {
    Evaluation around = outside;
    const IndexRange range = index_range(around, task_.plan.bounds[member.number], lane_, extents_[lane_]);
    lane_loop(builder_, range.low, range.high, lanes_, {},
              [&](Value start, Value edge, const std::vector<Value>&) {
                Evaluation at = around;
                at.settle(range.settled);
                at.set_tile(1, lanes_, edge);
                at.bind(lane_, start, Role::lane);
                if (!edge.valid()) bring_next_row(at);
                cell(at, member, rank);
                return std::vector<Value>{};
              });
  }

  /// What an earlier pass has read is in the first cache, so memory rests in this one: it brings what the
  /// next common point will read at this place. Behind the last row nothing is read, whatever lies there.
  void bring_next_row(const Evaluation& at) {
    const graph::Function& function = task_.function();
    const graph::Compute& compute = at.compute();
    if (next_row_ == UINT32_MAX || graph::cost_of(function.expressions, compute.body) < long_pass) return;
    std::set<ValueId> brought;
    for (const graph::ExprId id : fuse::reads_of(function.expressions, compute)) {
      const graph::Expr& read = function.expressions[id];
      const std::optional<Location> location = task_.context.buffers.location(read.value);
      if (!location || !seen_.contains(read.value) || !brought.insert(read.value).second) continue;
      const auto offset = fuse::linear_offset_with(function.expressions, read.operands, location->strides);
      if (!offset || offset->has_atoms() || !offset->coefficient_of(lane_).is_constant(1)) continue;
      const bool is_known = std::all_of(offset->indices.begin(), offset->indices.end(),
                                        [&](const auto& term) { return at.is_bound(term.first); });
      if (!is_known || offset->coefficient_of(next_row_).is_constant(0)) continue;
      Value place = builder_.dim(offset->constant + offset->coefficient_of(next_row_));
      for (const auto& [index, coefficient] : offset->indices)
        place = builder_.add(place, builder_.multiply(at.first_index(index), builder_.dim(coefficient)));
      builder_.prefetch(location->buffer, place, 2);
    }
  }

  void cell(const Evaluation& outside, ValueId member, uint32_t rank) {
    const graph::Compute& compute = outside.compute();
    std::vector<ReducedIndex> reduced;
    std::optional<ReducedIndex> last;
    for (uint32_t index = rank; index < compute.domain.size(); ++index) {
      if (index == lane_)
        last = ReducedIndex{index, extents_[index], lanes_};
      else
        reduced.push_back({index, extents_[index], 1});
    }
    if (last) reduced.push_back(*last);
    const Value tile = emit_cell(outside, reduced);
    Evaluation at = outside;
    task_.keep(at, member, tile);
    scalar_ = tile;
  }

  const Task& task_;
  Builder& builder_;
  uint32_t common_;
  uint32_t next_row_ = UINT32_MAX;  // the common index that runs fastest
  std::set<ValueId> seen_;          // read by the passes before this one
  std::vector<Dim> extents_;        // of the member at work, joined where they nest
  uint32_t lane_ = UINT32_MAX;
  int lanes_ = 1;
  Value scalar_;  // the last cell: of a member with one cell at each common point, its value
};

}  // namespace

void schedule_rows(const Task& task) { RowSchedule(task).run(); }

}  // namespace kiln::kernel
