#include "sema/effects.h"

#include <fmt/format.h>

#include "sema/report.h"
#include "sema/slot_uses.h"

namespace kiln::sema {

namespace {

bool overlap(const Place& a, const Place& b) {
  return a.slot == b.slot && a.first_leaf < b.first_leaf + b.leaf_count &&
         b.first_leaf < a.first_leaf + a.leaf_count;
}

struct Uses {
  std::vector<Place> reads, changes;

  void add(const Uses& other) {
    reads.insert(reads.end(), other.reads.begin(), other.reads.end());
    changes.insert(changes.end(), other.changes.begin(), other.changes.end());
  }
};

/// Collects what an expression reads and changes. Parts of an expression whose order is not plain to see may
/// not read what another one changes; statements, branches and blocks follow one another.
class UseFinder {
 public:
  explicit UseFinder(Body& body) : body_(body) {}

  Uses visit(const TypedExpr& tree) {
    switch (tree.kind) {
      case ExprKind::local: return read(static_cast<const Local&>(tree), 0, tree);
      case ExprKind::part: {
        const auto& part = static_cast<const Part&>(tree);
        if (part.base->kind == ExprKind::local)
          return read(static_cast<const Local&>(*part.base), part.first_leaf, tree);
        return visit(*part.base);
      }
      case ExprKind::call: {
        const auto& call = static_cast<const Call&>(tree);
        std::vector<const TypedExpr*> values;
        std::vector<Place> changed;
        for (const TypedArgument& argument : call.arguments) {
          if (argument.value)
            values.push_back(argument.value.get());
          else
            changed.push_back(argument.changed);
        }
        return with_changes(siblings(values), changed);
      }
      case ExprKind::intrinsic: {
        const auto& intrinsic = static_cast<const Intrinsic&>(tree);
        std::vector<Place> changed;
        if (intrinsic.changed.leaf_count != 0) changed.push_back(intrinsic.changed);
        return with_changes(siblings(pointers(intrinsic.operands)), changed);
      }
      case ExprKind::conditional: {
        const auto& conditional = static_cast<const ConditionalValue&>(tree);
        Uses uses = visit(*conditional.condition);
        uses.add(visit(conditional.then_block));
        uses.add(visit(conditional.else_block));
        return uses;
      }
      case ExprKind::block: return visit(static_cast<const BlockValue&>(tree).block);
      case ExprKind::derivative: {
        const auto& derivative = static_cast<const DerivativeValue&>(tree);
        Uses uses = siblings(pointers(derivative.tangents));
        uses.add(visit(derivative.block));
        return uses;
      }
      default: {
        std::vector<const TypedExpr*> children;
        for_each_child(tree, [&](const TypedExpr& child) { children.push_back(&child); });
        return siblings(children);
      }
    }
  }

  Uses visit(const TypedBlock& block) {
    Uses uses;
    for (const TypedStatementPtr& statement : block.statements) uses.add(visit(*statement));
    if (block.result) uses.add(visit(*block.result));
    return uses;
  }

 private:
  static std::vector<const TypedExpr*> pointers(const std::vector<TypedExprPtr>& trees) {
    std::vector<const TypedExpr*> result;
    for (const TypedExprPtr& tree : trees) result.push_back(tree.get());
    return result;
  }

  static Uses read(const Local& local, uint32_t first_leaf, const TypedExpr& tree) {
    return {{{local.slot, first_leaf, static_cast<uint32_t>(tree.type.leaves.size()), tree.span}}, {}};
  }

  Uses siblings(const std::vector<const TypedExpr*>& trees) {
    Uses all;
    for (const TypedExpr* tree : trees) {
      const Uses uses = visit(*tree);
      compare(all.reads, uses.changes);
      compare(uses.reads, all.changes);
      all.add(uses);
    }
    return all;
  }

  Uses visit(const TypedStatement& statement) {
    Uses uses;
    for_each_expression(statement, [&](const TypedExpr& tree) { uses.add(visit(tree)); });
    switch (statement.kind) {
      case TypedStatementKind::set:
        uses.changes.push_back(static_cast<const SetPlace&>(statement).place);
        break;
      case TypedStatementKind::assign:
        uses.changes.push_back(static_cast<const AssignPoints&>(statement).place);
        break;
      case TypedStatementKind::branch:
        uses.add(visit(static_cast<const BranchStatement&>(statement).then_block));
        uses.add(visit(static_cast<const BranchStatement&>(statement).else_block));
        break;
      case TypedStatementKind::loop: uses.add(visit(static_cast<const RangeLoop&>(statement).body)); break;
      case TypedStatementKind::while_loop:
        uses.add(visit(static_cast<const WhileStatement&>(statement).body));
        break;
      default: break;
    }
    return uses;
  }

  /// A call changes its places after its arguments were evaluated.
  Uses with_changes(Uses uses, const std::vector<Place>& changed) {
    compare(uses.changes, changed);
    uses.changes.insert(uses.changes.end(), changed.begin(), changed.end());
    return uses;
  }

  void compare(const std::vector<Place>& uses, const std::vector<Place>& changes) {
    for (const Place& change : changes) {
      for (const Place& use : uses) {
        if (!overlap(use, change)) continue;
        Diagnostic& diagnostic = report(
            body_, diagnostics::overlapping_changes, use.span,
            fmt::format("`{}` is used beside a call that changes it", body_.session.files.text_of(use.span)));
        diagnostic.labels.push_back({change.span, "changed here"});
        diagnostic.help = "say which comes first: bind one of the two by `let` before";
      }
    }
  }

  Body& body_;
};

bool changes_something(const TypedExpr& tree) {
  bool found = false;
  TreeVisitor visitor;
  visitor.place = [&](const Place&) { found = true; };
  walk(tree, visitor);
  return found;
}

}  // namespace

void check_reads_beside_changes(Body& body, const TypedExpr& tree) {
  if (!body.is_muted && changes_something(tree)) UseFinder(body).visit(tree);
}

void check_reads_beside_changes(Body& body, const TypedBlock& block, size_t first) {
  for (size_t i = first; i < block.statements.size(); ++i) {
    for_each_expression(*block.statements[i],
                        [&](const TypedExpr& tree) { check_reads_beside_changes(body, tree); });
  }
}

}  // namespace kiln::sema
