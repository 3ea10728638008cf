#pragma once

#include "graph/graph.h"

namespace kiln::fuse {

/// Lanes of one panel, whatever the target: a whole number of vectors of each.
constexpr int64_t panel_lanes = 32;

/// The panels of a matrix, [panels, steps, panel_lanes]: its lanes are the rows (`axis` 0) or the columns
/// (1), its steps the other axis.
graph::Type panels_type(const graph::Type& matrix, uint32_t axis);

/// panels[p, j, l] = matrix[32*p + l, j], or with its axes exchanged, zeros beyond its end. `matrix` has the
/// type `type`.
graph::Compute pack_panels(graph::Expressions& expressions, graph::ValueId matrix, const graph::Type& type,
                           uint32_t axis);

}  // namespace kiln::fuse
