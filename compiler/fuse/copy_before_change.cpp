#include "fuse/copy_before_change.h"

#include "fuse/insert_nodes.h"

namespace kiln::fuse {

using namespace graph;

namespace {

/// The results of loops that alternate between memories, and what they are if no round is made.
std::map<ValueId, ValueId> first_values(const Function& function,
                                        const std::map<uint32_t, LoopBody>& bodies) {
  std::map<ValueId, ValueId> first;
  for (const auto& [number, body] : bodies) {
    const Node& node = function.nodes[number];
    const auto& loop = std::get<Loop>(node.op);
    for (uint32_t i = 0; i < loop.carried_count; ++i)
      if (!body.in_place[i]) first.emplace(node.results[i], loop.operands[i]);
  }
  return first;
}

/// Whether the value is an input whose memory another value takes.
bool is_replaced(const Function& function, const Bindings& bindings, ValueId value, size_t but_for_output) {
  for (size_t input = 0; input < function.inputs.size(); ++input)
    if (function.inputs[input] == value)
      for (size_t i = 0; i < function.outputs.size(); ++i)
        if (i != but_for_output && bindings.outputs[i] == bindings.inputs[input] &&
            function.outputs[i] != value)
          return true;
  return false;
}

Node copy_of(Function& function, ValueId value) {
  Expressions& expressions = function.expressions;
  const Type type = function.type_of(value);
  Compute compute;
  for (const dim::Dim& extent : type.shape) {
    compute.write.push_back(expressions.index(static_cast<uint32_t>(compute.domain.size())));
    compute.domain.push_back({extent, ""});
  }
  compute.body = expressions.read(value, type.element, compute.write);
  const ValueId copy = add_value(function, type, function[value].name);
  return {std::move(compute), {copy}, function.node_of(value).span};
}

}  // namespace

void copy_before_change(Function& function, const Bindings& bindings, std::map<uint32_t, LoopBody>& bodies) {
  const std::map<ValueId, ValueId> first = first_values(function, bodies);
  NodesBefore inserted;
  for (size_t i = 0; i < function.outputs.size(); ++i) {
    const ValueId value = function.outputs[i];
    if (!first.contains(value)) continue;
    ValueId at = value;
    while (first.contains(at)) at = first.at(at);
    if (!is_replaced(function, bindings, at, i)) continue;
    // Right behind the loop, so that what is fused with it and changes the argument comes later.
    Node copy = copy_of(function, value);
    function.outputs[i] = copy.results[0];
    inserted[function[value].node + 1].push_back(std::move(copy));
  }
  if (inserted.empty()) return;
  std::map<ValueId, LoopBody> by_result;
  for (auto& [number, body] : bodies) by_result.emplace(function.nodes[number].results[0], std::move(body));
  bodies.clear();
  insert_nodes(function, std::move(inserted));
  for (auto& [result, body] : by_result) bodies.emplace(function[result].node, std::move(body));
}

}  // namespace kiln::fuse
