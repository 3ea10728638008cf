#pragma once

#include <functional>
#include <vector>

#include "transform/fold.h"

namespace kiln::transform {

/// What one read of a linear expression passes back.
struct ReadCotangent {
  graph::ValueId value;                   // what was read
  std::vector<graph::ExprId> subscripts;  // where
  graph::ExprId cotangent;                // what arrives there
  std::vector<graph::ExprId> reached;     // conditions under which the read takes place at all
};

/// A reverse sweep over a scalar expression that is linear in the reads of values for which `is_linear`
/// holds: one adjoint for each node, summed, never an expansion into a sum of terms. The reads come in the
/// order in which the expression meets them.
///
/// A read under a `select` takes place only where its condition holds, and only there its subscripts must be
/// inside its tensor: `reached` says so.
std::vector<ReadCotangent> transpose_expression(Folder& folder, graph::ExprId root, graph::ExprId cotangent,
                                                const std::function<bool(graph::ValueId)>& is_linear);

}  // namespace kiln::transform
