#include "transform/placeholders.h"

namespace kiln::transform {

using graph::Builder;
using graph::ExprId;
using graph::Function;
using graph::ValueId;

ElementType element_of_tangents(ElementType element) {
  return is_float(element) && row_of(element).storage_only ? ElementType::f32 : element;
}

ValueId zeros(Function& function, const graph::Type& type) {
  const ElementType element = element_of_tangents(type.element);
  return Builder(function).map(type.shape, function.expressions.literal(element, Scalar{}));
}

ValueId placeholder(Function& function, ValueId value) {
  const graph::Value like = function[value];
  const graph::Type type = {element_of_tangents(like.type.element), like.type.shape};
  const ValueId result = Builder(function).input("d" + like.name, type);
  function.inputs.pop_back();
  return result;
}

std::vector<ExprId> point_of(graph::Expressions& expressions, size_t rank) {
  std::vector<ExprId> point;
  for (uint32_t axis = 0; axis < rank; ++axis) point.push_back(expressions.index(axis));
  return point;
}

ValueId row_of_stack(Function& body, ValueId stack, const std::string& counter) {
  const graph::Value like = body[stack];
  const std::vector<dim::Dim> shape(like.type.shape.begin() + 1, like.type.shape.end());
  std::vector<ExprId> subscripts = point_of(body.expressions, shape.size());
  subscripts.insert(subscripts.begin(), body.expressions.dim(dim::Dim::symbol(counter)));
  const ExprId element = body.expressions.read(stack, like.type.element, std::move(subscripts));
  const ValueId row = Builder(body).map(shape, element, like.name);
  body.values[row.number].range = like.range;
  return row;
}

}  // namespace kiln::transform
