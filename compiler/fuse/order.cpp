#include "fuse/order.h"

#include <algorithm>

#include "base/internal_check.h"
#include "fuse/changed_points.h"
#include "fuse/shape.h"
#include "fuse/update.h"

namespace kiln::fuse {

using namespace graph;

namespace {

class MemoryPlanner {
 public:
  MemoryPlanner(const Function& function, const Bindings& bindings,
                const std::map<uint32_t, LoopBody>& bodies, Grouping& grouping)
      : function_(function), bindings_(bindings), bodies_(bodies), grouping_(grouping) {
    for (uint32_t group = 0; group < grouping.groups.size(); ++group)
      if (grouping.groups[group].node != UINT32_MAX &&
          has_effect(function.nodes[grouping.groups[group].node]))
        checks_.insert(group);
    for (const Node& node : function.nodes)
      if (const auto* check = std::get_if<Check>(&node.op)) {
        note_check(check->subject);
        if (check->greatest.valid()) note_check(check->greatest);
      }
    if (bindings.may_stay_half_written) checks_.clear();
    find_updates();
  }

  MemoryPlan run() {
    for (size_t i = 0; i < function_.outputs.size(); ++i) {
      const ValueId old = partner(bindings_.outputs[i]), value = function_.outputs[i];
      plan_.direct.push_back(!is_loop_view(value) && (!old.valid() || old == value ||
                                                      through_updates(value, old) || in_place(value, old)));
    }
    for (const auto& [value, old] : old_of_)
      if (!plan_.over.contains(value)) in_arena(value, old);
    return std::move(plan_);
  }

 private:
  void note_check(ValueId subject) {
    subjects_.insert(subject);
    const uint32_t group = grouping_.group_of[subject.number];
    if (group != UINT32_MAX) checks_.insert(group);
  }
  /// The input whose memory an output takes.
  ValueId partner(uint32_t argument) const {
    for (size_t i = 0; i < bindings_.inputs.size(); ++i)
      if (bindings_.inputs[i] == argument) return function_.inputs[i];
    return {};
  }

  /// Values that change a part of an older one, and loops' results that may lie where their first values lie.
  void find_updates() {
    for (const auto& [number, body] : bodies_) {
      const Node& node = function_.nodes[number];
      const auto& loop = std::get<Loop>(node.op);
      for (uint32_t i = 0; i < loop.carried_count; ++i)
        if (body.in_place[i])
          old_of_.emplace(node.results[i], loop.operands[i]);
        else
          views_.emplace(node.results[i], loop.operands[i]);
    }
    for (const Group& group : grouping_.groups)
      if (group.kind == GroupKind::update)
        old_of_.emplace(group.members[0], match_update(function_, group.members[0])->old);
      else if (group.kind == GroupKind::points)
        old_of_.emplace(group.members[1], match_changed_points(function_, group.members[1])->old);
  }
  /// Where a value that alternates between memories lies, nobody else knows.
  bool is_loop_view(ValueId value) const { return views_.contains(value); }

  /// The value, and results of loops that are the value if no round is made.
  std::set<ValueId> aliases_of(ValueId value) const {
    std::set<ValueId> aliases = {value};
    for (const auto& [result, first] : views_)  // in the order of the graph
      if (aliases.contains(first)) aliases.insert(result);
    return aliases;
  }

  /// Everything from the output back to the input changes the input's memory, or nothing does.
  bool through_updates(ValueId value, ValueId input) {
    std::vector<ValueId> chain;
    for (ValueId at = value; at != input; at = old_of_.at(at)) {
      if (!old_of_.contains(at)) return false;
      chain.push_back(at);
    }
    for (size_t i = chain.size(); i-- > 0;)
      if (!overwrites(chain[i], old_of_.at(chain[i]), checks_)) {
        for (const ValueId done : chain) plan_.over.erase(done);
        return false;
      }
    return true;
  }

  void in_arena(ValueId value, ValueId old) {
    const auto is_output = [&](ValueId at) {
      return std::find(function_.outputs.begin(), function_.outputs.end(), at) != function_.outputs.end();
    };
    const std::string name = "`" + function_[old].name + "`";
    if (grouping_.group_of[old.number] ==
        UINT32_MAX)  // a reason that was found on the way to an output stays
      plan_.copied.try_emplace(value, name + " is an argument or a constant that must stay as it is");
    else if (is_loop_view(old))
      plan_.copied[value] = name + " lies where the last round of a loop has put it";
    else if (is_output(old))
      plan_.copied[value] = name + " is a result as well";
    else if (is_output(value))
      plan_.copied[value] = "the result has memory of its own";
    else if (subjects_.contains(old))
      plan_.copied[value] = name + " is checked";
    else
      overwrites(value, old, {});
  }

  /// Notes that the value takes the memory of the old one, if everybody else is done with that by then.
  bool overwrites(ValueId value, ValueId old, std::set<uint32_t> first) {
    const uint32_t writer = grouping_.group_of[value.number];
    std::string& why = plan_.copied[value];
    if (views_of(old)) {
      why = "`" + function_[old].name + "` is the first value of a loop that does not change it in place";
      return false;
    }
    for (const auto& [other, taken] : plan_.over)
      if (taken == old) {
        why = "`" + function_[old].name + "` is changed in two ways";
        return false;
      }
    if (reads_elsewhere(writer, value, old)) {
      why = "`" + function_[old].name + "` is read at other places while it changes";
      return false;
    }
    for (uint32_t group = 0; group < grouping_.groups.size(); ++group)
      if (group != writer && reads(group, old)) first.insert(group);
    if (first.contains(writer)) {
      why = "it fails a check after it has begun";
      return false;
    }
    for (const uint32_t group : first)
      if (waits_for(grouping_, group, writer)) {
        why = "`" + function_[old].name + "` is still needed when the new value is there";
        return false;
      }
    grouping_.before[writer].insert(first.begin(), first.end());
    plan_.copied.erase(value);
    plan_.over[value] = old;
    return true;
  }
  bool views_of(ValueId value) const {
    for (const auto& [result, first] : views_)
      if (first == value) return true;
    return false;
  }

  /// Whether the writing group reads the old value other than at the cell that it writes: a loop, for
  /// anything but that carried value.
  bool reads_elsewhere(uint32_t writer, ValueId, ValueId old) const {
    const Group& group = grouping_.groups[writer];
    if (group.kind == GroupKind::update) return reads_alias(group, old);
    if (group.kind == GroupKind::points) {
      const std::vector<ValueId> operands = operands_of(function_, function_.node_of(group.members[0]));
      return reads_alias(group, old) || std::find(operands.begin(), operands.end(), old) != operands.end();
    }
    const auto& loop = std::get<Loop>(function_.nodes[group.node].op);
    size_t count = std::count(loop.operands.begin(), loop.operands.end(), old);
    if (loop.rounds == old || loop.go_on == old) ++count;
    return count > 1;
  }

  /// An update reads the old value at the point alone, but nothing is said of a loop's result that may lie in
  /// the same memory.
  bool reads_alias(const Group& group, ValueId old) const {
    std::set<ValueId> aliases = aliases_of(old);
    aliases.erase(old);
    for (const ValueId operand : operands_of(function_, group))
      if (aliases.contains(operand)) return true;
    return false;
  }

  bool in_place(ValueId value, ValueId old) {
    const uint32_t writer = grouping_.group_of[value.number];
    if (writer == UINT32_MAX || grouping_.groups[writer].kind == GroupKind::sort) return false;
    // A scatter visits cells in its own order: either `overwrites` has proved it, or it is not so.
    if (grouping_.groups[writer].kind == GroupKind::points) return false;
    // A stream is not made point by point.
    if (grouping_.groups[writer].kind == GroupKind::stream) return false;
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
    const std::set<ValueId> aliases = aliases_of(value);
    for (const ValueId operand : operands_of(function_, grouping_.groups[group]))
      if (aliases.contains(operand)) return true;
    return false;
  }

  /// Within the writing group the old value is read only by computes that come to each point no later than
  /// the writer does, and at that very point.
  bool readers_at_point(uint32_t writer, ValueId value, ValueId old) const {
    const Group& group = grouping_.groups[writer];
    const std::set<ValueId> aliases = aliases_of(old);
    const auto rank = static_cast<uint32_t>(function_.type_of(value).shape.size());
    const bool whole_points = group.common == rank;
    bool after_writer = false;
    for (const ValueId member : group.members) {
      const Compute& compute = *compute_of(function_, member);
      for (const ExprId id : reads_of(function_.expressions, compute)) {
        const Expr& read = function_.expressions[id];
        if (!aliases.contains(read.value)) continue;
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
  const std::map<uint32_t, LoopBody>& bodies_;
  Grouping& grouping_;
  std::set<uint32_t> checks_;          // groups that compute what checks look at
  std::set<ValueId> subjects_;         // what they look at
  std::map<ValueId, ValueId> old_of_;  // values that may be written over others
  std::map<ValueId, ValueId> views_;   // results of loops that alternate, and what they are at first
  MemoryPlan plan_;
};

}  // namespace

MemoryPlan plan_memory(const Function& function, const Bindings& bindings,
                       const std::map<uint32_t, LoopBody>& bodies, Grouping& grouping) {
  return MemoryPlanner(function, bindings, bodies, grouping).run();
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
