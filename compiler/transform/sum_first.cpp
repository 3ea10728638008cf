#include "transform/sum_first.h"

#include <algorithm>

#include "transform/rewrite_expression.h"
#include "transform/write_map.h"

namespace kiln::transform {

using graph::Compute;
using graph::ExprId;

namespace {

bool writes_through_data(const graph::Expressions& expressions, const Compute& compute) {
  return std::any_of(compute.write.begin(), compute.write.end(),
                     [&](ExprId subscript) { return !graph::values_in(expressions, subscript).empty(); });
}

/// The indices of the write map, axis by axis.
std::vector<uint32_t> written_indices(const graph::Expressions& expressions, const Compute& compute) {
  std::vector<uint32_t> order;
  for (const ExprId subscript : compute.write) {
    std::vector<uint32_t> indices = graph::indices_in(expressions, subscript);
    std::sort(indices.begin(), indices.end());
    for (const uint32_t index : indices)
      if (std::find(order.begin(), order.end(), index) == order.end()) order.push_back(index);
  }
  return order;
}

/// Whether the conditions without a reduced index keep a write through data where it may go: every index in
/// such a subscript, `%offsets[b] + t`, stands in one that data decides, `t < %len[b]`. A write to
/// `%offsets[b] + q` under `2*q + r == t, t < %len[b]` leaves its row once t is gone; one to `%to[n]` goes
/// astray where no point was to write.
bool stays_inside_alone(const graph::Expressions& expressions, const Compute& compute,
                        const std::vector<uint32_t>& reduced) {
  std::vector<ExprId> kept;
  for (const ExprId condition : compute.guard)
    if (!graph::values_in(expressions, condition).empty() &&
        std::none_of(reduced.begin(), reduced.end(),
                     [&](uint32_t index) { return mentions_index(expressions, condition, index); }))
      kept.push_back(condition);
  for (const ExprId subscript : compute.write) {
    if (graph::values_in(expressions, subscript).empty()) continue;
    for (const uint32_t index : graph::indices_in(expressions, subscript))
      if (std::none_of(kept.begin(), kept.end(),
                       [&](ExprId condition) { return mentions_index(expressions, condition, index); }))
        return false;
  }
  return true;
}

}  // namespace

graph::ValueId add_sum(graph::Builder& builder, Folder& folder, const Compute& compute,
                       const std::vector<dim::Dim>& shape, const std::string& name, Origin span) {
  const graph::Expressions& expressions = folder.expressions();
  const std::vector<uint32_t> reduced = reduction_indices(expressions, compute);
  if (compute.reducer != graph::Reducer::sum || reduced.empty() ||
      !writes_through_data(expressions, compute) || !stays_inside_alone(expressions, compute, reduced))
    return builder.compute(compute, shape, name, span);

  const std::vector<uint32_t> written = written_indices(expressions, compute);
  Compute sums;
  IndexReplacements numbers;
  const auto place = [&](uint32_t index) {
    numbers[index] = folder.expressions().index(static_cast<uint32_t>(sums.domain.size()));
    sums.domain.push_back(compute.domain[index]);
  };
  for (const uint32_t index : written) place(index);
  Compute spread;
  spread.domain = sums.domain;
  std::vector<dim::Dim> extents;
  for (const graph::Index& index : spread.domain) extents.push_back(index.extent);
  for (const uint32_t index : reduced) place(index);

  sums.reducer = spread.reducer = graph::Reducer::sum;
  for (const uint32_t index : written) sums.write.push_back(numbers[index]);
  sums.body = replace_indices(folder, compute.body, numbers);
  for (const ExprId condition : compute.guard) {
    const bool is_reduced = std::any_of(reduced.begin(), reduced.end(), [&](uint32_t index) {
      return mentions_index(expressions, condition, index);
    });
    sums.guard.push_back(replace_indices(folder, condition, numbers));
    if (!is_reduced) spread.guard.push_back(sums.guard.back());
  }
  for (const ExprId subscript : compute.write)
    spread.write.push_back(replace_indices(folder, subscript, numbers));
  const std::vector<ExprId> point = sums.write;
  const ElementType element = folder.type_of(sums.body);
  const graph::ValueId value = builder.compute(std::move(sums), std::move(extents), name, span);
  spread.body = folder.expressions().read(value, element, point);
  return builder.compute(std::move(spread), shape, name, span);
}

}  // namespace kiln::transform
