#include "graph/cost.h"

#include <array>

#include "graph/reducer.h"
#include "graph/walk.h"

namespace kiln::graph {
namespace {

struct Range {
  ScalarFunction first, last;
  int cost;
};

/// Measured orders of magnitude (kernels.md, section 6); what is not listed costs 1.
constexpr std::array<Range, 8> costs = {{
    {ScalarFunction::divide, ScalarFunction::remainder, 4},
    {ScalarFunction::convert, ScalarFunction::convert, 1},
    {ScalarFunction::reciprocal, ScalarFunction::reciprocal, 4},
    {ScalarFunction::exp, ScalarFunction::log1p, 10},
    {ScalarFunction::sqrt, ScalarFunction::rsqrt, 5},
    {ScalarFunction::sin, ScalarFunction::erf, 18},
    {ScalarFunction::pow, ScalarFunction::pow, 30},
    {ScalarFunction::random_bits, ScalarFunction::random_bits, 40},
}};

/// Calls that stand in values, not in subscripts.
template <typename Visit>
void each_value_call(const Expressions& expressions, ExprId root, const Visit& visit) {
  std::vector<ExprId> pending = {root};
  std::vector<bool> seen(expressions.size(), false);
  while (!pending.empty()) {
    const ExprId id = pending.back();
    pending.pop_back();
    if (seen[id.number]) continue;
    seen[id.number] = true;
    const Expr& expr = expressions[id];
    if (expr.kind != ExprKind::call) continue;
    visit(expr);
    pending.insert(pending.end(), expr.operands.begin(), expr.operands.end());
  }
}

}  // namespace

int cost_of(ScalarFunction function) {
  for (const Range& range : costs)
    if (range.first <= function && function <= range.last) return range.cost;
  return 1;
}

int cost_of(const Expressions& expressions, ExprId root) {
  int cost = 0;
  each_value_call(expressions, root, [&](const Expr& expr) {
    if (expr.type != ElementType::i64) cost += cost_of(expr.function);
  });
  return cost;
}

int64_t flops_of(const Expressions& expressions, const Compute& compute) {
  int64_t flops = row_of(compute.reducer).combine ? 1 : 0;
  if (compute.domain.size() == compute.write.size() && compute.reducer != Reducer::sum) flops = 0;
  each_value_call(expressions, compute.body, [&](const Expr& expr) {
    if (is_float(expr.type) && expr.function != ScalarFunction::select &&
        expr.function != ScalarFunction::convert)
      ++flops;
  });
  return flops;
}

}  // namespace kiln::graph
