#include "transform/remove_dead.h"

#include "transform/copy_function.h"

namespace kiln::transform {

using graph::Function;
using graph::ValueId;

Function remove_dead(const Function& function) {
  std::vector<bool> live(function.values.size());
  for (const ValueId id : function.outputs) live[id.number] = true;
  for (const ValueId id : function.inputs) live[id.number] = true;
  std::vector<bool> kept(function.nodes.size());
  for (size_t n = function.nodes.size(); n-- > 0;) {
    const graph::Node& node = function.nodes[n];
    kept[n] = graph::has_effect(node);
    for (const ValueId id : node.results) kept[n] = kept[n] || live[id.number];
    if (!kept[n]) continue;
    for (const ValueId id : graph::operands_of(function, node)) live[id.number] = true;
  }
  Function result = without_nodes(function);
  FunctionCopy copy(function, result);
  for (size_t n = 0; n < function.nodes.size(); ++n) {
    if (kept[n]) copy.copy(function.nodes[n]);
  }
  copy.copy_outputs();
  return result;
}

}  // namespace kiln::transform
