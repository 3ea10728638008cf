#pragma once

#include <map>
#include <string>
#include <vector>

#include "graph/graph.h"

namespace kiln::fuse {

/// New nodes, by the position of the node before which they are to stand, or behind the last one.
using NodesBefore = std::map<size_t, std::vector<graph::Node>>;

/// A value of a node that is yet to be inserted.
graph::ValueId add_value(graph::Function& function, graph::Type type, std::string name);
void insert_nodes(graph::Function& function, NodesBefore inserted);

}  // namespace kiln::fuse
