#include "transform/eliminate_equalities.h"

#include <algorithm>
#include <optional>

#include "transform/eliminate_index.h"
#include "transform/rewrite_expression.h"
#include "transform/write_map.h"

namespace kiln::transform {

using dim::Condition;
using dim::Dim;
using graph::Compute;
using graph::ExprId;
using graph::Reducer;

namespace {

/// Points that fail the equality do not count, for these; the others see the order or the number of points.
bool may_lose_points(Reducer reducer) {
  constexpr Reducer reducers[] = {Reducer::sum,     Reducer::product, Reducer::minimum,
                                  Reducer::maximum, Reducer::any,     Reducer::all};
  return std::find(std::begin(reducers), std::end(reducers), reducer) != std::end(reducers);
}

bool stands_under_data(const graph::Expressions& expressions, const Dim& polynomial, uint32_t index) {
  for (const std::string& name : polynomial.symbols()) {
    const auto atom = expression_of_symbol(name);
    if (atom && mentions_index(expressions, *atom, index)) return true;
  }
  return false;
}

struct Solution {
  uint32_t index;
  Dim value;
};

std::optional<Solution> solve(Folder& folder, PointFacts& facts, const Compute& compute, ExprId condition,
                              const std::vector<uint32_t>& reduced) {
  if (!folder.is_call(condition, ScalarFunction::equal)) return std::nullopt;
  if (folder.type_of(folder.operand(condition, 0)) != ElementType::i64) return std::nullopt;
  const Dim zero = folder.polynomials().of(folder.operand(condition, 0)) -
                   folder.polynomials().of(folder.operand(condition, 1));
  std::optional<Solution> best;
  for (const uint32_t index : reduced) {
    const std::optional<Dim> coefficient = coefficient_of(zero, index);
    if (!coefficient || !(coefficient->is_constant(1) || coefficient->is_constant(-1))) continue;
    if (stands_under_data(folder.expressions(), zero, index)) continue;
    const Dim extent = compute.domain[index].extent;
    if (best && !facts.proves(Condition::less(compute.domain[best->index].extent, extent))) continue;
    best = Solution{index, index_symbol(index) - *coefficient * zero};
  }
  return best;
}

}  // namespace

bool eliminate_equality(const graph::Function& function, Folder& folder, Compute& compute) {
  if (!may_lose_points(compute.reducer)) return false;
  const std::vector<uint32_t> reduced = reduction_indices(folder.expressions(), compute);
  if (reduced.empty()) return false;
  PointFacts outside(function, folder);
  for (size_t k = 0; k < compute.guard.size(); ++k) {
    const std::optional<Solution> solution = solve(folder, outside, compute, compute.guard[k], reduced);
    if (!solution) continue;
    PointFacts facts = outside;
    for (uint32_t other = 0; other < compute.domain.size(); ++other) {
      if (other != solution->index) facts.add_index(other, compute.domain[other].extent);
    }
    compute.guard.erase(compute.guard.begin() + static_cast<std::ptrdiff_t>(k));
    eliminate_index(folder, facts, compute, solution->index, solution->value, k);
    std::vector<bool> removed(compute.domain.size());
    removed[solution->index] = true;
    compute = in_canonical_order(folder, compute, removed);
    return true;
  }
  return false;
}

}  // namespace kiln::transform
