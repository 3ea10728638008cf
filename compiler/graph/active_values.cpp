#include "graph/active_values.h"

#include <algorithm>

namespace kiln::graph {

std::vector<bool> active_values(const Function& function, const std::vector<bool>& inputs) {
  std::vector<bool> active(function.values.size());
  for (size_t i = 0; i < function.inputs.size(); ++i) active[function.inputs[i].number] = inputs[i];
  for (const Node& node : function.nodes) {
    if (std::holds_alternative<StopGradient>(node.op)) continue;
    const std::vector<ValueId> operands = operands_of(function, node);
    const bool reads_active =
        std::any_of(operands.begin(), operands.end(), [&](ValueId id) { return active[id.number]; });
    if (!reads_active) continue;
    for (ValueId result : node.results) active[result.number] = is_float(function.type_of(result).element);
  }
  return active;
}

std::vector<bool> flags_of(const std::vector<bool>& active, const std::vector<ValueId>& operands,
                           size_t count) {
  std::vector<bool> flags;
  for (size_t i = 0; i < count; ++i) flags.push_back(active[operands[i].number]);
  return flags;
}

std::vector<bool> first_inputs(const Function& function, size_t count) {
  std::vector<bool> flags(function.inputs.size());
  std::fill(flags.begin(), flags.begin() + static_cast<std::ptrdiff_t>(std::min(count, flags.size())), true);
  return flags;
}

}  // namespace kiln::graph
