#pragma once

#include "dim/prover.h"
#include "graph/graph.h"

namespace kiln::transform {

/// Which extents have a value wherever a function is called. Each round of a loop below M knows that M is at
/// least 1, and its values may have extents like `M - 1` and `4 / M`: these must stay in the loop, as nothing
/// says so around it.
class ExtentValues {
 public:
  explicit ExtentValues(const graph::Function& function);

  /// Whether no divisor in the expression is below 1.
  bool has_value(const dim::Dim& dim) const;
  /// Whether it also is not below 0.
  bool is_extent(const dim::Dim& dim) const;
  bool is_type(const graph::Type& type) const;

 private:
  dim::Facts facts_;
};

}  // namespace kiln::transform
