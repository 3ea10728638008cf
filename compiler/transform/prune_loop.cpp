#include "transform/prune_loop.h"

#include "transform/copy_function.h"
#include "transform/remove_dead.h"

namespace kiln::transform {

using graph::Function;
using graph::Loop;
using graph::ValueId;

namespace {

/// The body with these outputs alone, and what only they and checks need.
Function with_outputs(const Function& body, const std::vector<bool>& kept) {
  Function result = body;
  result.outputs.clear();
  result.output_names.clear();
  for (size_t k = 0; k < kept.size(); ++k) {
    if (!kept[k]) continue;
    result.outputs.push_back(body.outputs[k]);
    result.output_names.push_back(body.output_names[k]);
  }
  return remove_dead(result);
}

std::vector<bool> read_inputs(const Function& body) {
  std::vector<bool> read(body.values.size());
  for (const graph::Node& node : body.nodes)
    for (ValueId operand : graph::operands_of(body, node)) read[operand.number] = true;
  for (ValueId output : body.outputs) read[output.number] = true;
  std::vector<bool> found;
  for (ValueId input : body.inputs) found.push_back(read[input.number]);
  return found;
}

}  // namespace

size_t result_of_output(const Loop& loop, size_t output) {
  return loop.go_on && output > loop.carried_count ? output - 1 : output;
}

PrunedLoop prune_loop(const Loop& loop, const std::vector<bool>& needed) {
  const Function& body = *loop.body;
  std::vector<bool> kept(body.outputs.size());
  for (size_t k = 0; k < kept.size(); ++k)
    kept[k] = (loop.go_on && k == loop.carried_count) || needed[result_of_output(loop, k)];
  Function pruned;
  std::vector<bool> read;
  for (bool grew = true; grew;) {
    grew = false;
    pruned = with_outputs(body, kept);
    read = read_inputs(pruned);
    for (size_t k = 0; k < loop.carried_count; ++k) {
      if (!read[k] || kept[k]) continue;
      kept[k] = true;
      grew = true;
    }
  }
  PrunedLoop result;
  Function trimmed = without_nodes(pruned);
  FunctionCopy copy(pruned, trimmed);
  for (size_t i = 0; i < body.inputs.size(); ++i) {
    const bool is_carried = i < loop.carried_count;
    if (!(is_carried ? kept[i] : read[i])) continue;
    result.inputs.push_back(i);
    if (is_carried) ++result.carried_count;
    copy.copy(pruned.node_of(pruned.inputs[i]));
  }
  for (const graph::Node& node : pruned.nodes)
    if (!std::holds_alternative<graph::Input>(node.op)) copy.copy(node);
  copy.copy_outputs();
  for (size_t k = 0; k < kept.size(); ++k)
    if (kept[k]) result.outputs.push_back(k);
  result.body = std::make_shared<const Function>(std::move(trimmed));
  return result;
}

}  // namespace kiln::transform
