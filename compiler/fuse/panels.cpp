#include "fuse/panels.h"

namespace kiln::fuse {

using namespace graph;
using dim::Dim;
using F = ScalarFunction;

Type panels_type(const Type& matrix, uint32_t axis) {
  const Dim count = (matrix.shape[axis] + Dim(panel_lanes - 1)) / Dim(panel_lanes);
  return {matrix.element, {count, matrix.shape[1 - axis], Dim(panel_lanes)}};
}

Compute pack_panels(Expressions& expressions, ValueId matrix, const Type& type, uint32_t axis) {
  const Type panels = panels_type(type, axis);
  Compute map;
  for (uint32_t index = 0; index < 3; ++index) {
    map.domain.push_back({panels.shape[index], std::string(1, "pjl"[index])});
    map.write.push_back(expressions.index(index));
  }
  const ExprId first = expressions.call(F::multiply, {map.write[0], expressions.integer(panel_lanes)});
  const ExprId place = expressions.call(F::add, {first, map.write[2]});
  std::vector<ExprId> subscripts = {place, map.write[1]};
  if (axis == 1) std::swap(subscripts[0], subscripts[1]);
  map.body = expressions.read(matrix, type.element, subscripts);
  const Dim& extent = type.shape[axis];
  if (!(extent == panels.shape[0] * Dim(panel_lanes))) {
    const ExprId there = expressions.call(F::less, {place, expressions.dim(extent)});
    map.body = expressions.call(F::select, {there, map.body, expressions.literal(type.element, Scalar{})});
  }
  return map;
}

}  // namespace kiln::fuse
