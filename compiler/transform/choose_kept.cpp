#include "transform/choose_kept.h"

#include <algorithm>
#include <map>

#include "dim/guess.h"
#include "graph/cost.h"
#include "transform/minimum_cut.h"
#include "transform/write_map.h"

namespace kiln::transform {

using graph::Function;
using graph::ValueId;

namespace {

/// A pass over memory with a 32-bit element, there and back, costs as much as 8 additions (what the fusion
/// planner makes again rather than keeps, fuse/inline_maps.cpp).
constexpr int64_t cost_of_byte = 2;

int64_t times(int64_t a, int64_t b) {
  int64_t product = 0;
  return __builtin_mul_overflow(a, b, &product) ? FlowNetwork::unlimited - 1
                                                : std::min(product, FlowNetwork::unlimited - 1);
}

}  // namespace

std::optional<Kept> choose_kept(const Function& function, const std::vector<ValueId>& read,
                                const KeepingCosts& costs) {
  FlowNetwork network;
  const uint32_t source = network.add_vertex(), sink = network.add_vertex();
  std::map<uint32_t, uint32_t> nodes;     // vertices
  std::map<ValueId, uint32_t> available;  // vertices
  std::vector<ValueId> pending;
  const auto vertex_of = [&](ValueId value) {
    const auto [found, is_new] = available.emplace(value, 0);
    if (is_new) {
      found->second = network.add_vertex();
      pending.push_back(value);
    }
    return found->second;
  };
  for (const ValueId value : read) network.add_edge(vertex_of(value), sink, FlowNetwork::unlimited);
  while (!pending.empty()) {
    const ValueId value = pending.back();
    pending.pop_back();
    const uint32_t number = function[value].node;
    const graph::Node& node = function.nodes[number];
    const auto [found, is_new] = nodes.emplace(number, 0);
    if (is_new) {
      const uint32_t vertex = found->second = network.add_vertex();
      network.add_edge(source, vertex, costs.again(node));
      for (const ValueId operand : graph::operands_of(function, node))
        network.add_edge(vertex_of(operand), vertex, FlowNetwork::unlimited);
    }
    network.add_edge(nodes.at(number), available.at(value), costs.keep(value));
  }
  const FlowNetwork::Cut cut = network.minimum_cut(source, sink);
  if (cut.capacity >= FlowNetwork::unlimited) return std::nullopt;
  Kept kept;
  for (const auto& [number, vertex] : nodes)
    if (!cut.source_side[vertex]) kept.made_again.insert(number);
  for (const auto& [value, vertex] : available)
    if (cut.source_side[nodes.at(function[value].node)] && !cut.source_side[vertex])
      kept.values.push_back(value);
  return kept;
}

int64_t volume_of(const std::vector<dim::Dim>& shape) {
  int64_t volume = 1;
  for (const dim::Dim& extent : shape) volume = times(volume, std::max<int64_t>(0, dim::guess(extent)));
  return volume;
}

int64_t cost_of_keeping(const graph::Type& type) {
  return times(cost_of_byte * size_of(type.element), volume_of(type.shape));
}

std::optional<int64_t> cost_of_map(const Function& function, const graph::Node& node) {
  if (std::holds_alternative<graph::Constant>(node.op)) return 0;
  const auto* compute = std::get_if<graph::Compute>(&node.op);
  if (compute == nullptr || compute->reducer != graph::Reducer::assign ||
      !is_classical(function.expressions, *compute))
    return std::nullopt;
  return times(graph::cost_of(function.expressions, compute->body),
               volume_of(function.type_of(node.results[0]).shape));
}

}  // namespace kiln::transform
