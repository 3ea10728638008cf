#include "fuse/plan.h"

#include <algorithm>
#include <map>

#include "base/internal_check.h"
#include "fuse/group.h"
#include "fuse/inline_maps.h"
#include "fuse/order.h"
#include "fuse/prepare.h"
#include "fuse/shape.h"

namespace kiln::fuse {

using namespace graph;

namespace {

/// Lays out memory for groups that stand in their final order.
class Placer {
 public:
  Placer(Plan& plan, const std::vector<uint32_t>& position_of) : plan_(plan), position_of_(position_of) {
    plan_.places.resize(function().values.size());
  }

  void run(const OutputPlan& outputs) {
    for (size_t i = 0; i < function().inputs.size(); ++i)
      plan_.places[function().inputs[i].number] = {Place::Kind::argument, plan_.bindings.inputs[i]};
    for (const Node& node : function().nodes)
      if (std::holds_alternative<Constant>(node.op))
        plan_.places[node.results[0].number] = {Place::Kind::constant, node.results[0].number};
    find_last_uses(outputs);
    for (uint32_t group = 0; group < plan_.groups.size(); ++group)
      for (const ValueId member : plan_.groups[group].members) place(member, group);
    add_copies(outputs);
  }

 private:
  const Function& function() const { return plan_.function; }

  void use(ValueId value, uint32_t group) {
    if (position_of_[value.number] == group) return;
    const auto [found, is_new] = last_use_.emplace(value, group);
    if (!is_new) found->second = std::max(found->second, group);
  }

  void find_last_uses(const OutputPlan& outputs) {
    const auto end = static_cast<uint32_t>(plan_.groups.size());
    for (uint32_t group = 0; group < end; ++group)
      for (const ValueId member : plan_.groups[group].members)
        for (const ValueId operand : operands_of(function(), function().node_of(member))) use(operand, group);
    for (const Node& node : function().nodes)
      if (const auto* check = std::get_if<Check>(&node.op)) {
        last_use_.emplace(check->subject, position_of_[check->subject.number]);
        if (check->greatest.valid()) last_use_.emplace(check->greatest, position_of_[check->greatest.number]);
      }
    uint32_t copy = end;
    for (size_t i = 0; i < function().outputs.size(); ++i) {
      const ValueId value = function().outputs[i];
      if (outputs.direct[i])
        plan_.places[value.number] = {Place::Kind::argument, plan_.bindings.outputs[i]};
      else
        use(value, copy++);
    }
  }

  void place(ValueId value, uint32_t group) {
    Place& place = plan_.places[value.number];
    const auto last = last_use_.find(value);
    const bool sort = plan_.groups[group].kind == GroupKind::sort;  // both its results need memory
    if (place.kind != Place::Kind::none || (last == last_use_.end() && !sort)) return;
    place = {Place::Kind::arena, static_cast<uint32_t>(plan_.arenas.size())};
    const Type& type = function().type_of(value);
    const uint32_t until = last == last_use_.end() ? group : last->second;
    plan_.arenas.push_back({function()[value].name, type.element, volume(type.shape), group, until});
  }

  void add_copies(const OutputPlan& outputs) {
    for (size_t i = 0; i < function().outputs.size(); ++i) {
      if (outputs.direct[i]) continue;
      Group group;
      group.kind = GroupKind::copy;
      group.source = function().outputs[i];
      group.target = {Place::Kind::argument, plan_.bindings.outputs[i]};
      group.name = "copy_" + function().output_names[i];
      group.notes.push_back("its old value is still read, or a check comes later, when the new one is made");
      plan_.groups.push_back(std::move(group));
    }
  }

  Plan& plan_;
  const std::vector<uint32_t>& position_of_;
  std::map<ValueId, uint32_t> last_use_;
};

std::string name_of(const Function& function, const Group& group) {
  const Value& last = function[group.members.back()];
  std::string name = group.kind == GroupKind::contraction ? "contract"
                     : group.kind == GroupKind::running   ? "running"
                     : group.kind == GroupKind::sort      ? "sort"
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

}  // namespace

Plan plan(const Function& function, const Bindings& bindings) {
  Inlining inlining = inline_maps(prepare(function, bindings));
  Plan plan;
  plan.function = std::move(inlining.function);
  plan.bindings = bindings;
  Grouping grouping = make_groups(plan.function, inlining.sources, inlining.kept);
  const OutputPlan outputs = plan_outputs(plan.function, bindings, grouping);
  std::vector<uint32_t> position_of(plan.function.values.size(), UINT32_MAX);
  for (const uint32_t group : order_groups(grouping)) {
    for (const ValueId member : grouping.groups[group].members)
      position_of[member.number] = static_cast<uint32_t>(plan.groups.size());
    plan.groups.push_back(std::move(grouping.groups[group]));
    plan.groups.back().name = name_of(plan.function, plan.groups.back());
  }
  Placer(plan, position_of).run(outputs);
  plan_checks(plan, position_of);
  return plan;
}

}  // namespace kiln::fuse
