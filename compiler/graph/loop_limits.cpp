#include "graph/loop_limits.h"

#include <algorithm>

namespace kiln::graph {
namespace {

/// Which values are floats that depend on the chosen inputs. What stops gradients stops it.
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

std::optional<Span> find(const Function& function, const std::vector<bool>& inputs) {
  const std::vector<bool> active = active_values(function, inputs);
  const auto flags = [&](const std::vector<ValueId>& operands, size_t count) {
    std::vector<bool> of_inputs;
    for (size_t i = 0; i < count; ++i) of_inputs.push_back(active[operands[i].number]);
    return of_inputs;
  };
  for (const Node& node : function.nodes) {
    std::vector<bool> reached;
    const Function* body = nullptr;
    if (const auto* derivative = std::get_if<Derivative>(&node.op)) {
      body = derivative->body.get();
      reached = flags(derivative->operands, body->inputs.size());
    } else if (const auto* loop = std::get_if<Loop>(&node.op)) {
      body = loop->body.get();
      reached = flags(loop->operands, body->inputs.size());
      if (std::find(reached.begin(), reached.end(), true) == reached.end()) continue;
      for (size_t k = 0; k < loop->carried_count; ++k)
        reached[k] = is_float(body->type_of(body->inputs[k]).element);
      if (!loop->limit && loop->carried_count > 0 &&
          std::any_of(node.results.begin(), node.results.end(),
                      [&](ValueId id) { return active[id.number]; }))
        return node.span;
    }
    if (body == nullptr) continue;
    if (const std::optional<Span> found = find(*body, reached)) return found;
  }
  return std::nullopt;
}

}  // namespace

std::optional<Span> loop_without_limit(const Function& function, uint32_t wrt_count) {
  std::vector<bool> inputs(function.inputs.size());
  std::fill(inputs.begin(), inputs.begin() + std::min<size_t>(wrt_count, inputs.size()), true);
  return find(function, inputs);
}

}  // namespace kiln::graph
