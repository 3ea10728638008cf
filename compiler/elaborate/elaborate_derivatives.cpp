#include "base/internal_check.h"
#include "elaborate/elaborator.h"

namespace kiln::elaborate {

using graph::ExprId;
using graph::ValueId;
using sema::TypedDerivativeKind;

namespace {

bool same(const LeafValue& a, const LeafValue& b) {
  return a.region == b.region && a.body == b.body && a.variables == b.variables;
}

}  // namespace

/// The block becomes the body of a Derivative node. Within comprehensions the block is one for each point
/// around: its variables, its loss and its gradients all get the axes around, and since no point's loss
/// depends on another point's variables, one derivative of all losses gives each point its own.
Leaves Elaborator::derivative(const sema::DerivativeValue& expr) {
  const Variables around = context_;
  if (!guards_.empty()) {
    limit(expr.span,
          "a derivative under a condition is not compiled yet; take it outside of the `if` or the filter");
    return zeros(expr.type);
  }
  if (expr.derivative == TypedDerivativeKind::vjp) {
    limit(expr.span, "`vjp` is not compiled yet");
    return zeros(expr.type);
  }
  const bool is_forward = expr.derivative == TypedDerivativeKind::jvp;

  graph::Derivative node;
  node.mode = is_forward ? graph::Derivative::Mode::forward : graph::Derivative::Mode::reverse;
  struct Variable {
    sema::Slot slot;
    uint32_t leaf;  // of the slot
    LeafValue outside;
    ValueId operand;
  };
  std::vector<Variable> differentiated;
  for (size_t i = 0; i < expr.variables.size(); ++i) {
    const sema::Place& place = expr.variables[i];
    for (uint32_t leaf : expr.differentiated[i]) {
      Variable variable{place.slot, place.first_leaf + leaf, {}, {}};
      variable.outside = frame_->slots[place.slot][variable.leaf];
      variable.operand = whole(variable.outside, around, slot_name(place.slot), expr.span);
      differentiated.push_back(std::move(variable));
    }
  }
  std::vector<ValueId> tangents;
  for (size_t i = 0; i < expr.tangents.size(); ++i)
    for (const LeafValue& leaf : value(*expr.tangents[i]))
      tangents.push_back(whole(leaf, around, "tangent", expr.span));
  internal_check(!is_forward || tangents.size() == differentiated.size(),
                 "elaborate: jvp with a wrong number of tangents");

  // The block, in a region of its own.
  const std::vector<Leaves> before = frame_->slots;
  auto region = std::make_unique<Region>();
  region->function.name = "block";
  region->function.dims = regions_.front()->function.dims;
  region->function.facts = regions_.front()->function.facts;
  regions_.push_back(std::move(region));
  for (const Variable& variable : differentiated) {
    const graph::Type& type = regions_[depth() - 1]->function.type_of(variable.operand);
    const ValueId input = builder().input(slot_name(variable.slot), type);
    frame_->slots[variable.slot][variable.leaf] =
        read_of(input, around, variable.outside.element, variable.outside.shape);
  }
  const std::vector<Leaves> at_start = frame_->slots;
  const Leaves values = block(expr.block);

  struct Output {
    Variables around;
    ElementType element;
    std::vector<dim::Dim> shape;
  };
  std::vector<Output> outputs;
  const auto add_output = [&](const LeafValue& leaf, bool is_seeded, const std::string& name) {
    const Variables axes =
        is_seeded ? around : free_variables({at(leaf, variables_of(leaf))}, leaf.variables);
    if (is_seeded) node.seeded.push_back(static_cast<uint32_t>(outputs.size()));
    builder().output(whole(leaf, axes, name, expr.span), name);
    outputs.push_back({axes, leaf.element, leaf.shape});
  };
  for (size_t i = 0; i < values.size(); ++i)
    add_output(values[i], is_forward ? is_float(values[i].element) : i == 0, i == 0 ? "value" : "auxiliary");
  struct Changed {
    sema::Slot slot;
    uint32_t leaf;
  };
  std::vector<Changed> changed;
  for (sema::Slot slot = 0; slot < before.size(); ++slot)
    for (uint32_t leaf = 0; leaf < before[slot].size(); ++leaf)
      if (!same(frame_->slots[slot][leaf], at_start[slot][leaf])) {
        changed.push_back({slot, leaf});
        add_output(frame_->slots[slot][leaf], false, slot_name(slot));
      }
  const std::unique_ptr<Region> done = std::move(regions_.back());
  regions_.pop_back();
  frame_->slots = before;

  node.wrt_count = static_cast<uint32_t>(differentiated.size());
  for (const Variable& variable : differentiated) node.operands.push_back(variable.operand);
  node.operands.insert(node.operands.end(), done->operands.begin(), done->operands.end());
  if (is_forward) {
    node.operands.insert(node.operands.end(), tangents.begin(), tangents.end());
  } else {
    std::vector<dim::Dim> shape;
    for (uint32_t variable : around) shape.push_back(variables_[variable].extent);
    const ExprId one = expressions().real(1, outputs[0].element);
    node.operands.push_back(builder().map(shape, one, "seed", expr.span));
  }
  node.body = std::make_shared<const graph::Function>(std::move(done->function));
  const std::vector<uint32_t> seeded = node.seeded;
  const std::vector<ValueId> results = builder().derivative(std::move(node), expr.span);

  const auto read_output = [&](size_t number) {
    return read_of(results[number], outputs[number].around, outputs[number].element, outputs[number].shape);
  };
  for (size_t i = 0; i < changed.size(); ++i)
    frame_->slots[changed[i].slot][changed[i].leaf] = read_output(values.size() + i);
  Leaves result;
  if (expr.derivative != TypedDerivativeKind::grad)
    for (size_t i = 0; i < values.size(); ++i) result.push_back(read_output(i));
  if (is_forward) {
    size_t next = outputs.size();
    for (size_t i = 0; i < values.size(); ++i) {
      const bool has_tangent = is_float(values[i].element);
      if (has_tangent)
        result.push_back(read_of(results[next++], around, outputs[i].element, outputs[i].shape));
    }
  } else {
    for (size_t i = 0; i < differentiated.size(); ++i)
      result.push_back(read_of(results[outputs.size() + i], around, differentiated[i].outside.element,
                               differentiated[i].outside.shape));
  }
  return result;
}

}  // namespace kiln::elaborate
