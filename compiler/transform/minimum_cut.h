#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace kiln::transform {

/// A network of vertices and edges with capacities, and its minimum cut: the cheapest set of edges without
/// which nothing leads from the source to the sink. By maximum flow, along shortest paths level by level
/// (E. A. Dinic, 1970).
class FlowNetwork {
 public:
  /// The capacity of an edge that no cut may take.
  static constexpr int64_t unlimited = INT64_C(1) << 60;

  uint32_t add_vertex();
  /// Capacities are at least 0; those from `unlimited` on are unlimited.
  void add_edge(uint32_t from, uint32_t to, int64_t capacity);

  struct Cut {
    int64_t capacity = 0;           // `unlimited` if there is no cut
    std::vector<bool> source_side;  // of each vertex; of all minimum cuts, the one nearest to the sink
  };
  /// Uses the network up.
  Cut minimum_cut(uint32_t source, uint32_t sink);

 private:
  struct Edge {
    uint32_t to;
    int64_t left;
  };
  bool find_levels(uint32_t source, uint32_t sink);
  int64_t push(uint32_t source, uint32_t sink);

  std::vector<Edge> edges_;                  // an edge and the way back stand side by side
  std::vector<std::vector<uint32_t>> from_;  // by vertex: its edges
  std::vector<int64_t> levels_;              // distance from the source; -1: not reached
  std::vector<uint32_t> next_;               // by vertex: the first edge that may still lead on
};

}  // namespace kiln::transform
