#include "fuse/insert_nodes.h"

namespace kiln::fuse {

using namespace graph;

ValueId add_value(Function& function, Type type, std::string name) {
  Value value;
  value.type = std::move(type);
  value.name = std::move(name);
  function.values.push_back(std::move(value));
  return ValueId{static_cast<uint32_t>(function.values.size() - 1)};
}

void insert_nodes(Function& function, NodesBefore inserted) {
  if (inserted.empty()) return;
  std::vector<Node> nodes;
  for (size_t i = 0; i <= function.nodes.size(); ++i) {
    if (const auto before = inserted.find(i); before != inserted.end())
      for (Node& node : before->second) nodes.push_back(std::move(node));
    if (i < function.nodes.size()) nodes.push_back(std::move(function.nodes[i]));
  }
  function.nodes = std::move(nodes);
  for (uint32_t i = 0; i < function.nodes.size(); ++i)
    for (const ValueId result : function.nodes[i].results) function.values[result.number].node = i;
}

}  // namespace kiln::fuse
