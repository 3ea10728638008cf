#include "kernel/explain.h"

#include <algorithm>
#include <set>

#include "fuse/changed_points.h"
#include "fuse/loop_bodies.h"
#include "fuse/shape.h"
#include "fuse/update.h"
#include "graph/affine.h"
#include "graph/cost.h"

namespace kiln::kernel {

using namespace graph;
using fuse::GroupKind;
using fuse::Place;

namespace {

/// The points that a compute visits: where a guard ends an index that is cut in runs, `run * length + place <
/// end`, those below the end. Other guards are not looked at.
dim::Dim visited_points(const Function& function, const Compute& compute) {
  std::set<uint32_t> cut;
  dim::Dim count = 1;
  for (const ExprId guard : compute.guard) {
    const Expr& less = function.expressions[guard];
    if (less.kind != ExprKind::call || less.function != ScalarFunction::less) continue;
    const auto place = affine_of(function.expressions, less.operands[0]);
    const auto end = affine_of(function.expressions, less.operands[1]);
    if (!place || !end || !end->is_constant() || place->has_atoms() || place->indices.size() != 2) continue;
    uint32_t run = place->indices.begin()->first, within = place->indices.rbegin()->first;
    if (place->indices.at(run).is_constant(1)) std::swap(run, within);
    const dim::Dim length = place->indices.at(run), step = place->indices.at(within);
    if (!step.is_constant(1) || !(length == compute.domain[within].extent) || cut.contains(run) ||
        cut.contains(within))
      continue;
    cut.insert({run, within});
    count = count * end->constant;
  }
  for (uint32_t index = 0; index < compute.domain.size(); ++index)
    if (!cut.contains(index)) count = count * compute.domain[index].extent;
  return count;
}

/// Written are the cells that may change; other operands count whole.
void explain_update(const Function& function, const fuse::Group& group, Explanation& explanation) {
  const ValueId value = group.members[0];
  const fuse::Update update = *fuse::match_update(function, value);
  const auto bytes_of = [&](ValueId of, const dim::Dim& count) {
    return count * dim::Dim(size_of(function.type_of(of).element));
  };
  const Compute& compute = *fuse::compute_of(function, value);
  dim::Dim cells = 1;
  for (uint32_t index = 0; index < compute.domain.size(); ++index)
    if (fuse::limited_by(function, update, index) != fuse::Limited::single)
      cells = cells * compute.domain[index].extent;
  explanation.flops = cells * dim::Dim(graph::flops_of(function.expressions, compute));
  explanation.bytes = bytes_of(value, cells);
  for (const ValueId operand : values_in(function.expressions, update.fresh))
    explanation.bytes =
        explanation.bytes +
        bytes_of(operand, operand == update.old ? cells : fuse::volume(function.type_of(operand).shape));
}

/// In place only the cells are read and written that the scatter reaches.
void explain_points(const fuse::Plan& plan, const fuse::Group& group, std::set<ValueId>& touched,
                    Explanation& explanation) {
  const Function& function = plan.function;
  const ValueId points = group.members[0], value = group.members[1];
  const ValueId old = fuse::match_changed_points(function, value)->old;
  if (!(plan.places[old.number] == plan.places[value.number])) return;
  const Compute& compute = *fuse::compute_of(function, points);
  touched.erase(value);
  touched.erase(old);
  const int64_t times = fuse::match_changed_points(function, value)->adds() ? 2 : 1;  // read and written
  explanation.bytes = fuse::points(compute) * dim::Dim(times * size_of(function.type_of(points).element));
  explanation.flops = fuse::points(compute) * dim::Dim(graph::flops_of(function.expressions, compute));
}

}  // namespace

void explain(const fuse::Plan& plan, const fuse::Group& group, Explanation& explanation) {
  const Function& function = plan.function;
  for (const fuse::Source& source : group.sources) {
    if (!source.name.empty()) explanation.values.push_back(source.name);
    if (source.origin.known()) explanation.origins.push_back(source.origin);
  }
  for (size_t i = 0; i < function.outputs.size(); ++i)  // a result that was never bound to a name
    if (const ValueId value = function.outputs[i];
        function[value].name.empty() &&
        std::find(group.members.begin(), group.members.end(), value) != group.members.end())
      explanation.values.push_back(function.output_names[i]);
  explanation.notes.insert(explanation.notes.end(), group.notes.begin(), group.notes.end());
  const auto bytes_of = [&](ValueId value) {
    return fuse::volume(function.type_of(value).shape) * dim::Dim(size_of(function.type_of(value).element));
  };
  if (group.kind == GroupKind::copy) {
    explanation.bytes = bytes_of(group.source) * dim::Dim(2);
    return;
  }
  if (group.kind == GroupKind::update) return explain_update(function, group, explanation);
  std::set<ValueId> touched;
  for (const ValueId member : group.members) {
    if (const Compute* compute = fuse::compute_of(function, member)) {
      const bool visits_each_once = group.kind == GroupKind::running;
      const dim::Dim points = visits_each_once ? fuse::volume(function.type_of(member).shape)
                                               : visited_points(function, *compute);
      explanation.flops =
          explanation.flops + points * dim::Dim(graph::flops_of(function.expressions, *compute));
    }
    if (plan.places[member.number].kind != Place::Kind::none) touched.insert(member);
    for (const ValueId operand : operands_of(function, function.node_of(member)))
      if (plan.places[operand.number].kind != Place::Kind::none) touched.insert(operand);
  }
  if (group.kind == GroupKind::points) explain_points(plan, group, touched, explanation);
  for (const ValueId value : touched) explanation.bytes = explanation.bytes + bytes_of(value);
}

dim::Dim in_all_rounds(const Program& program, uint32_t kernel, dim::Dim amount) {
  const std::vector<const ProgramLoop*> around = loops_around(program, kernel);
  for (size_t i = around.size(); i-- > 0;)
    if (around[i]->limit)
      amount = fuse::bound_over_rounds(amount, around[i]->counter, *around[i]->limit) * *around[i]->limit;
  return amount;
}

}  // namespace kiln::kernel
