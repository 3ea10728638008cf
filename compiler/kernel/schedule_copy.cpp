#include "fuse/shape.h"
#include "kernel/loops.h"
#include "kernel/schedules.h"

namespace kiln::kernel {

namespace {
constexpr int64_t copy_block = 4096;
}

void schedule_copy(const Task& task) {
  Builder& builder = task.builder();
  const graph::Type& type = task.function().type_of(task.group.source);
  const BufferId from = task.context.buffers.of(task.plan.places[task.group.source.number]);
  const BufferId to = task.context.buffers.of(task.group.target);
  const dim::Dim count = fuse::volume(type.shape);
  task.kernel.points = count;
  task.kernel.serial = is_small(count);
  const int lanes = task.machine.lanes(ElementType::f32);
  grid_loop(builder, {{0, count, copy_block}}, [&](const std::vector<Value>& starts) {
    const Value end = builder.map(ScalarFunction::minimum,
                                  {builder.add(starts[0], builder.integer(copy_block)), builder.dim(count)});
    lane_loop(builder, starts[0], end, lanes, {}, [&](Value start, Value edge, const std::vector<Value>&) {
      builder.store(to, start, builder.load({from, start, 0, 1}, {type.element, 1, lanes}, edge), edge);
      return std::vector<Value>{};
    });
  });
  task.kernel.explanation.schedule = "copy";
}

}  // namespace kiln::kernel
