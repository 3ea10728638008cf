#include "transform/eliminate_index.h"

#include <algorithm>

#include "transform/rewrite_expression.h"

namespace kiln::transform {

using graph::ExprId;

void eliminate_index(Folder& folder, PointFacts facts, graph::Compute& compute, uint32_t index,
                     const dim::Dim& solved, size_t before) {
  const ExprId value = folder.polynomials().expression(solved);
  std::vector<ExprId> range;
  const ExprId low = folder.less_equal(folder.zero(ElementType::i64), value);
  const ExprId high = folder.less(value, folder.expressions().dim(compute.domain[index].extent));
  for (const ExprId condition : {low, high}) {
    if (facts.decide(condition) != true) range.push_back(condition);
  }
  std::vector<ExprId>& guard = compute.guard;
  const auto rest = guard.begin() + static_cast<std::ptrdiff_t>(before);
  // A value without data is safe anywhere: its range then comes first of all.
  const auto place =
      holds_data(solved)
          ? std::stable_partition(
                guard.begin(), rest,
                [&](ExprId condition) { return !mentions_index(folder.expressions(), condition, index); })
          : guard.begin();
  guard.insert(place, range.begin(), range.end());
  replace_indices(folder, compute, {{index, value}});
}

}  // namespace kiln::transform
