#include "fuse/place.h"

#include <algorithm>

#include "base/internal_check.h"
#include "fuse/shape.h"

namespace kiln::fuse {

using namespace graph;

namespace {

class Placer {
 public:
  Placer(Plan& plan, const MemoryPlan& memory, const std::map<uint32_t, LoopBody>& bodies,
         const std::vector<uint32_t>& position_of)
      : plan_(plan), memory_(memory), bodies_(bodies), position_of_(position_of) {
    plan_.places.resize(function().values.size());
  }

  void run() {
    for (size_t i = 0; i < function().inputs.size(); ++i)
      plan_.places[function().inputs[i].number] = {Place::Kind::argument, plan_.bindings.inputs[i]};
    for (const Node& node : function().nodes)
      if (std::holds_alternative<Constant>(node.op))
        plan_.places[node.results[0].number] = {Place::Kind::constant, node.results[0].number};
    find_last_uses();
    for (uint32_t group = 0; group < plan_.groups.size(); ++group) {
      const GroupKind kind = plan_.groups[group].kind;
      if (kind == GroupKind::copy) continue;  // of a loop behind it
      if (kind == GroupKind::loop)
        place_loop(group);
      else
        for (const ValueId member : plan_.groups[group].members)
          place(member, group, kind == GroupKind::sort);  // both results of a sort need memory
    }
    add_copies();
    for (const auto& [view, until] : view_uses_) extend(view, until);
  }

 private:
  const Function& function() const { return plan_.function; }

  void use(ValueId value, uint32_t group) {
    if (position_of_[value.number] != group) keep(value, group);
  }
  void keep(ValueId value, uint32_t group) {
    const auto [found, is_new] = last_use_.emplace(value, group);
    if (!is_new) found->second = std::max(found->second, group);
  }

  void find_last_uses() {
    const auto end = static_cast<uint32_t>(plan_.groups.size());
    for (uint32_t group = 0; group < end; ++group)
      if (plan_.groups[group].kind == GroupKind::copy)
        use(plan_.groups[group].source, group);
      else
        for (const ValueId operand : operands_of(function(), plan_.groups[group])) use(operand, group);
    for (const Node& node : function().nodes)
      if (const auto* check = std::get_if<Check>(&node.op)) {
        // Both are looked at once the later of them is there.
        uint32_t after = position_of_[check->subject.number];
        if (check->greatest.valid()) after = std::max(after, position_of_[check->greatest.number]);
        keep(check->subject, after);
        if (check->greatest.valid()) keep(check->greatest, after);
      }
    uint32_t copy = end;
    for (size_t i = 0; i < function().outputs.size(); ++i) {
      const ValueId value = function().outputs[i];
      if (memory_.direct[i])
        plan_.places[value.number] = {Place::Kind::argument, plan_.bindings.outputs[i]};
      else
        use(value, copy++);
    }
  }

  uint32_t last_use(ValueId value, uint32_t group) const {
    const auto last = last_use_.find(value);
    return last == last_use_.end() ? group : last->second;
  }

  /// Memory of a value that has none yet; none if nobody reads it, unless it must have some.
  void place(ValueId value, uint32_t group, bool always) {
    Place& place = plan_.places[value.number];
    if (place.kind != Place::Kind::none || (!last_use_.contains(value) && !always)) return;
    const uint32_t until = last_use(value, group);
    if (const auto old = memory_.over.find(value); old != memory_.over.end()) {
      place = plan_.places[old->second.number];
      extend(place, until);
      return;
    }
    const Type& type = function().type_of(value);
    place = new_arena(function()[value].name, type.element, volume(type.shape), group, until);
  }

  Place new_arena(const std::string& name, ElementType element, const dim::Dim& count, uint32_t first,
                  uint32_t last) {
    plan_.arenas.push_back({name, element, count, first, last});
    return {Place::Kind::arena, static_cast<uint32_t>(plan_.arenas.size() - 1)};
  }
  Place new_view(const std::string& name, ElementType element, const dim::Dim& count) {
    plan_.views.push_back({name, element, count});
    memory_of_view_.emplace_back();
    return {Place::Kind::view, static_cast<uint32_t>(plan_.views.size() - 1)};
  }

  /// The memory, and all that a view may lie in, lives until then.
  void extend(const Place& place, uint32_t until) {
    if (place.kind == Place::Kind::arena)
      plan_.arenas[place.number].last_group = std::max(plan_.arenas[place.number].last_group, until);
    if (place.kind == Place::Kind::view)
      for (const Place& memory : std::vector<Place>(memory_of_view_[place.number])) extend(memory, until);
  }

  void place_loop(uint32_t group) {
    const Node& node = function().nodes[plan_.groups[group].node];
    const auto& loop = std::get<Loop>(node.op);
    const LoopBody& body = bodies_.at(plan_.groups[group].node);
    PlannedLoop planned;
    planned.group = group;
    planned.counter = loop.counter;
    planned.limit = loop.limit;
    planned.reversed = loop.reversed;
    planned.body = body.plan;
    planned.arguments.resize(body.plan->bindings.argument_count);
    if (loop.rounds) planned.rounds = plan_.places[loop.rounds->number];
    if (loop.go_on) planned.go_on = plan_.places[loop.go_on->number];
    for (size_t i = 0; i < loop.operands.size(); ++i) {
      planned.arguments[i] = plan_.places[loop.operands[i].number];
      extend(planned.arguments[i], group);
    }
    for (uint32_t i = 0; i < loop.carried_count; ++i)
      body.in_place[i] ? carry_in_place(planned, node, i, group) : carry_in_turn(planned, node, i, group);
    if (loop.go_on) {
      planned.next_go_on = new_arena("go_on", ElementType::boolean, 1, group, group);
      planned.arguments[body.plan->bindings.outputs[loop.carried_count]] = planned.next_go_on;
    }
    for (size_t i = 0; i < loop.stacked_count(); ++i) stack(planned, node, i, group);
    if (loop.counts_rounds()) {
      place(node.results.back(), group, true);
      planned.made = plan_.places[node.results.back().number];
    }
    plan_.loops.push_back(std::move(planned));
  }

  /// One memory for all rounds: that of the first value, or a copy of it, which the group before makes.
  void carry_in_place(PlannedLoop& planned, const Node& node, uint32_t number, uint32_t group) {
    const ValueId result = node.results[number];
    const uint32_t first = memory_.over.contains(result) ? group : copy_before(result, group);
    place(result, first, true);
    extend(plan_.places[result.number], std::max(group, last_use(result, group)));
    planned.arguments[number] = plan_.places[result.number];
  }
  uint32_t copy_before(ValueId result, uint32_t group) {
    for (uint32_t before = group; before-- > 0;)
      if (plan_.groups[before].copy_of == result) {
        place(result, before, true);
        plan_.groups[before].target = plan_.places[result.number];
        return before;
      }
    internal_error("a loop changes a value in place that nobody has put there");
  }

  void carry_in_turn(PlannedLoop& planned, const Node& node, uint32_t number, uint32_t group) {
    const ValueId result = node.results[number];
    const Type& type = function().type_of(result);
    const dim::Dim count = volume(type.shape);
    const std::string& name = function()[result].name;
    const uint32_t until = std::max(group, last_use(result, group));
    PlannedLoop::Carried carried;
    carried.initial = planned.arguments[number];
    for (Place& memory : carried.memory) memory = new_arena(name, type.element, count, group, until);
    carried.current = new_view(name, type.element, count);
    carried.next = new_view(name, type.element, count);
    memory_of_view_[carried.current.number] = {carried.initial, carried.memory[0], carried.memory[1]};
    view_uses_.emplace_back(carried.current, until);
    planned.arguments[number] = plan_.places[result.number] = carried.current;
    planned.arguments[planned.body->bindings.outputs[number]] = carried.next;
    planned.carried.push_back(std::move(carried));
  }

  void stack(PlannedLoop& planned, const Node& node, size_t number, uint32_t group) {
    const auto& loop = std::get<Loop>(node.op);
    const ValueId result = node.results[loop.carried_count + number];
    place(result, group, true);
    const size_t output = loop.first_stacked() + number;
    const Type& type = loop.body->type_of(loop.body->outputs[output]);
    PlannedLoop::Row row;
    row.stack = plan_.places[result.number];
    row.element = type.element;
    row.count = volume(type.shape);
    row.row = new_view(function()[result].name, type.element, row.count);
    planned.arguments[planned.body->bindings.outputs[output]] = row.row;
    planned.rows.push_back(std::move(row));
  }

  void add_copies() {
    for (size_t i = 0; i < function().outputs.size(); ++i) {
      if (memory_.direct[i]) continue;
      const ValueId value = function().outputs[i];
      Group group;
      group.kind = GroupKind::copy;
      group.source = value;
      group.target = {Place::Kind::argument, plan_.bindings.outputs[i]};
      group.name = "copy_" + function().output_names[i];
      group.notes.push_back(plan_.places[value.number].kind == Place::Kind::view
                                ? "it lies where the last round of a loop has put it"
                                : "copied because its old value is still read, or a check comes later, when "
                                  "the new one is made");
      plan_.groups.push_back(std::move(group));
    }
  }

  Plan& plan_;
  const MemoryPlan& memory_;
  const std::map<uint32_t, LoopBody>& bodies_;
  const std::vector<uint32_t>& position_of_;
  std::map<ValueId, uint32_t> last_use_;
  std::vector<std::vector<Place>> memory_of_view_;
  std::vector<std::pair<Place, uint32_t>> view_uses_;
};

}  // namespace

void place_values(Plan& plan, const MemoryPlan& memory, const std::map<uint32_t, LoopBody>& bodies,
                  const std::vector<uint32_t>& position_of) {
  Placer(plan, memory, bodies, position_of).run();
}

}  // namespace kiln::fuse
