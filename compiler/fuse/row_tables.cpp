#include "fuse/row_tables.h"

#include <algorithm>
#include <map>
#include <set>

#include "fuse/index_bound.h"
#include "fuse/prepare.h"
#include "graph/import_expression.h"
#include "graph/walk.h"

namespace kiln::fuse {

using namespace graph;
using F = ScalarFunction;

namespace {

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

/// Rewrites the expressions of one compute.
class RowLookup {
 public:
  RowLookup(Expressions& expressions, const std::vector<RowTable>& tables, const Compute& compute)
      : expressions_(expressions), tables_(tables), indices_(static_cast<uint32_t>(compute.domain.size())) {}

  /// Each guard stands under those before it, the rest under all of them.
  void run(Compute& compute) {
    Conditions conditions;
    for (ExprId& guard : compute.guard) {
      guard = rewrite(guard, conditions);
      assume(conditions, guard);
    }
    compute.body = rewrite(compute.body, conditions);
  }

 private:
  using Conditions = std::set<ExprId>;

  void assume(Conditions& conditions, ExprId condition) {
    for (const ExprId part : operands_of_nested(expressions_, condition, F::logical_and))
      conditions.insert(part);
  }

  ExprId rewrite(ExprId id, const Conditions& conditions) {
    const auto [found, is_new] = known_.emplace(std::pair(id, conditions), id);
    if (!is_new) return found->second;
    Expr expr = expressions_[id];  // a copy: expressions are added
    const std::vector<ExprId> before = expr.operands;
    const bool chooses =
        expr.kind == ExprKind::call && (expr.function == F::select || expr.function == F::logical_and);
    for (size_t i = 0; i < expr.operands.size(); ++i) {
      Conditions here = conditions;
      if (chooses && i == 1) assume(here, expr.operands[0]);
      expr.operands[i] = rewrite(expr.operands[i], here);
    }
    ExprId result = id;
    if (expr.operands != before) {
      // A place that was found by its row is a plain index again.
      if (expr.kind == ExprKind::read)
        for (ExprId& subscript : expr.operands)
          if (const std::optional<Affine> form = affine_of(expressions_, subscript))
            subscript = build(expressions_, *form);
      result = expressions_.intern(expr);
    }
    if (expr.kind == ExprKind::call && expr.function == F::convert && expr.type == ElementType::i64)
      if (const std::optional<uint32_t> row = row_at(expr.operands[0], conditions))
        result = expressions_.index(*row);
    return known_[std::pair(id, conditions)] = result;
  }

  /// The index b of a read of a table at offset(b) + t, where t < limit(b) is a condition.
  std::optional<uint32_t> row_at(ExprId id, const Conditions& conditions) {
    const Expr read = expressions_[id];
    if (read.kind != ExprKind::read) return std::nullopt;
    for (const RowTable& table : tables_) {
      if (table.rows != read.value) continue;
      const std::optional<Affine> place = affine_of(expressions_, read.operands[0]);
      if (!place) return std::nullopt;
      for (uint32_t index = 0; index < indices_; ++index) {
        const std::vector<ExprId> row = {expressions_.index(index)};
        const auto offset = affine_of(expressions_, substitute_indices(expressions_, table.offset, row));
        if (!offset) continue;
        const Affine within = *place - *offset;
        if (within.has_atoms() || !within.bare_index()) continue;
        const ExprId limit = substitute_indices(expressions_, table.limit, row);
        const ExprId holds = expressions_.call(F::less, {expressions_.index(*within.bare_index()), limit});
        if (conditions.contains(holds)) return index;
      }
    }
    return std::nullopt;
  }

  Expressions& expressions_;
  const std::vector<RowTable>& tables_;
  uint32_t indices_;
  std::map<std::pair<ExprId, Conditions>, ExprId> known_;
};

}  // namespace

std::vector<RowTable> find_row_tables(const Function& function, Expressions& expressions) {
  std::vector<RowTable> tables;
  for (const Node& node : function.nodes)
    if (const auto table = match_row_table(function, expressions, node)) tables.push_back(*table);
  return tables;
}

void look_up_rows(Function& function) {
  const std::vector<RowTable> tables = find_row_tables(function, function.expressions);
  if (tables.empty()) return;
  for (Node& node : function.nodes)
    if (auto* compute = std::get_if<Compute>(&node.op))
      RowLookup(function.expressions, tables, *compute).run(*compute);
  remove_dead(function);
}

}  // namespace kiln::fuse
