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

/// `needed`: the values that matter; null: all of them.
std::optional<Span> find(const Function& function, const std::vector<bool>& inputs,
                         const std::vector<bool>* needed) {
  const std::vector<bool> active = active_values(function, inputs);
  const auto matters = [&](const Node& node) {
    return needed == nullptr || std::any_of(node.results.begin(), node.results.end(),
                                            [&](ValueId id) { return (*needed)[id.number]; });
  };
  const auto flags = [&](const std::vector<ValueId>& operands, size_t count) {
    std::vector<bool> of_inputs;
    for (size_t i = 0; i < count; ++i) of_inputs.push_back(active[operands[i].number]);
    return of_inputs;
  };
  for (const Node& node : function.nodes) {
    if (!matters(node)) continue;
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
    if (const std::optional<Span> found = find(*body, reached, nullptr)) return found;
  }
  return std::nullopt;
}

}  // namespace

std::optional<Span> loop_without_limit(const Function& function, uint32_t wrt_count,
                                       const std::vector<uint32_t>& seeded) {
  std::vector<bool> inputs(function.inputs.size());
  std::fill(inputs.begin(), inputs.begin() + std::min<size_t>(wrt_count, inputs.size()), true);
  const std::vector<bool> needed = needed_values(function, seeded);
  return find(function, inputs, &needed);
}

std::vector<bool> needed_values(const Function& function, const std::vector<uint32_t>& outputs) {
  std::vector<bool> needed(function.values.size());
  const auto need = [&](ValueId id) {
    if (is_float(function.type_of(id).element)) needed[id.number] = true;
  };
  for (const uint32_t output : outputs) need(function.outputs[output]);
  for (auto node = function.nodes.rbegin(); node != function.nodes.rend(); ++node) {
    const bool matters = std::any_of(node->results.begin(), node->results.end(),
                                     [&](ValueId id) { return needed[id.number]; });
    if (!matters || std::holds_alternative<StopGradient>(node->op)) continue;
    for (const ValueId operand : operands_of(function, *node)) need(operand);
  }
  return needed;
}

std::vector<Span> endless_loops(const Function& function) {
  std::vector<Span> places;
  for (const Node& node : function.nodes) {
    const Function* body = nullptr;
    if (const auto* derivative = std::get_if<Derivative>(&node.op)) body = derivative->body.get();
    if (const auto* loop = std::get_if<Loop>(&node.op)) {
      body = loop->body.get();
      if (loop->go_on && !loop->limit && !loop->rounds) places.push_back(node.span);
    }
    if (body == nullptr) continue;
    for (const Span place : endless_loops(*body)) places.push_back(place);
  }
  return places;
}

}  // namespace kiln::graph
