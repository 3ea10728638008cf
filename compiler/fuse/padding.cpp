#include "fuse/padding.h"

#include <algorithm>
#include <set>

#include "fuse/row_tables.h"
#include "graph/affine.h"
#include "graph/import_expression.h"
#include "graph/support.h"
#include "graph/walk.h"

namespace kiln::fuse {

using namespace graph;
using F = ScalarFunction;

namespace {

class PaddingReaders {
 public:
  explicit PaddingReaders(const Function& function)
      : function_(function), expressions_(function.expressions) {
    tables_ = find_row_tables(function, expressions_);
  }

  std::vector<std::vector<ExprId>> run() {
    unread_.resize(function_.values.size());
    support_.resize(function_.values.size());
    for (const Node& node : function_.nodes) {
      if (!std::holds_alternative<Compute>(node.op)) continue;
      const ValueId value = node.results[0];
      support_[value.number] = support_of(function_, value);
      unread_[value.number] = !support_[value.number].empty();
    }
    for (const ValueId output : function_.outputs) unread_[output.number] = false;
    for (const Node& node : function_.nodes) {
      if (const auto* compute = std::get_if<Compute>(&node.op)) {
        visit(*compute);
        continue;
      }
      for (const ValueId operand : operands_of(function_, node)) unread_[operand.number] = false;
    }
    for (size_t i = 0; i < unread_.size(); ++i)
      if (!unread_[i]) support_[i].clear();
    return support_;
  }

 private:
  using Conditions = std::set<ExprId>;

  void assume(Conditions& conditions, ExprId condition) {
    for (const ExprId part : operands_of_nested(expressions_, condition, F::logical_and))
      conditions.insert(part);
  }

  /// Each guard is looked at under those before it, the rest under all of them.
  void visit(const Compute& compute) {
    seen_.clear();
    Conditions conditions;
    for (const ExprId guard : compute.guard) {
      walk(guard, conditions);
      assume(conditions, guard);
    }
    for (const ExprId write : compute.write) walk(write, conditions);
    walk(compute.body, conditions);
  }

  void walk(ExprId id, const Conditions& conditions) {
    if (!seen_.emplace(id, conditions).second) return;
    const Expr expr = expressions_[id];  // a copy: expressions are added
    if (expr.kind == ExprKind::read) look_at(expr, conditions);
    const bool chooses =
        expr.kind == ExprKind::call && (expr.function == F::select || expr.function == F::logical_and);
    if (!chooses) {
      for (const ExprId operand : expr.operands) walk(operand, conditions);
      return;
    }
    Conditions chosen = conditions;
    assume(chosen, expr.operands[0]);
    walk(expr.operands[0], conditions);
    walk(expr.operands[1], chosen);
    if (expr.function == F::select) walk(expr.operands[2], conditions);
  }

  void look_at(const Expr& read, const Conditions& conditions) {
    if (!unread_[read.value.number]) return;
    for (const ExprId condition : support_[read.value.number]) {
      const ExprId here = substitute_indices(expressions_, condition, read.operands);
      if (!conditions.contains(here) && !follows_from_table(here)) unread_[read.value.number] = false;
    }
  }

  /// p - offset(rows[p]) < limit(rows[p])
  bool follows_from_table(ExprId condition) {
    const Expr expr = expressions_[condition];
    if (tables_.empty() || expr.kind != ExprKind::call || expr.function != F::less) return false;
    const std::optional<Affine> left = affine_of(expressions_, expr.operands[0]),
                                right = affine_of(expressions_, expr.operands[1]);
    if (!left || !right) return false;
    const Affine difference = *left - *right;
    const std::vector<ExprId> roots = {condition};
    for (const ExprId id : reachable(expressions_, roots)) {
      const Expr read = expressions_[id];
      if (read.kind != ExprKind::read) continue;
      for (const RowTable& table : tables_) {
        if (table.rows != read.value) continue;
        const std::vector<ExprId> row = {expressions_.convert(id, ElementType::i64)};
        const auto place = affine_of(expressions_, read.operands[0]),
                   offset = affine_of(expressions_, substitute_indices(expressions_, table.offset, row)),
                   limit = affine_of(expressions_, substitute_indices(expressions_, table.limit, row));
        if (place && offset && limit && *place - *offset - *limit == difference) return true;
      }
    }
    return false;
  }

  const Function& function_;
  Expressions expressions_;
  std::vector<RowTable> tables_;
  std::vector<std::vector<ExprId>> support_;
  std::vector<bool> unread_;
  std::set<std::pair<ExprId, Conditions>> seen_;
};

}  // namespace

std::vector<std::vector<ExprId>> unread_padding(const Function& function) {
  return PaddingReaders(function).run();
}

}  // namespace kiln::fuse
