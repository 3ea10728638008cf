#include <algorithm>

#include <fmt/format.h>

#include "dim/guess.h"
#include "fuse/collapse.h"
#include "fuse/shape.h"
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

/// Elements that one step of the grid covers: enough to pay for the division of the grid number, few enough
/// to share.
constexpr int64_t block_of_map = 2048;
constexpr int64_t block_of_reduction = 256;
/// What it takes to begin a row and to reduce its last vector, in vector operations.
constexpr double cost_of_row = 8;
/// Rows up to this length are summed side by side, one to a lane, where the length is known at the call
/// alone.
constexpr int64_t short_row = 16;
/// Rows that are guessed to be longer are not expected to be short.
constexpr int64_t maybe_short = 64;

struct PointsShape {
  std::vector<Dim> extents;  // of the common indices
  std::vector<ValueId> reducing;
  uint32_t lane = 0;
  bool has_lane = false;
  bool is_best =
      true;  // else lanes along the rows are cheaper than lanes across them, for rows of some length

  bool reduces() const { return !reducing.empty(); }
};

/// The points that each of the reducing members sums over, all of them, where they are as many.
std::optional<Dim> row_length(const Task& task, const PointsShape& shape) {
  std::optional<Dim> length;
  for (const ValueId member : shape.reducing) {
    const graph::Compute& compute = task.compute(member);
    if (!compute.guard.empty()) return std::nullopt;
    Dim points = 1;
    for (size_t index = task.group.common; index < compute.domain.size(); ++index)
      points = points * compute.domain[index].extent;
    if (length && *length != points) return std::nullopt;
    length = points;
  }
  return length;
}

/// The cost of the best lanes along reduced indices, for the members that reduce.
double reduced_cost(const Task& task, const PointsShape& shape, uint32_t common) {
  double cost = 0;
  if (const std::optional<Dim> length = row_length(task, shape); length && length->constant())
    cost = cost_of_row * task.machine.lanes(ElementType::f32) /
           static_cast<double>(std::max<int64_t>(1, *length->constant()));
  const std::vector<ValueId>& reducing = shape.reducing;
  for (const ValueId member : reducing) {
    const graph::Compute& compute = task.compute(member);
    std::vector<uint32_t> indices;
    std::vector<Dim> extents;
    for (uint32_t index = 0; index < compute.domain.size(); ++index) {
      if (index >= common) indices.push_back(index);
      extents.push_back(compute.domain[index].extent);
    }
    const bool vectorises = Accumulation::joins_lanes(compute, common);
    const auto best = choose_lanes(task.function(), {member}, indices, extents, task.machine);
    cost += best && vectorises ? best->cost : 4.0 * task.machine.lanes(ElementType::f32);
  }
  return cost;
}

/// Nothing if the members are not over the same points, or no written index can serve the lanes of a
/// reduction.
std::optional<PointsShape> points_shape(const Task& task) {
  const uint32_t common = task.group.common;
  PointsShape shape;
  for (const ValueId member : task.group.members) {
    if (task.rank(member) != common) return std::nullopt;
    if (task.compute(member).domain.size() > common) shape.reducing.push_back(member);
  }
  for (uint32_t index = 0; index < common; ++index)
    shape.extents.push_back(task.compute(task.group.members[0]).domain[index].extent);
  fuse::collapse_indices(task.function(), task.group.members, 0, common, shape.extents);
  std::vector<uint32_t> indices;
  for (uint32_t index = 0; index < common; ++index) indices.push_back(index);
  // Reductions visit the most points: they choose.
  const std::vector<ValueId>& judges = shape.reduces() ? shape.reducing : task.group.members;
  if (const auto best = choose_lanes(task.function(), judges, indices, shape.extents, task.machine)) {
    shape.is_best = !shape.reduces() || best->cost <= reduced_cost(task, shape, common);
    shape.has_lane = true;
    shape.lane = best->index;
  } else if (shape.reduces()) {
    return std::nullopt;
  }
  return shape;
}

void run(const Task& task, const PointsShape& shape) {
  const uint32_t common = task.group.common;
  Builder& builder = task.builder();
  const Dim lane_extent = shape.has_lane ? shape.extents[shape.lane] : Dim(1);
  int vectors = shape.reduces() ? 4 : 1;
  for (const ValueId member : shape.reducing)
    vectors = std::min(vectors, reduction_vectors(task.function(), member));
  const int lanes = shape.has_lane ? tile_lanes(lane_extent, vectors, task.machine) : 1;
  std::vector<GridAxis> axes;
  for (uint32_t index = 0; index < common; ++index)
    if (!(shape.has_lane && index == shape.lane) && !shape.extents[index].is_constant(1))
      axes.push_back({index, shape.extents[index], 1});
  const int64_t block = shape.reduces() ? block_of_reduction : block_of_map;
  if (shape.has_lane) axes.push_back({shape.lane, lane_extent, block});

  const auto at_tile = [&](Evaluation at) {
    for (const ValueId member : task.group.members) {
      const graph::Compute& compute = task.compute(member);
      task.begin(member);
      at.turn_to(compute);
      std::vector<ReducedIndex> reduced;
      for (uint32_t index = common; index < compute.domain.size(); ++index)
        reduced.push_back({index, compute.domain[index].extent, 1});
      const Value tile = emit_cell(at, reduced);
      task.keep(at, member, tile);
      at.put_register(member, tile);
    }
  };
  const std::vector<graph::ExprId> bounds = task.bounds();
  grid_loop(builder, axes, [&](const std::vector<Value>& starts) {
    Evaluation at(task.context, task.compute(task.group.members[0]));
    for (uint32_t index = 0; index < common; ++index)
      if (!shape.has_lane || index != shape.lane) at.bind(index, builder.integer(0));
    for (size_t i = 0; i < axes.size(); ++i)  // not the lanes': what is known here is known for all of them
      if (!shape.has_lane || axes[i].index != shape.lane) at.bind(axes[i].index, starts[i]);
    const auto tiles = [&] {
      if (!shape.has_lane) return at_tile(at);
      const Value low = starts.back();
      Value high = builder.map(ScalarFunction::minimum,
                               {builder.add(low, builder.integer(block)), builder.dim(lane_extent)});
      const bool one_block = lane_extent.constant() && *lane_extent.constant() <= block;
      if (one_block) high = builder.dim(lane_extent);
      const IndexRange range = index_range(at, bounds, shape.lane, lane_extent);
      if (!range.is_whole)
        high = builder.map(ScalarFunction::maximum,
                           {low, builder.map(ScalarFunction::minimum, {high, range.high})});
      const int narrow = task.machine.lanes(ElementType::f32);
      narrowing_lane_loop(builder, low, high, lanes, narrow, [&](Value start, Value edge, int width) {
        Evaluation inner = at;
        inner.set_tile(1, width, edge);
        inner.bind(shape.lane, start, Role::lane);
        at_tile(inner);
      });
    };
    const Value is_read = at.all_known(bounds);
    is_read.valid() ? builder.branch(is_read, tiles) : tiles();
  });
  task.kernel.explanation.schedule =
      shape.has_lane ? fmt::format("{}, {} lanes along index {}", shape.reduces() ? "columns" : "map", lanes,
                                   task.compute(task.group.members[0]).domain[shape.lane].name)
                     : "scalar";
}

}  // namespace

bool schedule_points(const Task& task) {
  const std::optional<PointsShape> shape = points_shape(task);
  if (!shape) return false;
  if (shape->is_best) {
    run(task, *shape);
    return true;
  }
  const std::optional<Dim> length = row_length(task, *shape);
  if (!length || length->constant() || dim::guess(*length) > maybe_short) return false;
  Builder& builder = task.builder();
  std::string& text = task.kernel.explanation.schedule;
  std::string across;
  builder.branch(
      builder.map(ScalarFunction::less_equal, {builder.dim(*length), builder.integer(short_row)}),
      [&] {
        run(task, *shape);
        across = text;
      },
      [&] { schedule_rows(task); });
  text = fmt::format("if {} <= {}: {}; else {}", length->to_string(), short_row, across, text);
  return true;
}

}  // namespace kiln::kernel
