#include <fmt/format.h>

#include "base/internal_check.h"
#include "fuse/running_reduction.h"
#include "graph/walk.h"
#include "kernel/accumulation.h"
#include "kernel/choose_lanes.h"
#include "kernel/loops.h"
#include "kernel/schedules.h"

namespace kiln::kernel {

using fuse::RunningReduction;
using graph::ValueId;

namespace {

class RunningSchedule {
 public:
  RunningSchedule(const Task& task, const RunningReduction& running)
      : task_(task),
        builder_(task.builder()),
        member_(task.group.members[0]),
        compute_(task.compute(member_)),
        running_(running),
        accumulation_(task.function(), compute_) {}

  void run() {
    task_.begin(member_);
    std::vector<uint32_t> others;
    std::vector<dim::Dim> extents;
    for (uint32_t index = 0; index < compute_.domain.size(); ++index) {
      extents.push_back(compute_.domain[index].extent);
      if (index != running_.along && index != running_.reduced) others.push_back(index);
    }
    const auto lane = choose_lanes(task_.function(), {member_}, others, extents, task_.machine);
    const int lanes = lane ? tile_lanes(extents[lane->index], 1, task_.machine) : 1;
    std::vector<GridAxis> axes;
    for (const uint32_t index : others)
      if (!extents[index].is_constant(1))
        axes.push_back({index, extents[index], lane && lane->index == index ? lanes : 1});
    grid_loop(builder_, axes, [&](const std::vector<Value>& starts) {
      Evaluation at(task_.context, compute_);
      for (const uint32_t index : others) at.bind(index, builder_.integer(0));
      for (size_t i = 0; i < axes.size(); ++i) {
        const bool is_lane = lane && lane->index == axes[i].index && lanes > 1;
        if (is_lane) {
          const Value left = builder_.subtract(builder_.dim(axes[i].extent), starts[i]);
          at.set_tile(1, lanes, builder_.lane_mask(left, lanes));
        }
        at.bind(axes[i].index, starts[i], is_lane ? Role::lane : Role::uniform);
      }
      pass(at);
    });
    task_.kernel.explanation.schedule =
        fmt::format("running {}, {} along index {}, {} lanes", graph::name_of(compute_.reducer),
                    running_.from_front ? "up" : "down", compute_.domain[running_.along].name, lanes);
  }

 private:
  /// Where the part of `reduced` ends (from_front) or begins that counts for the cell at `along`.
  Value limit(Value along) {
    const Value sum = builder_.add(along, builder_.dim(running_.offset));
    const Value extent = builder_.dim(compute_.domain[running_.reduced].extent);
    return builder_.map(ScalarFunction::maximum,
                        {builder_.integer(0), builder_.map(ScalarFunction::minimum, {sum, extent})});
  }

  /// `value`, but `first` in the first round.
  Value after_first(Value round, Value first, Value value) {
    const Value is_first = builder_.map(ScalarFunction::equal, {round, builder_.integer(0)});
    return builder_.map(ScalarFunction::select, {is_first, first, value});
  }

  /// All cells along the index, each from the one before it.
  void pass(Evaluation& at) {
    at.prepare(graph::roots_of(compute_));
    const Value cells = builder_.dim(compute_.domain[running_.along].extent);
    const Value end = builder_.dim(compute_.domain[running_.reduced].extent);
    builder_.loop(builder_.integer(0), cells, 1, accumulation_.initial(builder_, at.rows(), at.lanes()),
                  [&](Value round, const std::vector<Value>& carried) {
                    const Value one = builder_.integer(1);
                    Value along = round, low, high;
                    if (running_.from_front) {
                      low = after_first(round, builder_.integer(0), limit(builder_.subtract(round, one)));
                      high = limit(round);
                    } else {
                      along = builder_.subtract(builder_.subtract(cells, one), round);
                      low = limit(along);
                      high = after_first(round, end, limit(builder_.add(along, one)));
                    }
                    const std::vector<Value> joined = builder_.loop(
                        low, high, 1, carried, [&](Value start, const std::vector<Value>& tiles) {
                          Evaluation inner = at;
                          inner.settle({running_.condition});
                          inner.bind(running_.reduced, start);
                          return accumulation_.join(inner, tiles, {});
                        });
                    Evaluation cell = at;
                    cell.bind(running_.along, along);
                    task_.keep(cell, member_, accumulation_.result(builder_, joined, false));
                    return joined;
                  });
  }

  const Task& task_;
  Builder& builder_;
  const ValueId member_;
  const graph::Compute& compute_;
  const RunningReduction running_;
  const Accumulation accumulation_;
};

}  // namespace

void schedule_running(const Task& task) {
  const auto running = fuse::running_reduction(task.function(), task.compute(task.group.members[0]));
  internal_check(running && task.group.members.size() == 1, "kernel: a running reduction of another form");
  RunningSchedule(task, *running).run();
}

}  // namespace kiln::kernel
