#include "kernel/schedule.h"

#include "base/internal_check.h"
#include "fuse/shape.h"
#include "kernel/explain.h"
#include "kernel/schedules.h"

namespace kiln::kernel {

using fuse::Group;
using fuse::GroupKind;
using graph::ValueId;

const graph::Compute& Task::compute(ValueId member) const { return *fuse::compute_of(plan.function, member); }

uint32_t Task::rank(ValueId value) const {
  return static_cast<uint32_t>(plan.function.type_of(value).shape.size());
}

void Task::keep(Evaluation& at, ValueId member, Value tile) const {
  if (const auto local = context.locations.find(member); local != context.locations.end())
    at.store(local->second, compute(member).write, tile);
  else if (const std::optional<Location> location = context.buffers.location(member))
    at.store(*location, compute(member).write, tile);
}

namespace {

/// Points below which one worker is faster than waking several.
constexpr int64_t serial_points = 8192;

bool is_small(const Task& task) {
  for (const ValueId member : task.group.members)
    if (fuse::points(task.compute(member)).constant().value_or(serial_points + 1) > serial_points)
      return false;
  return true;
}

/// Where the first member with a place stands.
Span span_of(const graph::Function& function, const Group& group) {
  for (const ValueId member : group.members)
    if (const Span span = function.node_of(member).span; span.known()) return span;
  return group.source.valid() ? function.node_of(group.source).span : Span{};
}

void schedule_group(const Task& task) {
  if (task.group.kind == GroupKind::copy) return schedule_copy(task);
  if (task.group.kind == GroupKind::sort) return schedule_sort(task);
  task.kernel.serial = task.group.common == 0 || is_small(task);
  const ValueId first = task.group.members[0];
  const std::vector<dim::Dim>& shape = task.function().type_of(first).shape;
  if (!fuse::write_shape(task.function(), task.compute(first), shape).covers) return schedule_scatter(task);
  if (task.group.kind == GroupKind::running) return schedule_running(task);
  if (task.group.kind == GroupKind::contraction && schedule_contraction(task)) return;
  if (schedule_points(task)) return;
  schedule_rows(task);
}

}  // namespace

Program schedule(const fuse::Plan& plan, const Machine& machine) {
  Program program;
  program.name = plan.function.name;
  program.dims = plan.function.dims;
  program.facts = plan.function.facts;
  Buffers buffers(program, plan);
  for (uint32_t number = 0; number < plan.groups.size(); ++number) {
    Kernel kernel;
    kernel.name = plan.groups[number].name;
    kernel.span = span_of(plan.function, plan.groups[number]);
    Builder builder(kernel);
    builder.set_span(kernel.span);
    KernelContext context{plan.function, buffers, builder, number, {}};
    schedule_group({plan, plan.groups[number], machine, context, kernel});
    explain(plan, plan.groups[number], kernel.explanation);
    program.kernels.push_back(std::move(kernel));
  }
  for (const fuse::PlannedCheck& planned : plan.checks) {
    Check check;
    check.kind = static_cast<Check::Kind>(planned.check.kind);
    check.after_kernel = planned.after_group;
    check.subject = buffers.of(plan.places[planned.check.subject.number]);
    if (planned.check.greatest.valid())
      check.greatest = buffers.of(plan.places[planned.check.greatest.number]);
    check.extent = planned.check.extent;
    check.tensor = planned.check.tensor;
    check.axis = planned.check.axis;
    check.message = planned.check.message;
    check.place = planned.check.place;
    program.checks.push_back(std::move(check));
  }
  return program;
}

}  // namespace kiln::kernel
