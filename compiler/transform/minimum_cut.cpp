#include "transform/minimum_cut.h"

#include <algorithm>

namespace kiln::transform {

uint32_t FlowNetwork::add_vertex() {
  from_.emplace_back();
  return static_cast<uint32_t>(from_.size() - 1);
}

void FlowNetwork::add_edge(uint32_t from, uint32_t to, int64_t capacity) {
  from_[from].push_back(static_cast<uint32_t>(edges_.size()));
  edges_.push_back({to, std::min(capacity, unlimited)});
  from_[to].push_back(static_cast<uint32_t>(edges_.size()));
  edges_.push_back({from, 0});
}

bool FlowNetwork::find_levels(uint32_t source, uint32_t sink) {
  levels_.assign(from_.size(), -1);
  levels_[source] = 0;
  std::vector<uint32_t> reached = {source};
  for (size_t i = 0; i < reached.size(); ++i)
    for (const uint32_t edge : from_[reached[i]]) {
      const uint32_t to = edges_[edge].to;
      if (edges_[edge].left == 0 || levels_[to] >= 0) continue;
      levels_[to] = levels_[reached[i]] + 1;
      reached.push_back(to);
    }
  return levels_[sink] >= 0;
}

/// Along one path by levels, as much as it takes; 0 if there is none. With a path of its own instead of
/// recursion: networks are as deep as functions are long.
int64_t FlowNetwork::push(uint32_t source, uint32_t sink) {
  std::vector<uint32_t> path;  // edges
  uint32_t at = source;
  while (at != sink) {
    bool goes_on = false;
    for (; next_[at] < from_[at].size(); ++next_[at]) {
      const uint32_t edge = from_[at][next_[at]];
      if (edges_[edge].left == 0 || levels_[edges_[edge].to] != levels_[at] + 1) continue;
      path.push_back(edge);
      at = edges_[edge].to;
      goes_on = true;
      break;
    }
    if (goes_on) continue;
    if (path.empty()) return 0;
    at = edges_[path.back() ^ 1U].to;  // no way on from here: back, and past this edge
    path.pop_back();
    ++next_[at];
  }
  int64_t flow = unlimited;
  for (const uint32_t edge : path) flow = std::min(flow, edges_[edge].left);
  for (const uint32_t edge : path) {
    if (edges_[edge].left < unlimited) edges_[edge].left -= flow;
    int64_t& back = edges_[edge ^ 1U].left;
    back = std::min(unlimited, back + flow);
  }
  return flow;
}

FlowNetwork::Cut FlowNetwork::minimum_cut(uint32_t source, uint32_t sink) {
  Cut cut;
  cut.source_side.assign(from_.size(), true);
  while (cut.capacity < unlimited && find_levels(source, sink)) {
    next_.assign(from_.size(), 0);
    while (cut.capacity < unlimited) {
      const int64_t flow = push(source, sink);
      if (flow == 0) break;
      cut.capacity = std::min(unlimited, cut.capacity + flow);
    }
  }
  // The other side: what still leads to the sink.
  cut.source_side[sink] = false;
  std::vector<uint32_t> reached = {sink};
  for (size_t i = 0; i < reached.size(); ++i)
    for (const uint32_t edge : from_[reached[i]]) {
      const uint32_t to = edges_[edge].to;
      if (edges_[edge ^ 1U].left == 0 || !cut.source_side[to]) continue;
      cut.source_side[to] = false;
      reached.push_back(to);
    }
  return cut;
}

}  // namespace kiln::transform
