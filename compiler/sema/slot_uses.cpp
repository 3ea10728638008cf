#include "sema/slot_uses.h"

namespace kiln::sema {

namespace {

void visit_all(const std::vector<TypedExprPtr>& trees, const std::function<void(const TypedExpr&)>& visit) {
  for (const TypedExprPtr& tree : trees) {
    if (tree) visit(*tree);
  }
}

void visit_binders(const std::vector<TypedBinder>& binders,
                   const std::function<void(const TypedExpr&)>& visit) {
  for (const TypedBinder& binder : binders) {
    if (binder.low) visit(*binder.low);
  }
}

void visit_subscripts(const std::vector<TypedSubscript>& subscripts,
                      const std::function<void(const TypedExpr&)>& visit) {
  for (const TypedSubscript& subscript : subscripts) {
    if (subscript.at) visit(*subscript.at);
  }
}

class Walker {
 public:
  explicit Walker(const TreeVisitor& visitor) : visitor_(visitor) {}

  void visit(const TypedExpr& tree) {
    if (visitor_.expression) visitor_.expression(tree);
    if (visitor_.place) visit_places(tree);
    for_each_child(tree, [this](const TypedExpr& child) { visit(child); });
    switch (tree.kind) {
      case ExprKind::conditional:
        visit(static_cast<const ConditionalValue&>(tree).then_block);
        return visit(static_cast<const ConditionalValue&>(tree).else_block);
      case ExprKind::block: return visit(static_cast<const BlockValue&>(tree).block);
      case ExprKind::derivative: return visit(static_cast<const DerivativeValue&>(tree).block);
      default: return;
    }
  }

  void visit(const TypedBlock& block) {
    for (const TypedStatementPtr& statement : block.statements) visit(*statement);
    if (block.result) visit(*block.result);
  }

  void visit(const TypedStatement& statement) {
    if (visitor_.statement) visitor_.statement(statement);
    if (visitor_.bound && statement.kind == TypedStatementKind::bind)
      for (Slot slot : static_cast<const BindSlots&>(statement).slots) visitor_.bound(slot);
    if (visitor_.place && statement.kind == TypedStatementKind::set)
      visitor_.place(static_cast<const SetPlace&>(statement).place);
    if (visitor_.place && statement.kind == TypedStatementKind::assign)
      visitor_.place(static_cast<const AssignPoints&>(statement).place);
    for_each_expression(statement, [this](const TypedExpr& tree) { visit(tree); });
    switch (statement.kind) {
      case TypedStatementKind::branch:
        visit(static_cast<const BranchStatement&>(statement).then_block);
        return visit(static_cast<const BranchStatement&>(statement).else_block);
      case TypedStatementKind::loop: return visit(static_cast<const RangeLoop&>(statement).body);
      case TypedStatementKind::while_loop: return visit(static_cast<const WhileStatement&>(statement).body);
      default: return;
    }
  }

 private:
  void visit_places(const TypedExpr& tree) {
    if (tree.kind == ExprKind::call) {
      for (const TypedArgument& argument : static_cast<const Call&>(tree).arguments) {
        if (!argument.value) visitor_.place(argument.changed);
      }
    } else if (tree.kind == ExprKind::intrinsic) {
      const auto& intrinsic = static_cast<const Intrinsic&>(tree);
      if (intrinsic.changed.leaf_count != 0) visitor_.place(intrinsic.changed);
    }
  }

  const TreeVisitor& visitor_;
};

template <class Tree>
bool uses(const Tree& tree, Slot slot) {
  bool found = false;
  TreeVisitor visitor;
  visitor.expression = [&](const TypedExpr& expression) {
    found =
        found || (expression.kind == ExprKind::local && static_cast<const Local&>(expression).slot == slot);
  };
  visitor.place = [&](const Place& place) { found = found || place.slot == slot; };
  walk(tree, visitor);
  return found;
}

}  // namespace

void rename_indices(TypedExpr& tree, const std::map<IndexId, IndexId>& renamed) {
  TreeVisitor visitor;
  visitor.expression = [&](const TypedExpr& expression) {
    if (expression.kind != ExprKind::index) return;
    // The whole tree is ours to change; the visitor only happens to be one for reading.
    auto& index = const_cast<IndexValue&>(static_cast<const IndexValue&>(expression));
    if (const auto found = renamed.find(index.index); found != renamed.end()) index.index = found->second;
  };
  walk(tree, visitor);
}

void for_each_child(const TypedExpr& tree, const std::function<void(const TypedExpr&)>& visit) {
  const auto visit_optional = [&](const TypedExprPtr& child) {
    if (child) visit(*child);
  };
  switch (tree.kind) {
    case ExprKind::part: return visit_optional(static_cast<const Part&>(tree).base);
    case ExprKind::access: {
      const auto& access = static_cast<const Access&>(tree);
      visit_optional(access.base);
      visit_subscripts(access.subscripts, visit);
      return visit_optional(access.otherwise);
    }
    case ExprKind::apply: return visit_all(static_cast<const Apply&>(tree).operands, visit);
    case ExprKind::tuple: return visit_all(static_cast<const TupleValue&>(tree).fields, visit);
    case ExprKind::fill: return visit_optional(static_cast<const Fill&>(tree).value);
    case ExprKind::leafwise: return visit_all(static_cast<const Leafwise&>(tree).operands, visit);
    case ExprKind::comprehension: {
      const auto& comprehension = static_cast<const Comprehension&>(tree);
      visit_binders(comprehension.binders, visit);
      return visit_optional(comprehension.body);
    }
    case ExprKind::reduction: {
      const auto& reduction = static_cast<const Reduction&>(tree);
      visit_binders(reduction.binders, visit);
      visit_optional(reduction.condition);
      return visit_optional(reduction.body);
    }
    case ExprKind::call:
      for (const TypedArgument& argument : static_cast<const Call&>(tree).arguments)
        visit_optional(argument.value);
      return;
    case ExprKind::intrinsic: return visit_all(static_cast<const Intrinsic&>(tree).operands, visit);
    case ExprKind::conditional: return visit_optional(static_cast<const ConditionalValue&>(tree).condition);
    case ExprKind::derivative: return visit_all(static_cast<const DerivativeValue&>(tree).tangents, visit);
    case ExprKind::function_value: return visit_optional(static_cast<const FunctionValue&>(tree).body);
    case ExprKind::call_value: return visit_all(static_cast<const CallValue&>(tree).arguments, visit);
    default: return;
  }
}

void for_each_expression(const TypedStatement& statement,
                         const std::function<void(const TypedExpr&)>& visit) {
  const auto visit_optional = [&](const TypedExprPtr& tree) {
    if (tree) visit(*tree);
  };
  switch (statement.kind) {
    case TypedStatementKind::bind: return visit_optional(static_cast<const BindSlots&>(statement).value);
    case TypedStatementKind::set: return visit_optional(static_cast<const SetPlace&>(statement).value);
    case TypedStatementKind::assign: {
      const auto& assign = static_cast<const AssignPoints&>(statement);
      visit_binders(assign.binders, visit);
      visit_subscripts(assign.subscripts, visit);
      visit_optional(assign.condition);
      return visit_optional(assign.value);
    }
    case TypedStatementKind::call: return visit_optional(static_cast<const CallOnly&>(statement).call);
    case TypedStatementKind::branch:
      return visit_optional(static_cast<const BranchStatement&>(statement).condition);
    case TypedStatementKind::loop: return visit_optional(static_cast<const RangeLoop&>(statement).rounds);
    case TypedStatementKind::while_loop:
      visit_optional(static_cast<const WhileStatement&>(statement).condition);
      return visit_optional(static_cast<const WhileStatement&>(statement).max);
    case TypedStatementKind::assertion:
      return visit_optional(static_cast<const AssertStatement&>(statement).condition);
  }
}

void walk(const TypedExpr& tree, const TreeVisitor& visitor) { Walker(visitor).visit(tree); }
void walk(const TypedBlock& block, const TreeVisitor& visitor) { Walker(visitor).visit(block); }
bool uses_slot(const TypedExpr& tree, Slot slot) { return uses(tree, slot); }
bool uses_slot(const TypedBlock& block, Slot slot) { return uses(block, slot); }

}  // namespace kiln::sema
