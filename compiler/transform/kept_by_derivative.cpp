#include "transform/kept_by_derivative.h"

#include <algorithm>

#include "graph/loop_limits.h"
#include "transform/linearize.h"
#include "transform/placeholders.h"

namespace kiln::transform {

using graph::Function;
using graph::ValueId;

BlockReads reads_of_derivative(const Function& block, uint32_t wrt_count,
                               const std::vector<uint32_t>& seeded) {
  BlockReads reads;
  Function& function = reads.function;
  function = block;
  reads.forward_nodes = function.nodes.size();
  std::vector<bool> needed = graph::needed_values(function, seeded);
  std::vector<bool> linear(function.values.size());
  Tangents tangents;
  for (uint32_t k = 0; k < wrt_count; ++k) {
    if (!is_float(function.type_of(function.inputs[k]).element)) continue;
    const ValueId seed = placeholder(function, function.inputs[k]);
    tangents[function.inputs[k]] = seed;
    linear.resize(function.values.size());
    linear[seed.number] = true;
  }
  for (uint32_t node = 0; node < reads.forward_nodes; ++node) {
    const size_t begin = function.nodes.size();
    linearize(function, node, node + 1, tangents, &needed);
    linear.resize(function.values.size());
    std::vector<ValueId>& read = reads.read_for[node];
    for (size_t n = begin; n < function.nodes.size(); ++n) {
      const std::vector<ValueId> operands = graph::operands_of(function, function.nodes[n]);
      const bool is_linear = std::any_of(operands.begin(), operands.end(),
                                         [&](ValueId operand) { return linear[operand.number]; });
      if (!is_linear) {
        reads.made_for[static_cast<uint32_t>(n)] = node;
        continue;
      }
      for (const ValueId result : function.nodes[n].results) linear[result.number] = true;
      for (const ValueId operand : operands)
        if (!linear[operand.number] && std::find(read.begin(), read.end(), operand) == read.end())
          read.push_back(operand);
    }
    for (const ValueId value : read)
      if (std::find(reads.read.begin(), reads.read.end(), value) == reads.read.end())
        reads.read.push_back(value);
  }
  return reads;
}

}  // namespace kiln::transform
