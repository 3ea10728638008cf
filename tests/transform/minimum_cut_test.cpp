// The minimum cut against all cuts of small random networks, and what it does at its limits.
#include "transform/minimum_cut.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace kiln::transform {
namespace {

struct Edge {
  uint32_t from, to;
  int64_t capacity;
};

FlowNetwork network_of(uint32_t vertices, const std::vector<Edge>& edges) {
  FlowNetwork network;
  for (uint32_t i = 0; i < vertices; ++i) network.add_vertex();
  for (const Edge& edge : edges) network.add_edge(edge.from, edge.to, edge.capacity);
  return network;
}

int64_t capacity_of(const std::vector<Edge>& edges, const std::vector<bool>& source_side) {
  int64_t sum = 0;
  for (const Edge& edge : edges)
    if (source_side[edge.from] && !source_side[edge.to]) sum += edge.capacity;
  return sum;
}

TEST(MinimumCut, IsTheLeastOfAllCuts) {
  std::mt19937 random(7);
  const auto below = [&](uint32_t n) { return static_cast<uint32_t>(random() % n); };
  for (int trial = 0; trial < 2000; ++trial) {
    const uint32_t vertices = 2 + below(8);
    std::vector<Edge> edges;
    for (uint32_t k = below(20); k-- > 0;)
      edges.push_back({below(vertices), below(vertices), static_cast<int64_t>(below(10))});
    const FlowNetwork::Cut cut = network_of(vertices, edges).minimum_cut(0, 1);
    int64_t least = FlowNetwork::unlimited;
    size_t most_on_the_side_of_the_source = 0;
    for (uint32_t set = 0; set < (1U << vertices); ++set) {
      if ((set & 1U) == 0 || (set & 2U) != 0) continue;
      std::vector<bool> side(vertices);
      size_t count = 0;
      for (uint32_t i = 0; i < vertices; ++i) {
        side[i] = ((set >> i) & 1U) != 0;
        count += side[i] ? 1 : 0;
      }
      const int64_t capacity = capacity_of(edges, side);
      if (capacity < least) most_on_the_side_of_the_source = 0;
      least = std::min(least, capacity);
      if (capacity == least) most_on_the_side_of_the_source = std::max(most_on_the_side_of_the_source, count);
    }
    ASSERT_EQ(cut.capacity, least) << "trial " << trial;
    ASSERT_EQ(capacity_of(edges, cut.source_side), least) << "trial " << trial;
    ASSERT_EQ(std::count(cut.source_side.begin(), cut.source_side.end(), true),
              static_cast<int64_t>(most_on_the_side_of_the_source))
        << "the cut nearest to the sink, trial " << trial;
  }
}

TEST(MinimumCut, TakesNoEdgeWithoutLimit) {
  const int64_t unlimited = FlowNetwork::unlimited;
  const FlowNetwork::Cut cut =
      network_of(4, {{0, 2, unlimited}, {2, 3, 5}, {3, 1, unlimited}, {2, 1, 4}}).minimum_cut(0, 1);
  EXPECT_EQ(cut.capacity, 9);
  EXPECT_EQ(cut.source_side, (std::vector<bool>{true, false, true, false}));
  EXPECT_EQ(network_of(3, {{0, 2, unlimited}, {2, 1, unlimited}}).minimum_cut(0, 1).capacity, unlimited);
}

TEST(MinimumCut, OfALongChainIsFound) {
  std::vector<Edge> edges = {{0, 2, 9}};
  const uint32_t length = 20000;
  for (uint32_t k = 2; k < length; ++k) edges.push_back({k, k + 1, k == 777 ? 3 : 9});
  edges.push_back({length, 1, 9});
  const FlowNetwork::Cut cut = network_of(length + 1, edges).minimum_cut(0, 1);
  EXPECT_EQ(cut.capacity, 3);
  EXPECT_TRUE(cut.source_side[777]);
  EXPECT_FALSE(cut.source_side[778]);
}

}  // namespace
}  // namespace kiln::transform
