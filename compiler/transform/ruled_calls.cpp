#include "transform/ruled_calls.h"

#include <algorithm>

#include "base/internal_check.h"
#include "transform/copy_function.h"
#include "transform/placeholders.h"

namespace kiln::transform {

using graph::Builder;
using graph::Function;
using graph::RuledCall;
using graph::RuledTangent;
using graph::ValueId;

namespace {

std::vector<ValueId> arguments_of(const RuledCall& call) {
  return {call.operands.begin(), call.operands.begin() + call.argument_count};
}

/// What the rule reads beside the arguments.
std::vector<ValueId> captured_by_rule(const RuledCall& call) {
  return {call.operands.begin() + static_cast<std::ptrdiff_t>(call.body->inputs.size()), call.operands.end()};
}

void append(std::vector<ValueId>& list, const std::vector<ValueId>& more) {
  list.insert(list.end(), more.begin(), more.end());
}

void apply_forward_rule(Function& function, const graph::Node& node, const RuledCall& call,
                        Tangents& tangents) {
  Tangents within;
  std::vector<ValueId> operands = arguments_of(call);
  for (const uint32_t position : call.active) {
    const ValueId argument = call.operands[position];
    operands.push_back(zeros(function, function.type_of(argument)));
    const auto found = tangents.find(argument);
    if (found != tangents.end()) within[operands.back()] = found->second;
  }
  append(operands, captured_by_rule(call));
  const size_t begin = function.nodes.size();
  const std::vector<ValueId> outputs = append_body(function, *call.rule, operands);
  linearize(function, begin, function.nodes.size(), within);
  for (size_t k = 0; k < call.seeded.size(); ++k) {
    const auto found = within.find(outputs[k]);
    if (found != within.end()) tangents[node.results[call.seeded[k]]] = found->second;
  }
}

void leave_to_reverse_rule(Function& function, const graph::Node& node, const RuledCall& call,
                           Tangents& tangents) {
  RuledTangent made;
  made.rule = call.rule;
  made.operands = arguments_of(call);
  append(made.operands, node.results);
  made.leading = static_cast<uint32_t>(made.operands.size());
  append(made.operands, captured_by_rule(call));
  for (const uint32_t position : call.active) {
    const ValueId argument = call.operands[position];
    const auto found = tangents.find(argument);
    made.operands.push_back(found != tangents.end() ? found->second
                                                    : zeros(function, function.type_of(argument)));
  }
  std::vector<graph::Type> types;
  for (const uint32_t position : call.seeded) types.push_back(function.type_of(node.results[position]));
  const std::vector<ValueId> results = Builder(function).ruled_tangent(std::move(made), types, node.span);
  for (size_t k = 0; k < call.seeded.size(); ++k) tangents[node.results[call.seeded[k]]] = results[k];
}

}  // namespace

std::vector<ValueId> append_body(Function& function, const Function& body,
                                 const std::vector<ValueId>& operands) {
  internal_check(body.inputs.size() == operands.size(), "operands match the inputs of what is appended");
  FunctionCopy copy(body, function);
  for (size_t k = 0; k < operands.size(); ++k) copy.set(body.inputs[k], operands[k]);
  for (const graph::Node& node : body.nodes)
    if (!std::holds_alternative<graph::Input>(node.op)) copy.copy(node);
  std::vector<ValueId> outputs;
  for (const ValueId output : body.outputs) outputs.push_back(copy.at(output));
  return outputs;
}

void linearize_ruled_call(Function& function, const graph::Node& node, Tangents& tangents) {
  const auto call = std::get<RuledCall>(node.op);
  const bool any = std::any_of(call.active.begin(), call.active.end(),
                               [&](uint32_t position) { return tangents.contains(call.operands[position]); });
  if (!any) return;
  if (call.mode == graph::Derivative::Mode::forward)
    apply_forward_rule(function, node, call, tangents);
  else
    leave_to_reverse_rule(function, node, call, tangents);
}

std::vector<CotangentPart> transpose_ruled_tangent(Function& function, const graph::Node& node,
                                                   const std::vector<ValueId>& arriving) {
  const auto tangent = std::get<RuledTangent>(node.op);
  const size_t constants = tangent.operands.size() - tangent.rule->outputs.size();
  const auto at = [&](size_t k) { return tangent.operands.begin() + static_cast<std::ptrdiff_t>(k); };
  std::vector<ValueId> operands(at(0), at(tangent.leading));
  for (size_t k = 0; k < node.results.size(); ++k)
    operands.push_back(arriving[k].valid() ? arriving[k]
                                           : zeros(function, function.type_of(node.results[k])));
  operands.insert(operands.end(), at(tangent.leading), at(constants));
  const std::vector<ValueId> cotangents = append_body(function, *tangent.rule, operands);
  std::vector<CotangentPart> parts;
  for (size_t k = 0; k < cotangents.size(); ++k)
    parts.push_back({tangent.operands[constants + k], cotangents[k]});
  return parts;
}

}  // namespace kiln::transform
