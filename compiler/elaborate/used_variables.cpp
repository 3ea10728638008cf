// Which index variables around a derivative or a loop it depends on: only for these it is one for each point.
#include <algorithm>
#include <set>

#include "elaborate/elaborator.h"
#include "graph/walk.h"
#include "sema/slot_uses.h"

namespace kiln::elaborate {

/// What is noted may be too much, never too little: of closures of other frames all that they see, of `vjp`
/// all that its block saw.
class Elaborator::UsedVariables {
 public:
  explicit UsedVariables(const Elaborator& elaborator) : elaborator_(elaborator) {}

  void note(const LeafValue& leaf) {
    // A slot may still hold what a block that has ended bound to it: nobody reads that before it is bound
    // anew.
    if (!leaf.body.valid() || leaf.region >= elaborator_.regions_.size()) return;
    const graph::Expressions& expressions = elaborator_.regions_[leaf.region]->function.expressions;
    if (leaf.body.number >= expressions.size()) return;
    const auto found = graph::indices_in(expressions, leaf.body);
    used_.insert(found.begin(), found.end());
  }
  void note(const Leaves& leaves) {
    for (const LeafValue& leaf : leaves) note(leaf);
  }

  template <typename Tree>
  void note_tree(const Tree& tree, const Frame& frame) {
    sema::TreeVisitor visitor;
    visitor.expression = [&](const sema::TypedExpr& expr) { note_expression(expr, frame); };
    visitor.place = [&](const sema::Place& place) { note_slot(place.slot, frame); };
    visitor.statement = [&](const sema::TypedStatement& statement) { note_extents(statement); };
    sema::walk(tree, visitor);
  }
  void note_extent(const dim::Dim& extent) {
    for (const std::string& symbol : extent.symbols()) {
      const auto known = elaborator_.symbols_.find(symbol);
      if (known != elaborator_.symbols_.end())
        note(known->second);
      else
        met_unknown_data_ = met_unknown_data_ || holds_data(dim::Dim::symbol(symbol));
    }
  }

  bool contains(uint32_t variable) const { return used_.contains(variable); }
  /// Whether an extent holds data of which it is not known what it depends on.
  bool met_unknown_data() const { return met_unknown_data_; }

 private:
  void note_extents(const std::vector<sema::TypedBinder>& binders) {
    for (const sema::TypedBinder& binder : binders) note_extent(binder.extent);
  }
  void note_extents(const std::vector<sema::TypedSubscript>& subscripts) {
    for (const sema::TypedSubscript& subscript : subscripts) note_extent(subscript.extent);
  }
  void note_extents(const sema::TypedStatement& statement) {
    const auto note_optional = [&](const std::optional<dim::Dim>& extent) {
      if (extent) note_extent(*extent);
    };
    switch (statement.kind) {
      case sema::TypedStatementKind::assign: {
        const auto& assigned = static_cast<const sema::AssignPoints&>(statement);
        note_extents(assigned.binders);
        return note_extents(assigned.subscripts);
      }
      case sema::TypedStatementKind::loop: {
        const auto& loop = static_cast<const sema::RangeLoop&>(statement);
        note_optional(loop.limit);
        return note_optional(loop.count);
      }
      case sema::TypedStatementKind::while_loop:
        return note_optional(static_cast<const sema::WhileStatement&>(statement).limit);
      default: return;
    }
  }
  void note_extents(const sema::TypedExpr& expr) {
    for (const auto& leaf : expr.type.leaves)
      for (const dim::Dim& extent : leaf.type.shape) note_extent(extent);
    if (expr.kind == sema::ExprKind::dim) note_extent(static_cast<const sema::DimValue&>(expr).dim);
    if (expr.kind == sema::ExprKind::comprehension)
      note_extents(static_cast<const sema::Comprehension&>(expr).binders);
    if (expr.kind == sema::ExprKind::reduction)
      note_extents(static_cast<const sema::Reduction&>(expr).binders);
    if (expr.kind == sema::ExprKind::access) note_extents(static_cast<const sema::Access&>(expr).subscripts);
  }

  void note_slot(sema::Slot slot, const Frame& frame) {
    if (slot < frame.slots.size()) note(frame.slots[slot]);
    const auto closure = frame.closures.find(slot);
    if (closure == frame.closures.end() || !seen_.insert(&closure->second).second) return;
    if (const auto& back = closure->second.back) {
      for (const Leaves& leaves : back->slots) note(leaves);
      for (const auto& [id, leaf] : back->indices) note(leaf);
    }
    const sema::FunctionValue* function = closure->second.value;
    if (function != nullptr && function->body) note_tree(*function->body, *closure->second.frame);
  }

  void note_expression(const sema::TypedExpr& expr, const Frame& frame) {
    note_extents(expr);
    switch (expr.kind) {
      case sema::ExprKind::local: return note_slot(static_cast<const sema::Local&>(expr).slot, frame);
      case sema::ExprKind::call_value:
        return note_slot(static_cast<const sema::CallValue&>(expr).function, frame);
      case sema::ExprKind::index: {
        const auto found = frame.indices.find(static_cast<const sema::IndexValue&>(expr).index);
        if (found != frame.indices.end()) note(found->second);
        return;
      }
      case sema::ExprKind::derivative:
        for (const sema::Place& place : static_cast<const sema::DerivativeValue&>(expr).variables)
          note_slot(place.slot, frame);
        return;
      default: return;
    }
  }

  const Elaborator& elaborator_;
  std::set<uint32_t> used_;
  std::set<const Closure*> seen_;
  bool met_unknown_data_ = false;
};

Elaborator::Variables Elaborator::used_around(const std::function<void(UsedVariables&)>& note) {
  const bool has_rows = std::any_of(context_.begin(), context_.end(), [&](uint32_t variable) {
    return variables_[variable].limit || variables_[variable].rows;
  });
  if (context_.empty() || has_rows) return context_;  // extents within may be those of a row
  UsedVariables used(*this);
  note(used);
  used.note(guards_);
  if (used.met_unknown_data()) return context_;
  Variables kept;
  for (const uint32_t variable : context_)
    if (used.contains(variable)) kept.push_back(variable);
  return kept;
}

Elaborator::Variables Elaborator::used_around(const sema::DerivativeValue& expr, const Leaves* cotangents) {
  return used_around([&](UsedVariables& used) {
    used.note_tree(expr, *frame_);
    if (cotangents != nullptr) used.note(*cotangents);
  });
}

Elaborator::Variables Elaborator::used_around(const LoopParts& parts) {
  return used_around([&](UsedVariables& used) {
    used.note_tree(*parts.body, *frame_);
    if (parts.condition != nullptr) used.note_tree(*parts.condition, *frame_);
    if (parts.rounds) used.note(*parts.rounds);
    if (parts.limit) used.note_extent(*parts.limit);
  });
}

}  // namespace kiln::elaborate
