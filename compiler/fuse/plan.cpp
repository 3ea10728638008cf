#include "fuse/plan.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/internal_check.h"
#include "fuse/copy_before_change.h"
#include "fuse/frozen_panels.h"
#include "fuse/group.h"
#include "fuse/inline_maps.h"
#include "fuse/late_division.h"
#include "fuse/order.h"
#include "fuse/order_residues.h"
#include "fuse/padding.h"
#include "fuse/panels_before_loops.h"
#include "fuse/place.h"
#include "fuse/prepare.h"
#include "fuse/read_before_change.h"
#include "fuse/row_tables.h"
#include "fuse/shape.h"
#include "fuse/split_reductions.h"
#include "fuse/two_operands.h"
#include "graph/support.h"
#include "graph/walk.h"

namespace kiln::fuse {

using namespace graph;

namespace {

std::string name_of(const Function& function, const Group& group) {
  if (group.members.empty()) return "loop";
  const Value& last = function[group.members.back()];
  std::string name = group.kind == GroupKind::contraction ? "contract"
                     : group.kind == GroupKind::stream    ? "stream"
                     : group.kind == GroupKind::running   ? "running"
                     : group.kind == GroupKind::sort      ? "sort"
                     : group.kind == GroupKind::update    ? "update"
                     : group.kind == GroupKind::points    ? "points"
                     : group.kind == GroupKind::loop      ? "loop"
                                                          : "loops";
  const std::string& first = function[group.members.front()].name;
  if (!first.empty()) name += "_" + first;
  if (group.members.size() > 1 && !last.name.empty() && last.name != first) name += "_" + last.name;
  for (char& letter : name)
    if (!std::isalnum(static_cast<unsigned char>(letter))) letter = '_';
  return name;
}

void plan_checks(Plan& plan, const std::vector<uint32_t>& position_of) {
  for (const Node& node : plan.function.nodes) {
    const auto* check = std::get_if<Check>(&node.op);
    if (!check) continue;
    uint32_t after = position_of[check->subject.number];
    if (check->greatest.valid()) after = std::max(after, position_of[check->greatest.number]);
    plan.checks.push_back({*check, after});
  }
  std::stable_sort(plan.checks.begin(), plan.checks.end(), [](const PlannedCheck& a, const PlannedCheck& b) {
    return a.after_group < b.after_group;
  });
}

void note_copy(Group& group, const MemoryPlan& memory, ValueId value, const char* copied) {
  const auto why = memory.copied.find(value);
  if (why == memory.copied.end() || why->second.empty()) return;
  group.copied_because = why->second;
  group.notes.push_back(copied + (" because " + why->second));
}

void add_first_values(Plan& plan, const Group& loop_group, const MemoryPlan& memory, const LoopBody& body) {
  const Node& node = plan.function.nodes[loop_group.node];
  const auto& loop = std::get<Loop>(node.op);
  for (uint32_t i = 0; i < loop.carried_count; ++i) {
    const ValueId result = node.results[i];
    if (!body.in_place[i] || memory.over.contains(result)) continue;
    Group copy;
    copy.kind = GroupKind::copy;
    copy.source = loop.operands[i];
    copy.copy_of = result;
    copy.name = "first_" + plan.function[result].name;
    note_copy(copy, memory, result, "copied");
    plan.groups.push_back(std::move(copy));
  }
}

/// A change that could not be made in place is a map over the whole value.
void copy_instead(Group& group, const MemoryPlan& memory) {
  if (group.kind == GroupKind::update) group.kind = GroupKind::loops;
  note_copy(group, memory, group.members.back(), "copied as a whole");
}

/// Brings the groups into the plan, in the order in which they run, and before a loop the copies of values
/// that it changes in place but may not overwrite.
std::vector<uint32_t> order_plan(Plan& plan, Grouping& grouping, const MemoryPlan& memory,
                                 const std::map<uint32_t, LoopBody>& bodies) {
  std::vector<uint32_t> position_of(plan.function.values.size(), UINT32_MAX);
  for (const uint32_t number : order_groups(grouping)) {
    Group& group = grouping.groups[number];
    if (group.kind == GroupKind::loop) add_first_values(plan, group, memory, bodies.at(group.node));
    const bool changes = group.kind == GroupKind::update || group.kind == GroupKind::points;
    if (changes && !memory.over.contains(group.members.back())) copy_instead(group, memory);
    for (const ValueId member : group.members)
      position_of[member.number] = static_cast<uint32_t>(plan.groups.size());
    plan.groups.push_back(std::move(group));
    plan.groups.back().name = name_of(plan.function, plan.groups.back());
  }
  return position_of;
}

/// Those of its conditions that the compute still says itself. What it says beyond them, since maps were put
/// into it, its readers do not.
std::vector<ExprId> known_bounds(const Function& function, ValueId value,
                                 const std::vector<ExprId>& conditions) {
  std::set<ExprId> known;
  for (const ExprId condition : conditions)
    for (const ExprId part : operands_of_nested(function.expressions, condition, ScalarFunction::logical_and))
      known.insert(part);
  std::vector<ExprId> bounds;
  if (known.empty()) return bounds;
  for (const ExprId condition : support_of(function, value))
    if (known.contains(condition)) bounds.push_back(condition);
  return bounds;
}

}  // namespace

Plan plan(const Function& function, const Bindings& bindings, bool repeated) {
  const Function prepared = prepare(function, bindings);
  Inlining inlining = inline_maps(prepared, bindings, unread_padding(prepared));
  read_before_change(inlining.function, bindings);
  look_up_rows(inlining.function);
  divide_late(inlining.function);
  make_two_operands(inlining.function);
  order_residues(inlining.function);
  split_reductions(inlining.function, repeated);
  panels_before_loops(inlining.function);
  std::map<uint32_t, LoopBody> bodies = plan_bodies(inlining.function);
  copy_before_change(inlining.function, bindings, bodies);
  inlining.sources.resize(inlining.function.values.size());
  inlining.kept.resize(inlining.function.values.size());
  Plan plan;
  plan.function = std::move(inlining.function);
  plan.bindings = bindings;
  Grouping grouping = make_groups(plan.function, inlining.sources, inlining.kept);
  const MemoryPlan memory = plan_memory(plan.function, bindings, bodies, grouping);
  plan.direct = memory.direct;
  const std::vector<uint32_t> position_of = order_plan(plan, grouping, memory, bodies);
  place_values(plan, memory, bodies, position_of);
  plan_checks(plan, position_of);
  choose_frozen_panels(plan);
  plan.bounds.resize(plan.function.values.size());
  for (const Node& node : plan.function.nodes)
    for (const ValueId result : node.results)
      if (result.number < inlining.conditions.size())
        plan.bounds[result.number] = known_bounds(plan.function, result, inlining.conditions[result.number]);
  return plan;
}

}  // namespace kiln::fuse
