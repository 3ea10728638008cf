#include "transform/eliminate_index.h"

#include <algorithm>
#include <optional>

#include "transform/rewrite_expression.h"

namespace kiln::transform {

using graph::ExprId;

namespace {

/// What is asked before the range of the index may read element 0 because the index has a value at all. Where
/// nothing says so any more, that has to be asked first.
std::optional<ExprId> range_is_not_empty(Folder& folder, PointFacts& facts, const dim::Dim& extent,
                                         const std::vector<ExprId>& asked_before) {
  if (std::all_of(asked_before.begin(), asked_before.end(),
                  [&](ExprId id) { return facts.reads_inside(id); }))
    return std::nullopt;
  const ExprId exists = folder.less(folder.zero(ElementType::i64), folder.expressions().dim(extent));
  return facts.decide(exists) == true ? std::nullopt : std::optional(exists);
}

}  // namespace

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
  std::optional<ExprId> exists;
  if (holds_data(solved)) {
    std::vector<ExprId> asked_before(guard.begin(), place);
    asked_before.push_back(value);  // by the range itself
    exists = range_is_not_empty(folder, facts, compute.domain[index].extent, asked_before);
  }
  guard.insert(place, range.begin(), range.end());
  if (exists) guard.insert(guard.begin(), *exists);
  replace_indices(folder, compute, {{index, value}});
}

}  // namespace kiln::transform
