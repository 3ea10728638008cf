#pragma once

#include <vector>

#include "graph/graph.h"

namespace kiln::elaborate {

/// One tensor as a function of its subscripts: `body` over the index variables in `variables`, one for each
/// axis. Other index variables in the body are those of the comprehensions around the place where the value
/// was made: the value is then one tensor for each of their points. Index variables are numbers unique within
/// an exported function; they stand as `ExprKind::index` in expressions until a compute is made, whose domain
/// renumbers them.
struct LeafValue {
  uint32_t region = 0;  // depth of the region (a differentiated block) whose expressions `body` belongs to
  ElementType element = ElementType::f32;
  std::vector<dim::Dim> shape;
  std::vector<uint32_t> variables;
  graph::ExprId body;  // of type `element`; f32 for f16 and bf16 until the value is bound
};

/// A value: its leaves in the order of its type.
using Leaves = std::vector<LeafValue>;

}  // namespace kiln::elaborate
