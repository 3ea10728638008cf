#include "kernel/choose_lanes.h"

#include <algorithm>

#include "fuse/linear_offset.h"
#include "fuse/shape.h"
#include "graph/cost.h"

namespace kiln::kernel {

using dim::Dim;
using namespace graph;

namespace {

constexpr double uniform_cost = 0.25;  // one element for all lanes
constexpr double contiguous_cost = 1;
/// Beyond Machine::near_stride; up to it, a vector for each element between.
constexpr double strided_cost = 8;
constexpr double irregular_cost = 12;

double access_cost(const Function& function, const std::vector<ExprId>& subscripts,
                   const std::vector<Dim>& shape, uint32_t index) {
  const Expressions& expressions = function.expressions;
  bool mentioned = false;
  for (const ExprId subscript : subscripts) {
    const std::vector<uint32_t> indices = indices_in(expressions, subscript);
    mentioned = mentioned || std::find(indices.begin(), indices.end(), index) != indices.end();
  }
  if (!mentioned) return uniform_cost;
  const std::optional<Affine> offset = fuse::linear_offset(expressions, subscripts, shape);
  if (!offset) return irregular_cost;
  for (const auto& [atom, coefficient] : offset->atoms) {
    const std::vector<uint32_t> indices = indices_in(expressions, atom);
    if (std::find(indices.begin(), indices.end(), index) != indices.end()) return irregular_cost;
  }
  const Dim coefficient = offset->coefficient_of(index);
  if (coefficient.is_constant(0)) return uniform_cost;
  if (coefficient.is_constant(1)) return contiguous_cost;
  const std::optional<int64_t> stride = coefficient.constant();
  return stride && *stride > 1 && *stride <= Machine::near_stride ? static_cast<double>(*stride)
                                                                  : strided_cost;
}

}  // namespace

double lane_cost(const Function& function, ValueId member, uint32_t index, const Dim& extent,
                 const Machine& machine) {
  const Compute& compute = *fuse::compute_of(function, member);
  const Expressions& expressions = function.expressions;
  double cost = access_cost(function, compute.write, function.type_of(member).shape, index);
  for (const ExprId id : fuse::reads_of(expressions, compute))
    cost +=
        access_cost(function, expressions[id].operands, function.type_of(expressions[id].value).shape, index);
  const int lanes = machine.lanes(ElementType::f32);
  const int64_t used = std::clamp<int64_t>(extent.constant().value_or(lanes), 1, lanes);
  return cost * lanes / static_cast<double>(used);
}

std::optional<LaneChoice> choose_lanes(const Function& function, const std::vector<ValueId>& members,
                                       const std::vector<uint32_t>& indices, const std::vector<Dim>& extents,
                                       const Machine& machine) {
  std::optional<LaneChoice> best;
  for (const uint32_t index : indices) {
    if (extents[index].is_constant(1) || extents[index].is_constant(0)) continue;
    double cost = 0;
    for (const ValueId member : members) cost += lane_cost(function, member, index, extents[index], machine);
    if (!best || cost <= best->cost) best = LaneChoice{index, cost};
  }
  return best;
}

int reduction_vectors(const Function& function, ValueId member) {
  const int cost = graph::cost_of(function.expressions, fuse::compute_of(function, member)->body);
  return cost >= 8 ? 1 : cost >= 4 ? 2 : 4;
}

int tile_lanes(const Dim& extent, int vectors, const Machine& machine) {
  const int lanes = machine.lanes(ElementType::f32);
  if (const std::optional<int64_t> known = extent.constant())
    vectors = static_cast<int>(std::clamp<int64_t>((*known + lanes - 1) / lanes, 1, vectors));
  return lanes * vectors;
}

}  // namespace kiln::kernel
