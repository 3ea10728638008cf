#include "fuse/padding.h"

#include <algorithm>
#include <set>

#include "fuse/index_bound.h"
#include "graph/import_expression.h"
#include "graph/support.h"
#include "graph/walk.h"

namespace kiln::fuse {

using namespace graph;
using F = ScalarFunction;

namespace {

/// rows[offset(b) + t] is b for 0 <= t < limit(b), and there are no other places.
struct RowTable {
  ValueId rows;
  ExprId offset, limit;  // over index 0, the row
};

/// There are as many places as all lengths together.
bool counts_all_places(const Function& function, const dim::Dim& extent) {
  if (extent.constant()) return true;
  const auto symbol = extent.bare_symbol();
  return symbol && std::any_of(function.derived.begin(), function.derived.end(), [&](const DerivedDim& dim) {
           return dim.dim == *symbol && dim.kind == DerivedDim::Kind::total;
         });
}

std::optional<RowTable> match_row_table(const Function& function, Expressions& expressions,
                                        const Node& node) {
  const auto* compute = std::get_if<Compute>(&node.op);
  if (compute == nullptr || compute->reducer != Reducer::last) return std::nullopt;
  if (compute->domain.size() != 2 || compute->write.size() != 1 || compute->guard.size() != 1)
    return std::nullopt;
  if (!counts_all_places(function, function.type_of(node.results[0]).shape[0])) return std::nullopt;
  ExprId row = compute->body;
  while (expressions[row].kind == ExprKind::call && expressions[row].function == F::convert)
    row = expressions[row].operands[0];
  const bool gives_row = expressions[row].kind == ExprKind::index && expressions[row].index == 0;
  const std::optional<Affine> write = affine_of(expressions, compute->write[0]);
  const std::optional<IndexBound> bound = index_bound(expressions, compute->guard[0], 1);
  if (!gives_row || !write || !write->coefficient_of(1).is_constant(1) || !bound) return std::nullopt;
  if (bound->relation != IndexBound::Relation::below) return std::nullopt;
  Affine offset = *write;
  offset.indices.erase(1);
  const std::vector<uint32_t> used = indices_of(expressions, offset);
  if (std::find(used.begin(), used.end(), 1) != used.end()) return std::nullopt;
  return RowTable{node.results[0], build(expressions, offset), build(expressions, bound->limit)};
}

class PaddingReaders {
 public:
  explicit PaddingReaders(const Function& function)
      : function_(function), expressions_(function.expressions) {
    for (const Node& node : function.nodes)
      if (const auto table = match_row_table(function, expressions_, node)) tables_.push_back(*table);
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
