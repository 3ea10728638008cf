#include "sema/slot_uses.h"

namespace kiln::sema {

namespace {

class Walker {
 public:
  explicit Walker(const TreeVisitor& visitor) : visitor_(visitor) {}

  void visit(const TypedExprPtr& tree) {
    if (tree) visit(*tree);
  }

  void visit(const TypedExpr& tree) {
    if (visitor_.expression) visitor_.expression(tree);
    switch (tree.kind) {
      case ExprKind::part: return visit(static_cast<const Part&>(tree).base);
      case ExprKind::access: {
        const auto& access = static_cast<const Access&>(tree);
        visit(access.base);
        visit_subscripts(access.subscripts);
        return visit(access.otherwise);
      }
      case ExprKind::apply: return visit_all(static_cast<const Apply&>(tree).operands);
      case ExprKind::tuple: return visit_all(static_cast<const TupleValue&>(tree).fields);
      case ExprKind::fill: return visit(static_cast<const Fill&>(tree).value);
      case ExprKind::leafwise: return visit_all(static_cast<const Leafwise&>(tree).operands);
      case ExprKind::comprehension: {
        const auto& comprehension = static_cast<const Comprehension&>(tree);
        visit_binders(comprehension.binders);
        return visit(comprehension.body);
      }
      case ExprKind::reduction: {
        const auto& reduction = static_cast<const Reduction&>(tree);
        visit_binders(reduction.binders);
        visit(reduction.condition);
        return visit(reduction.body);
      }
      case ExprKind::call:
        for (const TypedArgument& argument : static_cast<const Call&>(tree).arguments) {
          if (argument.value)
            visit(argument.value);
          else
            place(argument.changed);
        }
        return;
      case ExprKind::intrinsic: {
        const auto& intrinsic = static_cast<const Intrinsic&>(tree);
        visit_all(intrinsic.operands);
        if (intrinsic.changed.leaf_count != 0) place(intrinsic.changed);
        return;
      }
      case ExprKind::conditional: {
        const auto& conditional = static_cast<const ConditionalValue&>(tree);
        visit(conditional.condition);
        visit(conditional.then_block);
        return visit(conditional.else_block);
      }
      case ExprKind::block: return visit(static_cast<const BlockValue&>(tree).block);
      case ExprKind::derivative: {
        const auto& derivative = static_cast<const DerivativeValue&>(tree);
        for (const Place& variable : derivative.variables) place(variable);
        visit_all(derivative.tangents);
        return visit(derivative.block);
      }
      case ExprKind::function_value: return visit(static_cast<const FunctionValue&>(tree).body);
      case ExprKind::call_value: return visit_all(static_cast<const CallValue&>(tree).arguments);
      default: return;
    }
  }

  void visit(const TypedBlock& block) {
    for (const TypedStatementPtr& statement : block.statements) visit(*statement);
    visit(block.result);
  }

 private:
  void place(const Place& place) {
    if (visitor_.place) visitor_.place(place);
  }

  void visit_all(const std::vector<TypedExprPtr>& trees) {
    for (const TypedExprPtr& tree : trees) visit(tree);
  }
  void visit_binders(const std::vector<TypedBinder>& binders) {
    for (const TypedBinder& binder : binders) visit(binder.low);
  }
  void visit_subscripts(const std::vector<TypedSubscript>& subscripts) {
    for (const TypedSubscript& subscript : subscripts) visit(subscript.at);
  }

  void visit(const TypedStatement& statement) {
    switch (statement.kind) {
      case TypedStatementKind::bind: return visit(static_cast<const BindSlots&>(statement).value);
      case TypedStatementKind::set:
        place(static_cast<const SetPlace&>(statement).place);
        return visit(static_cast<const SetPlace&>(statement).value);
      case TypedStatementKind::assign: {
        const auto& assign = static_cast<const AssignPoints&>(statement);
        place(assign.place);
        visit_binders(assign.binders);
        visit_subscripts(assign.subscripts);
        visit(assign.condition);
        return visit(assign.value);
      }
      case TypedStatementKind::call: return visit(static_cast<const CallOnly&>(statement).call);
      case TypedStatementKind::branch: {
        const auto& branch = static_cast<const BranchStatement&>(statement);
        visit(branch.condition);
        visit(branch.then_block);
        return visit(branch.else_block);
      }
      case TypedStatementKind::loop:
        visit(static_cast<const RangeLoop&>(statement).low);
        return visit(static_cast<const RangeLoop&>(statement).body);
      case TypedStatementKind::while_loop: {
        const auto& loop = static_cast<const WhileStatement&>(statement);
        visit(loop.condition);
        visit(loop.max);
        return visit(loop.body);
      }
      case TypedStatementKind::assertion:
        return visit(static_cast<const AssertStatement&>(statement).condition);
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

void walk(const TypedExpr& tree, const TreeVisitor& visitor) { Walker(visitor).visit(tree); }
void walk(const TypedBlock& block, const TreeVisitor& visitor) { Walker(visitor).visit(block); }
bool uses_slot(const TypedExpr& tree, Slot slot) { return uses(tree, slot); }
bool uses_slot(const TypedBlock& block, Slot slot) { return uses(block, slot); }

}  // namespace kiln::sema
