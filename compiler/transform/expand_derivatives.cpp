#include "transform/expand_derivatives.h"

#include "base/internal_check.h"
#include "graph/loop_limits.h"
#include "transform/copy_function.h"
#include "transform/forward_mode.h"
#include "transform/linearize.h"
#include "transform/placeholders.h"
#include "transform/remove_dead.h"
#include "transform/ruled_calls.h"
#include "transform/split_checkpoints.h"
#include "transform/transpose.h"

namespace kiln::transform {

using graph::Builder;
using graph::Function;
using graph::ValueId;

namespace {

/// The body copied, without its outputs; `values` gives where its values went.
Function copy_body(const Function& body, std::vector<ValueId>& inputs, std::vector<ValueId>& outputs) {
  Function result = without_nodes(body);
  FunctionCopy copy(body, result);
  for (const graph::Node& node : body.nodes) copy.copy(node);
  for (const ValueId input : body.inputs) inputs.push_back(copy.at(input));
  for (size_t k = 0; k < body.outputs.size(); ++k) {
    outputs.push_back(copy.at(body.outputs[k]));
    copy.builder().output(outputs.back(), k < body.output_names.size() ? body.output_names[k] : "");
  }
  return result;
}

/// The body in the place of a node, with the first of these operands for its inputs.
void inline_function(FunctionCopy& target, const Function& inlined, const graph::Node& node,
                     const std::vector<ValueId>& operands, Function& result) {
  internal_check(inlined.inputs.size() <= operands.size(), "a node's operands match its body's inputs");
  internal_check(inlined.outputs.size() == node.results.size(), "a node's results match its body");
  std::vector<ValueId> inputs;
  for (size_t k = 0; k < inlined.inputs.size(); ++k) inputs.push_back(target.at(operands[k]));
  const std::vector<ValueId> outputs = append_body(result, inlined, inputs);
  for (size_t k = 0; k < node.results.size(); ++k) {
    target.set(node.results[k], outputs[k]);
    target.describe(node.results[k], outputs[k]);
  }
}

}  // namespace

Function forward_of(const Function& body, uint32_t wrt_count, const std::vector<uint32_t>& seeded) {
  std::vector<bool> active(body.inputs.size());
  std::fill(active.begin(), active.begin() + wrt_count, true);
  ForwardBody forward = forward_body(body, body.inputs.size(), active);
  Function& result = forward.function;
  for (size_t k = 0; k < body.outputs.size(); ++k)
    Builder(result).output(forward.outputs[k], k < body.output_names.size() ? body.output_names[k] : "");
  for (const uint32_t position : seeded) {
    const ValueId tangent = forward.tangents[position];
    Builder(result).output(
        tangent.valid() ? tangent : zeros(result, result.type_of(forward.outputs[position])), "");
  }
  return remove_dead(result);
}

Function reverse_of(const Function& body, uint32_t wrt_count, const std::vector<uint32_t>& seeded) {
  std::vector<ValueId> inputs, outputs;
  Function result = copy_body(split_checkpoints(body), inputs, outputs);
  const size_t forward_nodes = result.nodes.size();
  for (graph::Value& value : result.values) value.is_backward = false;  // of a derivative in the block
  // What does not reach the seeded outputs gets no tangent: it may be a loop without a limit.
  const std::vector<bool> needed = graph::needed_values(result, seeded);
  std::vector<ValueId> arriving;
  for (const uint32_t position : seeded) {
    const graph::Value like = result[outputs[position]];
    arriving.push_back(Builder(result).input(like.name + "_bar", like.type));
  }
  Tangents tangents;
  std::vector<ValueId> roots;
  for (uint32_t k = 0; k < wrt_count; ++k) {
    roots.push_back(placeholder(result, inputs[k]));
    if (is_float(result.type_of(inputs[k]).element)) tangents[inputs[k]] = roots.back();
  }
  const size_t first_linear = result.nodes.size();
  linearize(result, forward_nodes, tangents, &needed);

  // An output may be seeded twice, or be an input.
  std::map<ValueId, std::vector<ValueId>> seeds;
  for (size_t k = 0; k < seeded.size(); ++k) {
    const auto found = tangents.find(outputs[seeded[k]]);
    if (found != tangents.end()) seeds[found->second].push_back(arriving[k]);
  }
  const size_t forward_values = result.values.size();
  const std::vector<ValueId> cotangents = transpose(result, first_linear, roots, seeds);
  for (size_t value = forward_values; value < result.values.size(); ++value)
    result.values[value].is_backward = true;
  for (uint32_t k = 0; k < wrt_count; ++k) {
    const ValueId cotangent =
        cotangents[k].valid() ? cotangents[k] : zeros(result, result.type_of(inputs[k]));
    Builder(result).output(cotangent, "");
  }
  return remove_dead(result);
}

namespace {

Function expand_nested(const Function& function) {
  Function result = without_nodes(function);
  FunctionCopy copy(function, result);
  for (const graph::Node& node : function.nodes) {
    const auto* derivative = std::get_if<graph::Derivative>(&node.op);
    if (derivative == nullptr) {
      copy.copy(node, expand_nested);
      continue;
    }
    const Function body = expand_nested(*derivative->body);
    const Function inlined = derivative->mode == graph::Derivative::Mode::reverse
                                 ? reverse_of(body, derivative->wrt_count, derivative->seeded)
                                 : forward_of(body, derivative->wrt_count, derivative->seeded);
    inline_function(copy, inlined, node, derivative->operands, result);
  }
  copy.copy_outputs();
  return remove_dead(result);
}

}  // namespace

namespace {

/// Without what only derivatives heed: calls with own rules become what they call.
Function without_stops(const Function& expanded) {
  Function result = without_nodes(expanded);
  FunctionCopy copy(expanded, result);
  for (const graph::Node& node : expanded.nodes) {
    internal_check(!std::holds_alternative<graph::RuledTangent>(node.op),
                   "a forward derivative went through a reverse rule");
    if (const auto* stop = std::get_if<graph::StopGradient>(&node.op)) {
      copy.set(node.results[0], copy.at(stop->operand));
    } else if (const auto* call = std::get_if<graph::RuledCall>(&node.op)) {
      inline_function(copy, without_stops(*call->body), node, call->operands, result);
    } else if (const auto* loop = std::get_if<graph::Loop>(&node.op);
               loop != nullptr && !loop->checkpoints.empty()) {
      graph::Node plain = node;
      std::get<graph::Loop>(plain.op).checkpoints.clear();
      copy.copy(plain, without_stops);
    } else {
      copy.copy(node, without_stops);
    }
  }
  copy.copy_outputs();
  return result;
}

}  // namespace

Function expand_within(const Function& function) { return expand_nested(function); }

Function expand_derivatives(const Function& function) { return without_stops(expand_nested(function)); }

}  // namespace kiln::transform
