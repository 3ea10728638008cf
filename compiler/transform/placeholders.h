#pragma once

#include "graph/graph.h"

namespace kiln::transform {

/// The elements of tangents and cotangents of values of this type: f32 for what is only stored, such as f8,
/// so that they are computed with and not rounded as the values are.
ElementType element_of_tangents(ElementType element);

/// A tangent or cotangent of a value of this type that is zero.
graph::ValueId zeros(graph::Function& function, const graph::Type& type);

/// An input that the function does not have: stands for the tangent of `value` until the linear nodes are
/// transposed or moved elsewhere.
graph::ValueId placeholder(graph::Function& function, graph::ValueId value);

/// The indices 0, 1, … of a tensor of this rank, as expressions.
std::vector<graph::ExprId> point_of(graph::Expressions& expressions, size_t rank);

/// Row `counter` of a stack of values, in the body of a loop.
graph::ValueId row_of_stack(graph::Function& body, graph::ValueId stack, const std::string& counter);

}  // namespace kiln::transform
