#include "base/internal_check.h"
#include "elaborate/elaborator.h"

namespace kiln::elaborate {

using graph::ExprId;
using sema::TypedStatementKind;
using syntax::as;

Leaves Elaborator::run(const sema::TypedFunction& function, std::vector<Leaves> arguments) {
  Frame frame;
  frame.function = &function;
  frame.slots.resize(function.slots.size());
  for (size_t i = 0; i < arguments.size(); ++i) {
    const sema::Slot slot = function.parameters[i].slot;
    name_symbol(function.slots[slot], arguments[i]);
    frame.slots[slot] = std::move(arguments[i]);
  }
  Frame* const caller = frame_;
  frame_ = &frame;
  Leaves result = block(function.body);
  if (!function.body.result)
    for (sema::Slot slot : function.results)
      for (const LeafValue& leaf : frame.slots[slot]) result.push_back(leaf);
  Leaves all;
  for (const sema::TypedParameter& parameter : function.parameters)
    if (parameter.is_inout)
      for (const LeafValue& leaf : frame.slots[parameter.slot]) all.push_back(leaf);
  all.insert(all.end(), result.begin(), result.end());
  frame_ = caller;
  return all;
}

Leaves Elaborator::run_test(const sema::TypedFunction& function, std::optional<sema::Slot> variable) {
  Frame frame;
  frame.function = &function;
  frame.slots.resize(function.slots.size());
  Frame* const caller = frame_;
  frame_ = &frame;
  block(function.body);
  frame_ = caller;
  return variable ? frame.slots[*variable] : Leaves{};
}

void Elaborator::run(const std::vector<sema::TypedStatementPtr>& statements) {
  for (const auto& statement : statements) run(*statement);
}

void Elaborator::run(const sema::TypedStatement& statement) {
  switch (statement.kind) {
    case TypedStatementKind::bind: {
      const auto& bind_slots = as<sema::BindSlots>(statement);
      if (bind_slots.slots.size() == 1) {
        if (auto closure = closure_of(*bind_slots.value)) {
          frame_->closures[bind_slots.slots[0]] = *closure;
          return;
        }
      }
      Leaves leaves = value(*bind_slots.value);
      if (bind_slots.slots.size() == 1) {
        const sema::Slot slot = bind_slots.slots[0];
        const sema::SlotInfo& info = frame_->function->slots[slot];
        frame_->slots[slot] = bind(std::move(leaves), info.name, info.type, statement.span);
        name_symbol(info, frame_->slots[slot]);
        if (frame_->journal) frame_->journal->bound.insert(slot);
        return;
      }
      auto next = leaves.begin();
      for (sema::Slot slot : bind_slots.slots) {
        const sema::ValueType& type = frame_->function->slots[slot].type;
        internal_check(static_cast<size_t>(leaves.end() - next) >= type.leaves.size(),
                       "elaborate: too few leaves for `" + slot_name(slot) + "`");
        const Leaves part(next, next + static_cast<std::ptrdiff_t>(type.leaves.size()));
        next += static_cast<std::ptrdiff_t>(type.leaves.size());
        frame_->slots[slot] = bind(part, slot_name(slot), type, statement.span);
        name_symbol(frame_->function->slots[slot], frame_->slots[slot]);
        if (frame_->journal) frame_->journal->bound.insert(slot);
      }
      return;
    }
    case TypedStatementKind::set: {
      const auto& set_place = as<sema::SetPlace>(statement);
      const Leaves leaves = value(*set_place.value);
      const sema::SlotInfo& info = frame_->function->slots[set_place.place.slot];
      Leaves bound;
      for (uint32_t i = 0; i < set_place.place.leaf_count; ++i) {
        const sema::Leaf& leaf = info.type.leaves[set_place.place.first_leaf + i];
        bound.push_back(
            bind(leaves[i], leaf.path.empty() ? info.name : info.name + "." + leaf.path, statement.span));
      }
      set(set_place.place, std::move(bound));
      return;
    }
    case TypedStatementKind::assign: return assign_points(as<sema::AssignPoints>(statement));
    case TypedStatementKind::call: value(*as<sema::CallOnly>(statement).call); return;
    case TypedStatementKind::branch: return branch(as<sema::BranchStatement>(statement));
    case TypedStatementKind::loop: return range_loop(as<sema::RangeLoop>(statement));
    case TypedStatementKind::while_loop: return while_loop(as<sema::WhileStatement>(statement));
    case TypedStatementKind::assertion: {
      const auto& assertion = as<sema::AssertStatement>(statement);
      return check_holds(scalar(*assertion.condition), graph::Check::Kind::assertion, assertion.message,
                         statement.span);
    }
  }
}

Leaves Elaborator::get(const sema::Place& place) const {
  const Leaves& slot = frame_->slots[place.slot];
  if (place.first_leaf + place.leaf_count > slot.size())
    internal_error("elaborate: `" + slot_name(place.slot) + "` is read before it is bound");
  return Leaves(slot.begin() + place.first_leaf, slot.begin() + place.first_leaf + place.leaf_count);
}

void Elaborator::set(const sema::Place& place, Leaves leaves) {
  remember(place.slot);
  Leaves& slot = frame_->slots[place.slot];
  slot.resize(frame_->function->slots[place.slot].type.leaves.size());
  for (uint32_t i = 0; i < place.leaf_count; ++i) slot[place.first_leaf + i] = std::move(leaves[i]);
}

/// The value of a slot from here on.
void Elaborator::set_slot(sema::Slot slot, Leaves leaves) {
  remember(slot);
  frame_->slots[slot] = std::move(leaves);
}

/// Before a slot changes: a branch at work remembers what was there.
void Elaborator::remember(sema::Slot slot) {
  if (frame_->journal && !frame_->journal->bound.count(slot))
    frame_->journal->changes.push_back({slot, frame_->slots[slot]});
}

/// Runs a branch and takes back what it changed; gives the values that the changed slots had at its end.
std::map<sema::Slot, Leaves> Elaborator::changes_of(const LeafValue& guard, const Branch& branch) {
  Journal journal;
  Journal* const around = frame_->journal;
  frame_->journal = &journal;
  guards_.push_back(guard);
  branch();
  guards_.pop_back();
  frame_->journal = around;
  if (around) around->bound.insert(journal.bound.begin(), journal.bound.end());
  std::map<sema::Slot, Leaves> changed;
  for (const Journal::Change& change : journal.changes)
    changed.emplace(change.slot, frame_->slots[change.slot]);
  for (auto change = journal.changes.rbegin(); change != journal.changes.rend(); ++change)
    frame_->slots[change->slot] = std::move(change->former);
  return changed;
}

/// Both branches run, each with its condition as a guard; what a branch changed is chosen by the condition.
void Elaborator::choose(const LeafValue& condition, const Branch& then_branch, const Branch& else_branch,
                        Span span) {
  const ExprId negated = expressions().call(ScalarFunction::logical_not, {at(condition, {})});
  std::map<sema::Slot, Leaves> yes = changes_of(condition, then_branch);
  std::map<sema::Slot, Leaves> no = changes_of(scalar_leaf(negated, ElementType::boolean), else_branch);
  for (const auto& [slot, leaves] : no) yes.emplace(slot, frame_->slots[slot]);
  for (const auto& [slot, leaves] : yes) {
    const auto found = no.find(slot);
    const Leaves& otherwise = found == no.end() ? frame_->slots[slot] : found->second;
    if (leaves.size() != otherwise.size()) continue;  // a result that only one branch assigns: never read
    const sema::SlotInfo& info = frame_->function->slots[slot];
    Leaves merged;
    for (size_t i = 0; i < otherwise.size(); ++i) {
      const LeafValue& a = leaves[i];
      const LeafValue& b = otherwise[i];
      const bool same = a.body == b.body && a.region == b.region && a.variables == b.variables;
      merged.push_back(same ? b : bind(select(at(condition, {}), a, b), info.name, span));
    }
    set_slot(slot, std::move(merged));
  }
}

void Elaborator::branch(const sema::BranchStatement& statement) {
  const LeafValue condition =
      bind(tensor(*statement.condition), "condition", statement.condition->span);  // read by all that changes
  choose(
      condition, [&] { block(statement.then_block); }, [&] { block(statement.else_block); }, statement.span);
}

}  // namespace kiln::elaborate
