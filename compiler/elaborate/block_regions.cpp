#include <algorithm>
#include <utility>

#include "elaborate/elaborator.h"

namespace kiln::elaborate {

using graph::ExprId;
using graph::ValueId;

namespace {

bool same(const LeafValue& a, const LeafValue& b) {
  return a.region == b.region && a.body == b.body && a.variables == b.variables;
}

}  // namespace

Elaborator::BlockRegion Elaborator::enter_block(const std::string& counter,
                                                const std::optional<dim::Dim>& limit) {
  BlockRegion region;
  region.before = frame_->slots;
  region.journal = std::exchange(frame_->journal, nullptr);
  open_region(counter, limit);
  return region;
}

/// As an output whose leading axes are `around`.
void Elaborator::give(BlockRegion& region, const LeafValue& leaf, const Variables& around,
                      const std::string& name, Span span) {
  builder().output(whole(leaf, around, name, span), name);
  region.outputs.push_back({around, leaf.element, leaf.variables});
}

/// As an output with those axes around on which the leaf depends.
void Elaborator::give(BlockRegion& region, const LeafValue& leaf, const std::string& name, Span span) {
  give(region, leaf, free_variables({at(leaf, variables_of(leaf))}, leaf.variables), name, span);
}

/// Gives the variables from outside that are not any more what they were.
void Elaborator::give_changes(BlockRegion& region, const std::vector<Leaves>& since, Span span) {
  for (sema::Slot slot = 0; slot < region.before.size(); ++slot)
    for (uint32_t leaf = 0; leaf < region.before[slot].size(); ++leaf) {
      const LeafValue now = frame_->slots[slot][leaf];
      if (!region.before[slot][leaf].body.valid() || same(now, since[slot][leaf])) continue;
      region.changed.push_back({slot, leaf, 1, span});
      give(region, now, slot_name(slot), span);
    }
}

std::unique_ptr<Elaborator::Region> Elaborator::leave_block(const BlockRegion& region) {
  std::unique_ptr<Region> done = close_region();
  frame_->slots = region.before;
  frame_->journal = region.journal;
  return done;
}

LeafValue Elaborator::read_output(ValueId result, const BlockRegion::Output& output) {
  return read_whole(result, output.around, output.own, output.element);
}

/// `checkpoint { … }`: a loop of one round whose derivative runs it again. What the block gives and what it
/// changes are stacked (once).
Leaves Elaborator::checkpoint(const sema::BlockValue& expr) {
  graph::Loop node;
  node.counter = "checkpoint";
  const std::vector<std::string>& dims = regions_.back()->function.dims;
  for (size_t number = 2; std::find(dims.begin(), dims.end(), node.counter) != dims.end(); ++number)
    node.counter = "checkpoint_" + std::to_string(number);
  node.limit = 1;
  node.recompute = true;

  BlockRegion region = enter_block(node.counter, node.limit);
  const Leaves values = block(expr.block);
  const std::vector<LeafValue> guards =
      std::exchange(guards_, {});  // what is made under them is zero elsewhere
  for (const LeafValue& leaf : values) give(region, leaf, "value", expr.span);
  give_changes(region, region.before, expr.span);
  guards_ = guards;
  const std::unique_ptr<Region> done = leave_block(region);

  node.operands = done->operands;
  node.body = std::make_shared<const graph::Function>(std::move(done->function));
  const std::vector<ValueId> results = builder().loop(std::move(node), expr.span);
  Leaves leaves;
  for (size_t i = 0; i < results.size(); ++i) {
    LeafValue leaf = read_output(results[i], region.outputs[i]);
    std::vector<ExprId> subscripts = expressions()[leaf.body].operands;
    subscripts.insert(subscripts.begin(), expressions().integer(0));
    leaf.body = expressions().read(results[i], leaf.element, std::move(subscripts));
    leaves.push_back(std::move(leaf));
  }
  for (size_t i = 0; i < region.changed.size(); ++i) set(region.changed[i], {leaves[values.size() + i]});
  leaves.resize(values.size());
  return leaves;
}

}  // namespace kiln::elaborate
