#include "kernel/schedule.h"

#include <algorithm>

#include "dim/prover.h"
#include "fuse/loop_bodies.h"
#include "fuse/shape.h"
#include "kernel/explain.h"
#include "kernel/schedules.h"

namespace kiln::kernel {

using dim::Dim;
using fuse::Group;
using fuse::GroupKind;
using graph::ValueId;

const graph::Compute& Task::compute(ValueId member) const { return *fuse::compute_of(plan.function, member); }

uint32_t Task::rank(ValueId value) const {
  return static_cast<uint32_t>(plan.function.type_of(value).shape.size());
}

std::vector<graph::ExprId> Task::bounds() const {
  std::vector<graph::ExprId> common;
  bool is_first = true;
  for (const ValueId member : group.members) {
    if (!context.buffers.location(member)) continue;
    const std::vector<graph::ExprId>& bounds = plan.bounds[member.number];
    if (is_first) common = bounds;
    is_first = false;
    std::erase_if(common, [&](graph::ExprId condition) {
      return std::find(bounds.begin(), bounds.end(), condition) == bounds.end();
    });
  }
  std::erase_if(common, [&](graph::ExprId condition) {
    const std::vector<uint32_t> indices = graph::indices_in(function().expressions, condition);
    return std::any_of(indices.begin(), indices.end(), [&](uint32_t index) { return index >= group.common; });
  });
  return common;
}

void Task::keep(Evaluation& at, ValueId member, Value tile) const {
  if (const auto local = context.locations.find(member); local != context.locations.end())
    at.store(local->second, compute(member).write, tile);
  else if (const std::optional<Location> location = context.buffers.location(member))
    at.store(*location, compute(member).write, tile);
}

namespace {

dim::Dim points_of(const Task& task) {
  dim::Dim points;
  for (const ValueId member : task.group.members) points = points + fuse::points(task.compute(member));
  return points;
}

/// Where the first member with a place stands.
Origin span_of(const graph::Function& function, const Group& group) {
  for (const ValueId member : group.members)
    if (const Origin span = function.node_of(member).span; span.known()) return span;
  return group.source.valid() ? function.node_of(group.source).span : Origin{};
}

void schedule_group(const Task& task) {
  if (task.group.kind == GroupKind::copy) return schedule_copy(task);
  if (task.group.kind == GroupKind::sort) return schedule_sort(task);
  if (task.group.kind == GroupKind::update) return schedule_update(task);
  task.kernel.points = points_of(task);
  if (task.group.kind == GroupKind::stream) return schedule_stream(task);
  task.kernel.serial = task.group.common == 0 || is_small(*task.kernel.points);
  const ValueId first = task.group.members[0];
  const std::vector<dim::Dim>& shape = task.function().type_of(first).shape;
  if (!fuse::write_shape(task.function(), task.compute(first), shape).covers) return schedule_scatter(task);
  if (task.group.kind == GroupKind::running) return schedule_running(task);
  if (task.group.kind == GroupKind::contraction && schedule_contraction(task)) return;
  if (schedule_points(task)) return;
  schedule_rows(task);
}

/// A kernel of a loop whose body has nothing to do.
Kernel empty_kernel() {
  Kernel kernel;
  kernel.name = "nothing";
  kernel.serial = true;
  return kernel;
}

class ProgramMaker {
 public:
  ProgramMaker(Program& program, const Machine& machine) : program_(program), machine_(machine) {}

  void run(const fuse::Plan& plan, Buffers& buffers) {
    size_t loop = 0;
    std::vector<uint32_t> last_kernel;  // of each group
    for (const Group& group : plan.groups) {
      if (group.kind == GroupKind::loop) {
        run_loop(plan.loops[loop], buffers, buffers.inside(loop));
        ++loop;
      } else {
        run_group(plan, group, buffers);
      }
      last_kernel.push_back(static_cast<uint32_t>(program_.kernels.size() - 1));
    }
    for (const fuse::PlannedCheck& check : plan.checks) add_check(check, last_kernel, plan, buffers);
  }

 private:
  void run_group(const fuse::Plan& plan, const Group& group, Buffers& buffers) {
    Kernel kernel;
    kernel.name = group.name;
    kernel.span = span_of(plan.function, group);
    Builder builder(kernel);
    builder.set_span(kernel.span);
    KernelContext context{
        plan.function, buffers, builder, static_cast<uint32_t>(program_.kernels.size()), {}};
    schedule_group({plan, group, machine_, context, kernel});
    explain(plan, group, kernel.explanation);
    program_.kernels.push_back(std::move(kernel));
  }

  void run_loop(const fuse::PlannedLoop& planned, const Buffers& around, Buffers& inside) {
    ProgramLoop loop;
    loop.first_kernel = static_cast<uint32_t>(program_.kernels.size());
    loop.counter = planned.counter;
    loop.limit = planned.limit;
    loop.reversed = planned.reversed;
    loop.rounds = around.of(planned.rounds);
    loop.go_on = around.of(planned.go_on);
    loop.next_go_on = around.of(planned.next_go_on);
    loop.made = around.of(planned.made);
    for (const fuse::PlannedLoop::Carried& carried : planned.carried)
      loop.carried.push_back({around.of(carried.current),
                              around.of(carried.next),
                              around.of(carried.initial),
                              {around.of(carried.memory[0]), around.of(carried.memory[1])}});
    for (const fuse::PlannedLoop::Row& row : planned.rows)
      loop.rows.push_back({around.of(row.row), around.of(row.stack), row.element, row.count});
    // Loops that do not enclose each other may count with one dim.
    if (std::find(program_.dims.begin(), program_.dims.end(), loop.counter) == program_.dims.end())
      program_.dims.push_back(loop.counter);
    const size_t number = program_.loops.size();
    program_.loops.push_back(loop);
    run(*planned.body, inside);
    if (program_.kernels.size() == loop.first_kernel) program_.kernels.push_back(empty_kernel());
    program_.loops[number].last_kernel = static_cast<uint32_t>(program_.kernels.size() - 1);
  }

  void add_check(const fuse::PlannedCheck& planned, const std::vector<uint32_t>& last_kernel,
                 const fuse::Plan& plan, const Buffers& buffers) {
    Check check;
    check.kind = static_cast<Check::Kind>(planned.check.kind);
    check.after_kernel = last_kernel[planned.after_group];
    check.subject = buffers.of(plan.places[planned.check.subject.number]);
    if (planned.check.greatest.valid())
      check.greatest = buffers.of(plan.places[planned.check.greatest.number]);
    check.extent = planned.check.extent;
    check.tensor = planned.check.tensor;
    check.axis = planned.check.axis;
    check.message = planned.check.message;
    check.place = planned.check.place;
    program_.checks.push_back(std::move(check));
  }

  Program& program_;
  const Machine& machine_;
};

/// The same where it has a value; where a divisor is below 1, some value.
Dim with_value(const Dim& size) {
  Dim sum = 0;
  for (const Dim::Term& term : size.terms()) {
    Dim product = term.coefficient;
    for (const Dim::Atom& atom : term.factors) {
      std::vector<Dim> parts;
      for (const Dim& operand : atom.operands) parts.push_back(with_value(operand));
      switch (atom.kind) {
        case Dim::AtomKind::symbol: product = product * Dim::symbol(atom.symbol); break;
        case Dim::AtomKind::quotient: product = product * (parts[0] / max(Dim(1), parts[1])); break;
        case Dim::AtomKind::minimum:
        case Dim::AtomKind::maximum: {
          Dim extreme = parts[0];
          for (const Dim& part : parts)
            extreme = atom.kind == Dim::AtomKind::minimum ? min(extreme, part) : max(extreme, part);
          product = product * extreme;
        }
      }
    }
    sum = sum + product;
  }
  return sum;
}

/// Work memory is laid out once for all rounds: sizes that depend on the round are taken at their greatest.
/// It is laid out where a loop makes no round too, so that nothing says `counter < limit`: a size in a loop
/// below M may be `M - 1` or `4 / M`, which then is any size.
void bound_sizes(Program& program) {
  dim::Facts facts;
  for (const std::string& name : program.dims) facts.add_dim(name);
  for (const dim::Condition& fact : program.facts) facts.add(fact);
  const auto has_value = [&](const Dim& size) {
    return size.constant() || size.bare_symbol() || dim::proves(facts, dim::Condition::less_equal(0, size));
  };
  for (Buffer& buffer : program.buffers) {
    if (buffer.scope < Scope::arena) continue;
    const std::vector<const ProgramLoop*> around = loops_around(program, buffer.first_kernel);
    for (size_t i = around.size(); i-- > 0;)
      if (around[i]->limit)
        buffer.count = fuse::bound_over_rounds(buffer.count, around[i]->counter, *around[i]->limit);
    if (!around.empty() && !has_value(buffer.count)) buffer.count = max(Dim(0), with_value(buffer.count));
  }
  for (Check& check : program.checks)
    if (check.kind == Check::Kind::index && !loops_around(program, check.after_kernel).empty() &&
        !has_value(check.extent))
      check.extent = with_value(check.extent);
}

}  // namespace

Program schedule(const fuse::Plan& plan, const Machine& machine) {
  Program program;
  program.name = plan.function.name;
  program.dims = plan.function.dims;
  program.facts = plan.function.facts;
  Buffers buffers(program, plan);
  ProgramMaker(program, machine).run(plan, buffers);
  std::stable_sort(program.checks.begin(), program.checks.end(),
                   [](const Check& a, const Check& b) { return a.after_kernel < b.after_kernel; });
  bound_sizes(program);
  return program;
}

}  // namespace kiln::kernel
