#include "graph/loop_limits.h"

#include <algorithm>

#include "graph/active_values.h"

namespace kiln::graph {
namespace {

/// `needed`: the values that matter; null: all of them.
std::optional<Span> find(const Function& function, const std::vector<bool>& inputs,
                         const std::vector<bool>* needed) {
  const std::vector<bool> active = active_values(function, inputs);
  const auto matters = [&](const Node& node) {
    return needed == nullptr || std::any_of(node.results.begin(), node.results.end(),
                                            [&](ValueId id) { return (*needed)[id.number]; });
  };
  for (const Node& node : function.nodes) {
    if (!matters(node)) continue;
    std::vector<bool> reached;
    const Function* body = nullptr;
    if (const auto* derivative = std::get_if<Derivative>(&node.op)) {
      body = derivative->body.get();
      reached = flags_of(active, derivative->operands, body->inputs.size());
    } else if (const auto* loop = std::get_if<Loop>(&node.op)) {
      body = loop->body.get();
      reached = flags_of(active, loop->operands, body->inputs.size());
      if (std::find(reached.begin(), reached.end(), true) == reached.end()) continue;
      for (size_t k = 0; k < loop->carried_count; ++k)
        reached[k] = is_float(body->type_of(body->inputs[k]).element);
      if (!loop->limit && loop->carried_count > 0 &&
          std::any_of(node.results.begin(), node.results.end(),
                      [&](ValueId id) { return active[id.number]; }))
        return node.span;
    } else if (const auto* call = std::get_if<RuledCall>(&node.op);
               call != nullptr && call->mode == Derivative::Mode::forward) {
      body = call->rule.get();  // transposed in the place of the call; what the call itself does is not
      reached.resize(body->inputs.size());
      for (size_t k = 0; k < call->active.size(); ++k)
        reached[call->argument_count + k] = active[call->operands[call->active[k]].number];
    }
    if (body == nullptr) continue;
    if (const std::optional<Span> found = find(*body, reached, nullptr)) return found;
  }
  return std::nullopt;
}

}  // namespace

std::optional<Span> loop_without_limit(const Function& function, uint32_t wrt_count,
                                       const std::vector<uint32_t>& seeded) {
  const std::vector<bool> needed = needed_values(function, seeded);
  return find(function, first_inputs(function, wrt_count), &needed);
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
    if (const auto* call = std::get_if<RuledCall>(&node.op)) body = call->body.get();
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
