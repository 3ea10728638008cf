#include <algorithm>
#include <set>

#include "base/internal_check.h"
#include "elaborate/elaborator.h"
#include "graph/affine.h"
#include "sema/checkpoints.h"
#include "sema/slot_uses.h"

/// A loop becomes a Loop node with its body as a region. What the body assigns is carried. Within
/// comprehensions the carried values have one tensor for each point around, with the axes of all indices
/// around in front; where the number of rounds or the condition differ between the points, rounds are made
/// until no point needs one, and a point that is through keeps its values.
namespace kiln::elaborate {

using graph::ExprId;
using graph::ValueId;

void Elaborator::range_loop(const sema::RangeLoop& statement) {
  LoopParts parts;
  parts.counter = statement.counter;
  if (statement.rounds) parts.rounds = scalar_leaf(subscript(statement.rounds), ElementType::i64);
  if (statement.limit) take_limit(parts, *statement.limit);
  if (!parts.limit) parts.limit = greatest(at(*parts.rounds, {}));
  // A reverse derivative needs one. Elsewhere a limit that an argument gives would tie the work memory to it.
  if (!parts.limit && statement.count && is_reversed_) parts.limit = bound_of(*statement.count);
  parts.body = &statement.body;
  parts.checkpoints = &statement.checkpoints;
  parts.recompute = statement.is_checkpoint;
  parts.span = statement.span;
  loop(parts);
}

/// A limit that is data, as that of `for t in 0..T` where a row of a ragged tensor gives T, is a number of
/// rounds; what bounds it is the limit.
void Elaborator::take_limit(LoopParts& parts, const dim::Dim& limit) {
  const dim::Dim known = graph_dim(limit);
  if (!holds_data(known)) {
    parts.limit = known;
    return;
  }
  ExprId rounds = data_of(known, {});
  if (parts.rounds) rounds = expressions().call(ScalarFunction::minimum, {at(*parts.rounds, {}), rounds});
  parts.rounds = scalar_leaf(rounds, ElementType::i64);
  parts.limit = bound_of(known);
}

/// A bound of an expression over indices around, as of the rounds of `for k in 0..i`; nothing if it holds
/// data.
std::optional<dim::Dim> Elaborator::greatest(ExprId expression) {
  const std::optional<graph::Affine> affine = graph::affine_of(expressions(), expression);
  if (!affine || !affine->atoms.empty()) return std::nullopt;
  dim::Dim bound = affine->constant;
  for (const auto& [variable, coefficient] : affine->indices) {
    const std::optional<int64_t> factor = coefficient.constant();
    if (!factor) return std::nullopt;
    if (*factor > 0) bound = bound + *factor * (variables_[variable].extent - 1);
  }
  return max(bound, dim::Dim(0));
}

void Elaborator::while_loop(const sema::WhileStatement& statement) {
  LoopParts parts;
  parts.counter = statement.counter;
  if (statement.max) parts.rounds = scalar_leaf(subscript(statement.max), ElementType::i64);
  if (statement.limit) take_limit(parts, *statement.limit);
  parts.condition = statement.condition.get();
  parts.body = &statement.body;
  parts.checkpoints = &statement.checkpoints;
  parts.span = statement.span;
  loop(parts);
}

/// The leaves of variables from before the loop that the body or the condition may change.
std::vector<Elaborator::Carried> Elaborator::carried_by(const LoopParts& parts) const {
  std::set<std::pair<sema::Slot, uint32_t>> changed;
  std::set<sema::Slot> bound;
  sema::TreeVisitor visitor;
  visitor.bound = [&](sema::Slot slot) { bound.insert(slot); };
  visitor.place = [&](const sema::Place& place) {
    for (uint32_t leaf = 0; leaf < place.leaf_count; ++leaf)
      changed.emplace(place.slot, place.first_leaf + leaf);
  };
  sema::walk(*parts.body, visitor);
  if (parts.condition != nullptr) sema::walk(*parts.condition, visitor);
  std::vector<Carried> carried;
  for (const auto& [slot, leaf] : changed) {
    const Leaves& leaves = frame_->slots[slot];
    if (bound.contains(slot) || leaf >= leaves.size() || !leaves[leaf].body.valid()) continue;
    carried.push_back({slot, leaf, leaves[leaf]});
  }
  return carried;
}

ExprId Elaborator::joined(const std::vector<ExprId>& conditions) {
  ExprId result;
  for (ExprId condition : conditions) {
    if (!condition.valid()) continue;
    result =
        result.valid() ? expressions().call(ScalarFunction::logical_and, {result, condition}) : condition;
  }
  return result;
}

/// Whether there may be a round of this number, by the greatest number of rounds alone.
ExprId Elaborator::before_end(const LoopParts& parts, ExprId round) {
  std::vector<ExprId> conditions;
  if (parts.limit)
    conditions.push_back(expressions().call(ScalarFunction::less, {round, expressions().dim(*parts.limit)}));
  if (parts.rounds)
    conditions.push_back(expressions().call(ScalarFunction::less, {round, at(*parts.rounds, {})}));
  return joined(conditions);
}

/// A value over all points around, folded.
ValueId Elaborator::reduced_around(ExprId body, graph::Reducer reducer, const std::string& name, Span span) {
  ComputeParts parts;
  parts.body = body;
  parts.reduced = free_variables({body}, {});
  if (!parts.reduced.empty()) parts.reducer = reducer;
  parts.name = name;
  parts.span = span;
  const std::vector<LeafValue> guards = std::move(guards_);
  guards_.clear();
  const Made made = make(parts);
  guards_ = guards;
  internal_check(made.storage.empty(), "elaborate: a value for all points around depends on one");
  return made.value;
}

/// `may_run and condition`, with the condition evaluated only where it may run.
LeafValue Elaborator::condition_of(const LoopParts& parts, const LeafValue& may_run) {
  LeafValue condition;
  const bool always = !may_run.body.valid();
  const auto evaluate = [&] {
    condition = bind(tensor(*parts.condition), "condition", parts.condition->span);
  };
  if (always) {
    evaluate();
    return condition;
  }
  choose(
      may_run, evaluate, [] {}, parts.span);
  return scalar_leaf(joined({at(may_run, {}), at(condition, {})}), ElementType::boolean);
}

/// A value over axes like those of another, so that both lie alike in memory.
LeafValue Elaborator::over_axes_of(const LeafValue& leaf, const LeafValue& like) {
  LeafValue result = leaf_like(like);
  result.body = at(leaf, variables_of(result));
  return result;
}

void Elaborator::open_region(const std::string& counter, const std::optional<dim::Dim>& limit) {
  auto region = std::make_unique<Region>();
  const graph::Function& around = regions_.back()->function;
  region->function.name = around.name;
  region->function.dims = around.dims;
  region->function.facts = around.facts;
  if (!counter.empty()) {
    const dim::Dim symbol = dim::Dim::symbol(counter);
    region->function.dims.push_back(counter);
    region->function.facts.push_back(dim::Condition::less_equal(0, symbol));
    if (limit) region->function.facts.push_back(dim::Condition::less(symbol, *limit));
  }
  regions_.push_back(std::move(region));
}

std::unique_ptr<Elaborator::Region> Elaborator::close_region() {
  std::erase_if(required_lengths_, [&](const auto& required) { return required.first == depth(); });
  std::unique_ptr<Region> done = std::move(regions_.back());
  regions_.pop_back();
  return done;
}

std::vector<dim::Dim> Elaborator::checkpoints_of(const LoopParts& parts) {
  if (parts.checkpoints == nullptr || !parts.checkpoints->has_value()) return {};
  const sema::CheckpointRounds& checkpoints = **parts.checkpoints;
  if (checkpoints.every) return {graph_dim(*checkpoints.every)};
  std::vector<dim::Dim> lengths;
  for (const int64_t length : sema::checkpoint_lengths(parts.limit ? parts.limit->constant() : std::nullopt))
    lengths.emplace_back(length);
  return lengths;
}

/// One for each point of the indices around that it depends on: `x * stepped(x)` needs one in all, though
/// lifting reads what it gives at each index.
void Elaborator::loop(const LoopParts& parts) {
  if (parts.limit && parts.limit->constant() == 0) return;
  const std::vector<std::string>& dims = regions_.back()->function.dims;
  if (std::find(dims.begin(), dims.end(), parts.counter) != dims.end())
    return limit(parts.span, "a loop that runs within itself, by a function value, cannot be compiled yet");
  Variables outside = used_around(parts);
  std::swap(context_, outside);
  loop_around(parts);
  std::swap(context_, outside);
}

void Elaborator::loop_around(const LoopParts& parts) {
  const Variables around = context_;
  const auto has_indices = [&](ExprId id) { return !graph::indices_in(expressions(), id).empty(); };

  // Conditions around that are the same for all points decide the number of rounds; the others stay guards.
  std::vector<LeafValue> guards_here;
  std::vector<ExprId> conditions;
  for (const LeafValue& guard : guards_) {
    const ExprId condition = at(guard, {});
    if (has_indices(condition))
      guards_here.push_back(guard);
    else if (std::find(conditions.begin(), conditions.end(), condition) == conditions.end())
      conditions.push_back(condition);
  }
  const ExprId everywhere = joined(conditions);

  graph::Loop node;
  node.counter = parts.counter;
  node.limit = parts.limit;
  node.checkpoints = checkpoints_of(parts);
  node.recompute = parts.recompute;
  const bool per_point_rounds = parts.rounds && has_indices(at(*parts.rounds, {}));
  const bool per_point_condition = parts.condition != nullptr && !around.empty();
  LeafValue active;  // whether a point takes part in the first round
  if (parts.condition != nullptr) {
    LeafValue may_run;
    if (const ExprId first = before_end(parts, expressions().integer(0)); first.valid())
      may_run = scalar_leaf(first, ElementType::boolean);
    const LeafValue condition = condition_of(parts, may_run);
    std::vector<ExprId> all = active_guards();
    all.push_back(at(condition, {}));
    active = scalar_leaf(joined(all), ElementType::boolean);
  }

  const std::vector<Carried> carried = carried_by(parts);
  for (const Carried& leaf : carried)
    node.operands.push_back(whole(leaf.first, around, slot_name(leaf.slot), parts.span));
  if (parts.condition != nullptr) {
    if (per_point_condition) {
      const std::vector<LeafValue> guards = std::move(guards_);  // they are part of it
      guards_.clear();
      active = read_whole(whole(active, around, "active", parts.span), around, {}, ElementType::boolean);
      guards_ = guards;
      node.operands.push_back(whole(active, around, "active", parts.span));
    }
    node.go_on = reduced_around(at(active, {}), graph::Reducer::any, "go_on", parts.span);
  }
  if (parts.rounds || (everywhere.valid() && parts.condition == nullptr)) {
    ExprId rounds = parts.rounds ? at(*parts.rounds, {}) : expressions().dim(*parts.limit);
    if (everywhere.valid() && parts.condition == nullptr)
      rounds = expressions().call(ScalarFunction::select, {everywhere, rounds, expressions().integer(0)});
    node.rounds = reduced_around(rounds, graph::Reducer::maximum, "rounds", parts.span);
  }
  node.carried_count = static_cast<uint32_t>(node.operands.size());

  // The body, in a region of its own.
  const std::vector<Leaves> before = frame_->slots;
  const std::vector<LeafValue> guards = std::move(guards_);
  Journal* const journal = frame_->journal;
  guards_ = guards_here;
  frame_->journal = nullptr;
  open_region(parts.counter, parts.limit);
  const graph::Function& outside = regions_[depth() - 1]->function;
  std::vector<ValueId> inputs;  // all of them before anything else is captured
  for (size_t k = 0; k < node.carried_count; ++k) {
    const std::string name = k < carried.size() ? slot_name(carried[k].slot) : "active";
    inputs.push_back(builder().input(name, outside.type_of(node.operands[k])));
  }
  Leaves former;
  for (size_t k = 0; k < carried.size(); ++k) {
    const Carried& leaf = carried[k];
    former.push_back(read_whole(inputs[k], around, leaf.first.variables, leaf.first.element));
    frame_->slots[leaf.slot][leaf.leaf] = former.back();
  }
  const ExprId round = expressions().dim(dim::Dim::symbol(parts.counter));
  LeafValue takes_part;  // of the point around, in this round
  if (per_point_condition) {
    takes_part = read_whole(inputs.back(), around, {}, ElementType::boolean);
  } else if (per_point_rounds) {
    takes_part = scalar_leaf(expressions().call(ScalarFunction::less, {round, at(*parts.rounds, {})}),
                             ElementType::boolean);
  }
  if (takes_part.body.valid()) guards_.push_back(takes_part);
  block(*parts.body);
  if (takes_part.body.valid()) guards_.pop_back();
  const auto keep_where_over = [&] {
    if (!takes_part.body.valid()) return;
    for (size_t k = 0; k < carried.size(); ++k) {
      LeafValue& now = frame_->slots[carried[k].slot][carried[k].leaf];
      now = bind(select(at(takes_part, {}), now, former[k]), slot_name(carried[k].slot), parts.span);
    }
  };
  keep_where_over();
  LeafValue goes_on;
  if (parts.condition != nullptr) {
    const ExprId next = expressions().call(ScalarFunction::add, {round, expressions().integer(1)});
    std::vector<ExprId> all;
    if (takes_part.body.valid()) all.push_back(at(takes_part, {}));
    all.push_back(before_end(parts, next));
    LeafValue may_run;
    if (const ExprId condition = joined(all); condition.valid())
      may_run = scalar_leaf(condition, ElementType::boolean);
    goes_on = condition_of(parts, may_run);
  }
  guards_.clear();  // what is carried holds for all points; those that a guard excludes are not looked at
  for (const Carried& leaf : carried) {
    const std::string name = slot_name(leaf.slot);
    const LeafValue now = over_axes_of(frame_->slots[leaf.slot][leaf.leaf], leaf.first);
    builder().output(whole(now, around, name, parts.span), name);
  }
  if (parts.condition != nullptr) {
    if (per_point_condition) {
      const ValueId next = whole(goes_on, around, "active", parts.span);
      builder().output(next, "active");
      goes_on = read_whole(next, around, {}, ElementType::boolean);
    }
    builder().output(reduced_around(at(goes_on, {}), graph::Reducer::any, "go_on", parts.span), "go_on");
  }
  const std::unique_ptr<Region> done = close_region();
  guards_ = guards;
  frame_->slots = before;
  frame_->journal = journal;

  node.operands.insert(node.operands.end(), done->operands.begin(), done->operands.end());
  node.body = std::make_shared<const graph::Function>(std::move(done->function));
  const std::vector<ValueId> results = builder().loop(std::move(node), parts.span);
  for (size_t k = 0; k < carried.size(); ++k) {
    const LeafValue& first = carried[k].first;
    set({carried[k].slot, carried[k].leaf, 1, parts.span},
        {read_whole(results[k], around, first.variables, first.element)});
  }
}

}  // namespace kiln::elaborate
