#include "transform/linearize_loop.h"

#include <algorithm>
#include <set>

#include "base/internal_check.h"
#include "transform/choose_kept.h"
#include "transform/copy_function.h"
#include "transform/extent_values.h"
#include "transform/minimum_cut.h"
#include "transform/placeholders.h"
#include "transform/remove_dead.h"

namespace kiln::transform {

using graph::Builder;
using graph::Function;
using graph::Loop;
using graph::ValueId;

namespace {

bool mentions(const graph::Type& type, const std::string& symbol) {
  return std::any_of(type.shape.begin(), type.shape.end(),
                     [&](const dim::Dim& extent) { return extent.symbols().contains(symbol); });
}

/// The body with its linear nodes behind it.
struct LinearBody {
  Function function;
  size_t forward_nodes = 0;
  std::vector<ValueId> seeds;  // for each input the value that stands for its tangent, or an invalid id
  Tangents tangents;
  std::vector<bool> linear;  // by value

  bool is_linear(ValueId value) const { return linear[value.number]; }
  bool is_linear(const graph::Node& node) const {
    return std::any_of(node.results.begin(), node.results.end(), [&](ValueId id) { return is_linear(id); });
  }
};

/// Which carried values have tangents is a fixed point: a round may give one to a value that began without.
LinearBody linear_body(const Loop& loop, std::vector<bool>& active) {
  for (;;) {
    LinearBody made;
    made.function = *loop.body;
    Function& body = made.function;
    made.forward_nodes = body.nodes.size();
    for (size_t i = 0; i < body.inputs.size(); ++i) {
      made.seeds.push_back(active[i] ? placeholder(body, body.inputs[i]) : ValueId{});
      if (active[i]) made.tangents[body.inputs[i]] = made.seeds.back();
    }
    linearize(body, made.forward_nodes, made.tangents);
    bool grew = false;
    for (size_t k = 0; k < loop.carried_count; ++k) {
      if (active[k] || !made.tangents.contains(body.outputs[k])) continue;
      active[k] = true;
      grew = true;
    }
    if (grew) continue;
    made.linear.resize(body.values.size());
    for (ValueId seed : made.seeds)
      if (seed.valid()) made.linear[seed.number] = true;
    for (size_t n = made.forward_nodes; n < body.nodes.size(); ++n)
      for (ValueId operand : graph::operands_of(body, body.nodes[n]))
        if (made.is_linear(operand))
          for (ValueId result : body.nodes[n].results) made.linear[result.number] = true;
    return made;
  }
}

/// What the linear nodes read of the others, and where they have it from.
struct Residuals {
  std::vector<size_t> captured;   // positions among the inputs of the body
  std::vector<ValueId> stacked;   // one row for each round
  std::set<uint32_t> made_again;  // nodes
};

class FindResiduals {
 public:
  FindResiduals(const Function& around, const Loop& loop, const LinearBody& body)
      : outside_(around), loop_(loop), body_(body) {}

  Residuals find() {
    const Function& function = body_.function;
    std::vector<ValueId> read;
    for (size_t n = body_.forward_nodes; n < function.nodes.size(); ++n) {
      const graph::Node& node = function.nodes[n];
      if (!body_.is_linear(node)) continue;
      for (ValueId operand : graph::operands_of(function, node)) {
        if (body_.is_linear(operand)) continue;
        read.push_back(operand);
        // The transpose of a sum is summed over the rounds outside of the loop, from rows that are kept.
        if (!cost_of_map(function, node)) summed_.insert(operand);
      }
    }
    KeepingCosts costs;
    costs.keep = [&](ValueId value) { return cost_of_row(value); };
    costs.again = [&](const graph::Node& node) { return cost_of_again(node); };
    const std::optional<Kept> kept = choose_kept(function, read, costs);
    internal_check(kept.has_value(), "what a loop needs for its derivative can be kept or made again");
    Residuals residuals;
    residuals.made_again = kept->made_again;
    for (ValueId value : kept->values) {
      if (const auto position = captured_position(value)) {
        residuals.captured.push_back(*position);
      } else {
        residuals.stacked.push_back(value);
      }
    }
    return residuals;
  }

 private:
  std::optional<size_t> captured_position(ValueId value) const {
    const std::vector<ValueId>& inputs = body_.function.inputs;
    const auto place = std::find(inputs.begin() + loop_.carried_count, inputs.end(), value);
    if (place == inputs.end()) return std::nullopt;
    return static_cast<size_t>(place - inputs.begin());
  }

  bool is_input(ValueId value) const {
    return std::holds_alternative<graph::Input>(body_.function.node_of(value).op);
  }

  /// A stack stands outside of the loop, and has rows of one shape.
  bool may_be_stacked(ValueId value) const {
    const graph::Type& type = body_.function.type_of(value);
    return !mentions(type, loop_.counter) && outside_.is_type(type);
  }

  /// In one round.
  int64_t cost_of_row(ValueId value) const {
    if (captured_position(value)) return 0;
    if (is_input(value)) return loop_.recompute ? 0 : cost_of_keeping(body_.function.type_of(value));
    if (loop_.recompute || !may_be_stacked(value)) return FlowNetwork::unlimited;
    return cost_of_keeping(body_.function.type_of(value));
  }

  int64_t cost_of_again(const graph::Node& node) const {
    const Function& function = body_.function;
    if (std::holds_alternative<graph::Input>(node.op)) return FlowNetwork::unlimited;
    if (loop_.recompute || is_at_hand(node)) return 0;
    const std::optional<int64_t> cost = cost_of_map(function, node);
    const bool has_to = !std::all_of(node.results.begin(), node.results.end(),
                                     [&](ValueId result) { return may_be_stacked(result); });
    if (has_to) return cost.value_or(cost_of_keeping(function.type_of(node.results[0])));
    const bool is_summed = std::any_of(node.results.begin(), node.results.end(),
                                       [&](ValueId result) { return summed_.contains(result); });
    return is_summed ? FlowNetwork::unlimited : cost.value_or(FlowNetwork::unlimited);
  }

  /// A constant, or a map of captured values alone.
  bool is_at_hand(const graph::Node& node) const {
    if (std::holds_alternative<graph::Constant>(node.op)) return true;
    const auto* compute = std::get_if<graph::Compute>(&node.op);
    if (compute == nullptr || compute->reducer != graph::Reducer::assign) return false;
    const std::vector<ValueId> operands = graph::operands_of(body_.function, node);
    return std::all_of(operands.begin(), operands.end(),
                       [&](ValueId operand) { return captured_position(operand).has_value(); });
  }

  const ExtentValues outside_;
  const Loop& loop_;
  const LinearBody& body_;
  std::set<ValueId> summed_;
};

/// What is made again has been checked and printed before.
Function without_effects(const Function& given) {
  Function result = without_nodes(given);
  FunctionCopy copy(given, result);
  for (const graph::Node& node : given.nodes) {
    const bool is_effect =
        std::holds_alternative<graph::Check>(node.op) || std::holds_alternative<graph::Print>(node.op);
    if (!is_effect) copy.copy(node, without_effects);
  }
  copy.copy_outputs();
  return result;
}

/// The loop with the residuals as stacked outputs more; gives the stacks.
std::vector<ValueId> stack_residuals(Function& function, size_t number, const LinearBody& body,
                                     const std::vector<ValueId>& stacked) {
  auto loop = std::get<Loop>(function.nodes[number].op);
  Function primal = without_nodes(body.function);
  FunctionCopy copy(body.function, primal);
  for (const graph::Node& node : body.function.nodes)
    if (!body.is_linear(node)) copy.copy(node);
  copy.copy_outputs();
  for (ValueId value : stacked) copy.builder().output(copy.at(value), body.function[value].name);
  size_t place = loop.carried_count + loop.stacked_count();
  loop.body = std::make_shared<const Function>(remove_dead(primal));
  std::vector<ValueId> results = function.nodes[number].results;
  std::vector<ValueId> stacks;
  internal_check(stacked.empty() || loop.limit.has_value(),
                 "a loop whose rounds have no limit is differentiated");
  for (ValueId value : stacked) {
    graph::Value stack = body.function[value];
    stack.type.shape.insert(stack.type.shape.begin(), *loop.limit);
    const bool is_known = stack.range && !loop.counts_rounds() &&
                          !stack.range->low.symbols().contains(loop.counter) &&
                          !stack.range->high.symbols().contains(loop.counter);
    if (!is_known) stack.range.reset();  // rows of rounds that were not made are zero
    stack.node = static_cast<uint32_t>(number);
    const ValueId id{static_cast<uint32_t>(function.values.size())};
    function.values.push_back(std::move(stack));
    results.insert(results.begin() + static_cast<std::ptrdiff_t>(place++), id);
    stacks.push_back(id);
  }
  for (uint32_t k = 0; k < results.size(); ++k) function.values[results[k].number].result = k;
  function.nodes[number].op = std::move(loop);
  function.nodes[number].results = std::move(results);
  return stacks;
}

}  // namespace

void linearize_loop(Function& function, size_t number, Tangents& tangents) {
  const Loop primal = std::get<Loop>(function.nodes[number].op);
  const Origin span = function.nodes[number].span;
  std::vector<bool> active;
  for (ValueId operand : primal.operands) active.push_back(tangents.contains(operand));
  if (std::find(active.begin(), active.end(), true) == active.end()) return;
  const LinearBody body = linear_body(primal, active);
  std::vector<size_t> tangent_outputs;  // positions among the body's outputs
  for (size_t k = 0; k < primal.carried_count; ++k)
    if (active[k]) tangent_outputs.push_back(k);
  const size_t carried_count = tangent_outputs.size();
  for (size_t k = primal.first_stacked(); k < primal.body->outputs.size(); ++k)
    if (body.tangents.contains(body.function.outputs[k])) tangent_outputs.push_back(k);
  if (tangent_outputs.empty()) return;
  const Residuals residuals = FindResiduals(function, primal, body).find();
  const std::vector<ValueId> stacks = stack_residuals(function, number, body, residuals.stacked);
  const std::vector<ValueId> results = function.nodes[number].results;

  Loop loop;
  loop.counter = primal.counter;
  loop.limit = primal.limit;
  loop.reversed = primal.reversed;
  loop.recompute = primal.recompute;
  loop.rounds = primal.go_on ? results.back() : primal.rounds;
  loop.carried_count = static_cast<uint32_t>(carried_count);
  Function linear = without_nodes(body.function);
  FunctionCopy copy(body.function, linear);
  Builder& builder = copy.builder();
  for (size_t i = 0; i < active.size(); ++i) {
    if (!active[i]) continue;
    const graph::Value& like = body.function[body.seeds[i]];
    copy.set(body.seeds[i], builder.input(like.name, like.type));
    const auto found = tangents.find(primal.operands[i]);
    loop.operands.push_back(found != tangents.end() ? found->second
                                                    : zeros(function, function.type_of(primal.operands[i])));
  }
  for (size_t position : residuals.captured) {
    const ValueId input = body.function.inputs[position];
    copy.set(input, builder.input(body.function[input].name, body.function.type_of(input)));
    copy.describe(input, copy.at(input));
    loop.operands.push_back(primal.operands[position]);
  }
  std::vector<ValueId> rows;
  for (ValueId stack : stacks) {
    rows.push_back(builder.input(function[stack].name, function.type_of(stack)));
    linear.values[rows.back().number].range = function[stack].range;
    loop.operands.push_back(stack);
  }
  for (size_t k = 0; k < stacks.size(); ++k)
    copy.set(residuals.stacked[k], row_of_stack(linear, rows[k], loop.counter));
  for (uint32_t n = 0; n < body.function.nodes.size(); ++n) {
    const graph::Node& node = body.function.nodes[n];
    const bool is_seed = std::holds_alternative<graph::Input>(node.op);
    if (!is_seed && (residuals.made_again.contains(n) || body.is_linear(node)))
      copy.copy(node, without_effects);
  }
  for (size_t k : tangent_outputs) {
    const ValueId output = body.function.outputs[k];
    const auto found = body.tangents.find(output);
    builder.output(
        found != body.tangents.end() ? copy.at(found->second) : zeros(linear, body.function.type_of(output)),
        "d" + body.function.output_names[k]);
  }
  loop.body = std::make_shared<const Function>(std::move(linear));
  const std::vector<ValueId> made = Builder(function).loop(std::move(loop), span);
  for (size_t k = 0; k < tangent_outputs.size(); ++k) {
    const size_t output = tangent_outputs[k];
    tangents[results[output - (primal.go_on && output > primal.carried_count ? 1 : 0)]] = made[k];
  }
}

}  // namespace kiln::transform
