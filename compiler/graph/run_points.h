#pragma once

#include "graph/point_program.h"

namespace kiln::graph {

/// The result of a compute, cell by cell as its definition says. `dims` has every symbol; `tensors`, by value
/// number, those that it reads.
Tensor run_compute(const Function& function, const Compute& compute, const Type& type,
                   const std::map<std::string, int64_t>& dims, const std::vector<const Tensor*>& tensors);

}  // namespace kiln::graph
