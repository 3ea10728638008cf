#pragma once

#include <optional>

#include "graph/affine.h"

namespace kiln::fuse {

/// The offset of subscripts into memory, counted in elements: the sum of subscript * stride. A quotient and a
/// remainder of one expression that lie one after the other in memory are that expression again:
///   x[q / 28, q % 28] of a 28 x 28 value is at q
/// What is not linear stands as an atom; nothing if a coefficient leaves 64 bits.
std::optional<graph::Affine> linear_offset_with(const graph::Expressions& expressions,
                                                const std::vector<graph::ExprId>& subscripts,
                                                const std::vector<dim::Dim>& strides);

/// The same for a value of this shape, row-major.
std::optional<graph::Affine> linear_offset(const graph::Expressions& expressions,
                                           const std::vector<graph::ExprId>& subscripts,
                                           const std::vector<dim::Dim>& shape);

}  // namespace kiln::fuse
