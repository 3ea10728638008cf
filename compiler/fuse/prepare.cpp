#include "fuse/prepare.h"

#include <algorithm>
#include <set>

#include "base/internal_check.h"
#include "fuse/changed_points.h"
#include "fuse/shape.h"
#include "fuse/split_residues.h"
#include "fuse/split_writes.h"
#include "fuse/unit_axes.h"
#include "graph/import_expression.h"

namespace kiln::fuse {

using namespace graph;

namespace {

/// Where stop_gradient nodes lead.
class Aliases {
 public:
  explicit Aliases(const Function& function) {
    for (uint32_t i = 0; i < function.values.size(); ++i) targets_.push_back(ValueId{i});
    for (const Node& node : function.nodes)
      if (const auto* op = std::get_if<StopGradient>(&node.op))
        targets_[node.results[0].number] = targets_[op->operand.number];
  }
  ValueId operator[](ValueId value) const { return value.valid() ? targets_[value.number] : value; }

 private:
  std::vector<ValueId> targets_;  // operands stand before users, so one step is enough
};

void renumber(Function& function) {
  for (Value& value : function.values) value.node = UINT32_MAX;
  for (uint32_t i = 0; i < function.nodes.size(); ++i)
    for (const ValueId result : function.nodes[i].results) function.values[result.number].node = i;
}

void rewrite(Compute& compute, ExpressionImporter& importer) {
  compute.write = importer.import(compute.write);
  compute.guard = importer.import(compute.guard);
  compute.body = importer.import(compute.body);
}

ValueId add_copy(Function& function, ValueId value, const std::string& name) {
  Builder builder(function);
  const Type type = function.type_of(value);
  std::vector<ExprId> indices;
  for (uint32_t i = 0; i < type.shape.size(); ++i) indices.push_back(function.expressions.index(i));
  return builder.map(type.shape, function.expressions.read(value, type.element, indices), name);
}

/// A check's subject needs memory that nothing writes again: a compute of its own where it is a plain input
/// or constant.
void own_check_subjects(Function& function) {
  for (size_t i = 0; i < function.nodes.size(); ++i) {
    if (!std::holds_alternative<Check>(function.nodes[i].op)) continue;
    for (const bool greatest : {false, true}) {
      const auto& check = std::get<Check>(function.nodes[i].op);
      const ValueId value = greatest ? check.greatest : check.subject;
      if (!value.valid() || compute_of(function, value)) continue;
      const ValueId copy = add_copy(function, value, function[value].name);
      auto& moved = std::get<Check>(function.nodes[i].op);
      (greatest ? moved.greatest : moved.subject) = copy;
      const auto at = function.nodes.begin() + static_cast<std::ptrdiff_t>(i);
      std::rotate(at, function.nodes.end() - 1, function.nodes.end());
      renumber(function);
      ++i;  // the check has moved up by one
    }
  }
}

}  // namespace

Function prepare(const Function& given, const Bindings& bindings) {
  internal_check(
      bindings.inputs.size() == given.inputs.size() && bindings.outputs.size() == given.outputs.size(),
      "the bindings of a plan name every input and output");
  Function function = given;
  const Aliases aliases(given);
  ImportRules rules;
  rules.value = [&](ValueId value) { return aliases[value]; };
  const Expressions from = function.expressions;
  ExpressionImporter importer(from, function.expressions, rules);
  for (Node& node : function.nodes) {
    if (auto* compute = std::get_if<Compute>(&node.op)) rewrite(*compute, importer);
    if (auto* sort = std::get_if<Sort>(&node.op)) sort->operand = aliases[sort->operand];
    if (auto* loop = std::get_if<Loop>(&node.op)) {
      for (ValueId& operand : loop->operands) operand = aliases[operand];
      if (loop->rounds) loop->rounds = aliases[*loop->rounds];
      if (loop->go_on) loop->go_on = aliases[*loop->go_on];
    }
    if (auto* check = std::get_if<Check>(&node.op)) {
      check->subject = aliases[check->subject];
      check->greatest = aliases[check->greatest];
    }
    internal_check(!std::holds_alternative<Derivative>(node.op),
                   "a derivative reached the kernels unexpanded");
  }
  std::set<ValueId> taken;
  for (size_t i = 0; i < function.outputs.size(); ++i) {
    ValueId& value = function.outputs[i];
    value = aliases[value];
    bool own = !std::holds_alternative<Constant>(function.node_of(value).op) && !taken.contains(value);
    for (size_t input = 0; input < function.inputs.size(); ++input)
      if (function.inputs[input] == value) own = bindings.inputs[input] == bindings.outputs[i];
    if (!own) value = add_copy(function, value, function.output_names[i]);
    taken.insert(value);
  }
  own_check_subjects(function);
  drop_unit_axes(function, bindings);
  split_residues(function);
  split_joined_writes(function);
  order_axes_as_read(function);
  remove_dead(function);
  negate_subtracted_sums(function);
  return function;
}

void remove_dead(Function& function) {
  std::vector<bool> needed(function.values.size(), false);
  for (const ValueId value : function.outputs) needed[value.number] = true;
  std::vector<Node> kept;
  for (size_t i = function.nodes.size(); i-- > 0;) {
    Node& node = function.nodes[i];
    bool keep = std::holds_alternative<Input>(node.op) || has_effect(node);
    for (const ValueId result : node.results) keep = keep || needed[result.number];
    if (std::holds_alternative<Print>(node.op) || std::holds_alternative<StopGradient>(node.op)) keep = false;
    if (!keep) continue;
    for (const ValueId operand : operands_of(function, node)) needed[operand.number] = true;
    kept.push_back(std::move(node));
  }
  function.nodes.assign(std::make_move_iterator(kept.rbegin()), std::make_move_iterator(kept.rend()));
  renumber(function);
}

}  // namespace kiln::fuse
