#pragma once

#include <vector>

#include "transform/fold.h"

namespace kiln::transform {

/// One compute of a result of this shape in simplest form; see simplify.
graph::Compute simplify_compute(const graph::Function& function, Folder& folder, graph::Compute compute,
                                const std::vector<dim::Dim>& shape);

}  // namespace kiln::transform
