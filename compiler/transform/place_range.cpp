#include "transform/place_range.h"

#include <algorithm>

#include "graph/reducer.h"
#include "transform/point_facts.h"
#include "transform/write_map.h"

namespace kiln::transform {

std::optional<graph::ElementRange> place_range(const graph::Function& function, Folder& folder,
                                               const graph::Compute& compute) {
  if (!graph::row_of(compute.reducer).reports_index) return std::nullopt;
  PointFacts facts(function, folder);
  const std::vector<uint32_t> reduced = reduction_indices(folder.expressions(), compute);
  const bool finds_a_point =
      compute.guard.empty() && is_classical(folder.expressions(), compute) &&
      std::all_of(reduced.begin(), reduced.end(), [&](uint32_t index) {
        return facts.proves(dim::Condition::less_equal(1, compute.domain[index].extent));
      });
  return graph::ElementRange{finds_a_point ? 0 : -1, compute.domain[compute.reported].extent};
}

}  // namespace kiln::transform
