#include "fuse/kept_values.h"

#include <algorithm>
#include <set>

#include "fuse/group.h"
#include "fuse/shape.h"

namespace kiln::fuse {

using namespace graph;

namespace {

using Names = std::set<std::string>;

/// By value: made on the way back, or from something that is.
std::vector<bool> backward_values(const Function& function) {
  std::vector<bool> backward(function.values.size());
  for (const Node& node : function.nodes) {
    const std::vector<ValueId> operands = operands_of(function, node);
    const bool depends = std::any_of(operands.begin(), operands.end(),
                                     [&](ValueId operand) { return backward[operand.number]; });
    for (const ValueId result : node.results)
      backward[result.number] = depends || function[result].is_backward;
  }
  return backward;
}

bool is_backward_group(const Group& group, const std::vector<bool>& backward) {
  return std::any_of(group.members.begin(), group.members.end(),
                     [&](ValueId member) { return backward[member.number]; });
}

const Plan* body_of(const Plan& plan, uint32_t group) {
  for (const PlannedLoop& loop : plan.loops)
    if (loop.group == group) return loop.body.get();
  return nullptr;
}

/// The names of all that the groups of a plan compute, and those of the loops in it.
void collect_computed(const Plan& plan, const Group& group, uint32_t number, Names& names) {
  for (const Source& source : group.sources)
    if (!source.name.empty()) names.insert(source.name);
  for (const ValueId member : group.members) names.insert(plan.function[member].name);
  if (const Plan* body = body_of(plan, number))
    for (uint32_t inner = 0; inner < body->groups.size(); ++inner)
      collect_computed(*body, body->groups[inner], inner, names);
}

class Collector {
 public:
  KeptForBackward run(const Plan& plan) {
    collect(plan);
    for (const std::string& name : back_)
      if (!name.empty() && there_.contains(name)) result_.made_again.push_back(name);
    return std::move(result_);
  }

 private:
  void collect(const Plan& plan) {
    const std::vector<bool> backward = backward_values(plan.function);
    std::set<std::pair<int, uint32_t>> told;
    for (uint32_t number = 0; number < plan.groups.size(); ++number) {
      const Group& group = plan.groups[number];
      if (group.kind == GroupKind::copy) continue;
      if (!is_backward_group(group, backward)) {
        collect_computed(plan, group, number, there_);
        if (const Plan* body = body_of(plan, number)) collect(*body);  // a derivative within a loop
        continue;
      }
      result_.is_there = true;
      Names names;
      collect_computed(plan, group, number, names);
      for (const ValueId member : group.members)
        if (backward[member.number]) names.erase(plan.function[member].name);
      back_.insert(names.begin(), names.end());
      for (const ValueId operand : operands_of(plan.function, group)) {
        const Place& place = plan.places[operand.number];
        const bool is_memory = place.kind == Place::Kind::arena || place.kind == Place::Kind::view;
        if (backward[operand.number] || !is_memory) continue;
        if (!told.emplace(static_cast<int>(place.kind), place.number).second) continue;
        const Value& value = plan.function[operand];
        result_.kept.push_back(
            {value.name, value.type, volume(value.type.shape) * dim::Dim(size_of(value.type.element))});
      }
    }
  }

  KeptForBackward result_;
  Names there_, back_;
};

}  // namespace

KeptForBackward kept_for_backward(const Plan& plan) { return Collector().run(plan); }

}  // namespace kiln::fuse
