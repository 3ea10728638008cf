#include "fuse/order.h"

#include <algorithm>

#include "base/internal_check.h"
#include "fuse/shape.h"

namespace kiln::fuse {

using namespace graph;

namespace {

class OutputPlanner {
 public:
  OutputPlanner(const Function& function, const Bindings& bindings, Grouping& grouping)
      : function_(function), bindings_(bindings), grouping_(grouping) {
    for (const Node& node : function.nodes)
      if (const auto* check = std::get_if<Check>(&node.op)) {
        note_check(check->subject);
        if (check->greatest.valid()) note_check(check->greatest);
      }
  }

  OutputPlan run() {
    OutputPlan plan;
    for (size_t i = 0; i < function_.outputs.size(); ++i) {
      const ValueId old = partner(bindings_.outputs[i]);
      plan.direct.push_back(!old.valid() || old == function_.outputs[i] ||
                            in_place(function_.outputs[i], old));
    }
    return plan;
  }

 private:
  void note_check(ValueId subject) {
    const uint32_t group = grouping_.group_of[subject.number];
    if (group != UINT32_MAX) checks_.insert(group);
  }
  /// The input whose memory an output takes.
  ValueId partner(uint32_t argument) const {
    for (size_t i = 0; i < bindings_.inputs.size(); ++i)
      if (bindings_.inputs[i] == argument) return function_.inputs[i];
    return {};
  }

  bool in_place(ValueId value, ValueId old) {
    const uint32_t writer = grouping_.group_of[value.number];
    if (writer == UINT32_MAX || grouping_.groups[writer].kind == GroupKind::sort) return false;
    const Type &now = function_.type_of(value), &before = function_.type_of(old);
    if (now.element != before.element || !(now.shape == before.shape)) return false;
    const Compute* compute = compute_of(function_, value);
    if (!compute || !write_shape(function_, *compute, function_.type_of(value).shape).is_map) return false;
    if (!readers_at_point(writer, value, old)) return false;
    std::set<uint32_t> first = checks_;
    for (uint32_t group = 0; group < grouping_.groups.size(); ++group)
      if (group != writer && reads(group, old)) first.insert(group);
    if (first.contains(writer)) return false;
    for (const uint32_t group : first)
      if (waits_for(grouping_, group, writer)) return false;
    grouping_.before[writer].insert(first.begin(), first.end());
    return true;
  }

  bool reads(uint32_t group, ValueId value) const {
    for (const ValueId member : grouping_.groups[group].members) {
      const std::vector<ValueId> operands = operands_of(function_, function_.node_of(member));
      if (std::find(operands.begin(), operands.end(), value) != operands.end()) return true;
    }
    return false;
  }

  /// Within the writing group the old value is read only by computes that come to each point no later than
  /// the writer does, and at that very point.
  bool readers_at_point(uint32_t writer, ValueId value, ValueId old) const {
    const Group& group = grouping_.groups[writer];
    const auto rank = static_cast<uint32_t>(function_.type_of(value).shape.size());
    const bool whole_points = group.common == rank;
    bool after_writer = false;
    for (const ValueId member : group.members) {
      const Compute& compute = *compute_of(function_, member);
      for (const ExprId id : reads_of(function_.expressions, compute)) {
        const Expr& read = function_.expressions[id];
        if (read.value != old) continue;
        if (after_writer) return false;
        // A member before the writer may read anything at the same common point: it is done there first.
        if (!reads_at_point(function_.expressions, read, member == value ? rank : group.common)) return false;
        if (member != value && group.kind == GroupKind::contraction &&
            (!whole_points || compute.domain.size() != rank))
          return false;
      }
      after_writer = after_writer || member == value;
    }
    return true;
  }

  const Function& function_;
  const Bindings& bindings_;
  Grouping& grouping_;
  std::set<uint32_t> checks_;
};

}  // namespace

OutputPlan plan_outputs(const Function& function, const Bindings& bindings, Grouping& grouping) {
  return OutputPlanner(function, bindings, grouping).run();
}

std::vector<uint32_t> order_groups(const Grouping& grouping) {
  std::vector<uint32_t> order;
  std::vector<bool> done(grouping.groups.size(), false);
  while (order.size() < grouping.groups.size()) {
    bool found = false;
    for (uint32_t group = 0; group < grouping.groups.size() && !found; ++group) {
      if (done[group]) continue;
      found = std::all_of(grouping.before[group].begin(), grouping.before[group].end(),
                          [&](uint32_t other) { return done[other]; });
      if (!found) continue;
      done[group] = true;
      order.push_back(group);
    }
    internal_check(found, "kernels wait for each other in a circle");
  }
  return order;
}

}  // namespace kiln::fuse
