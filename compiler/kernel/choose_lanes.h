#pragma once

#include "graph/graph.h"
#include "kernel/machine.h"

namespace kiln::kernel {

/// What it costs to run one of `indices` of a compute along the vector lanes, for each point, roughly in
/// vector operations: loads and stores by their distance along that index, and lanes that a short extent
/// leaves idle.
double lane_cost(const graph::Function& function, graph::ValueId member, uint32_t index,
                 const dim::Dim& extent, const Machine& machine);

/// The cheapest of `indices` (later ones win ties), or nothing if there is none with more than one point.
struct LaneChoice {
  uint32_t index = 0;
  double cost = 0;
};
std::optional<LaneChoice> choose_lanes(const graph::Function& function,
                                       const std::vector<graph::ValueId>& members,
                                       const std::vector<uint32_t>& indices,
                                       const std::vector<dim::Dim>& extents, const Machine& machine);

/// Vectors of a reduction: as many sums as hide the latency of an addition, which a costly body does alone.
int reduction_vectors(const graph::Function& function, graph::ValueId member);

/// Lanes of a tile for an index of this extent: `vectors` registers of 4-byte elements, fewer for short
/// extents.
int tile_lanes(const dim::Dim& extent, int vectors, const Machine& machine);

}  // namespace kiln::kernel
