#pragma once

#include <optional>
#include <vector>

#include "graph/graph.h"
#include "transform/fold.h"

namespace kiln::transform {

/// Facts about write maps, read off a compute.

/// For each axis the index that stands there bare, if it stands in no axis before.
std::vector<std::optional<uint32_t>> bare_indices(const graph::Expressions& expressions,
                                                  const graph::Compute& compute);
/// Every axis is written by a bare index of its own: the others are reduced.
bool is_classical(const graph::Expressions& expressions, const graph::Compute& compute);
/// The indices that the write map does not mention.
std::vector<uint32_t> reduction_indices(const graph::Expressions& expressions, const graph::Compute& compute);
/// Classical, unguarded, without reduction, and writing every cell: `out[i, j] = body(i, j)` for all i, j.
bool is_map(const graph::Expressions& expressions, const graph::Compute& compute,
            const std::vector<dim::Dim>& shape);

/// The compute with written indices first, in the order of the axes, and without the indices in `removed`
/// (which nothing mentions any more). Reduced indices keep their order, which `argmax` and `last` see.
graph::Compute in_canonical_order(Folder& folder, const graph::Compute& compute,
                                  const std::vector<bool>& removed);

}  // namespace kiln::transform
