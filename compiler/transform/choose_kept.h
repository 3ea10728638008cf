#pragma once

#include <functional>
#include <optional>
#include <set>
#include <vector>

#include "graph/graph.h"

namespace kiln::transform {

/// What it costs to have values of a forward computation when a backward one needs them, in the units of
/// graph/cost.h: an addition of one element is 1.
struct KeepingCosts {
  std::function<int64_t(graph::ValueId)> keep;       // 0: at hand anyway; FlowNetwork::unlimited: impossible
  std::function<int64_t(const graph::Node&)> again;  // to make all its results once more
};

struct Kept {
  std::vector<graph::ValueId> values;  // in the order of the function; with those at hand anyway
  std::set<uint32_t> made_again;       // nodes
};

/// Chooses what is kept and what is made again, from what is kept, so that all of `read` is there, for the
/// least sum: a minimum cut of the network in which a value is an edge from its node to its readers (as
/// capacity what it costs to keep it), and each node hangs on the source by what it costs to make it again.
/// Where two choices cost the same, less is made again. Nothing if there is no way.
std::optional<Kept> choose_kept(const graph::Function& function, const std::vector<graph::ValueId>& read,
                                const KeepingCosts& costs);

/// Writing a value to memory and reading it back; dims are guessed.
int64_t cost_of_keeping(const graph::Type& type);
/// Making a map again; nothing for other nodes.
std::optional<int64_t> cost_of_map(const graph::Function& function, const graph::Node& node);
/// The product of the extents, where dims are guessed.
int64_t volume_of(const std::vector<dim::Dim>& shape);

}  // namespace kiln::transform
