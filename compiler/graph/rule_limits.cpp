#include "graph/rule_limits.h"

#include <algorithm>

#include "graph/active_values.h"

namespace kiln::graph {
namespace {

using Kind = RuleProblem::Kind;

class RuleLimits {
 public:
  explicit RuleLimits(Derivative::Mode mode) : mode_(mode) {}

  /// `is_nested`: within a block that is differentiated already, whose calls have been replaced by rules.
  std::optional<RuleProblem> find(const Function& function, const std::vector<bool>& inputs, bool is_nested) {
    const std::vector<bool> active = active_values(function, inputs);
    for (const Node& node : function.nodes) {
      std::optional<RuleProblem> found;
      if (const auto* call = std::get_if<RuledCall>(&node.op))
        found = in_call(*call, node.span, active, is_nested);
      else if (const auto* derivative = std::get_if<Derivative>(&node.op))
        found = find(*derivative->body,
                     flags_of(active, derivative->operands, derivative->body->inputs.size()), true);
      else if (const auto* loop = std::get_if<Loop>(&node.op))
        found = in_loop(*loop, flags_of(active, loop->operands, loop->operands.size()), is_nested);
      if (found) return found;
    }
    return std::nullopt;
  }

 private:
  std::optional<RuleProblem> in_call(const RuledCall& call, Span span, const std::vector<bool>& active,
                                     bool is_nested) {
    bool any = false;
    for (uint32_t k = 0; k < call.body->inputs.size(); ++k) {
      if (!active[call.operands[k].number]) continue;
      any = true;
      if (k >= call.argument_count) return RuleProblem{Kind::captured, span};
      if (std::find(call.active.begin(), call.active.end(), k) == call.active.end())
        return RuleProblem{Kind::constant_argument, span};
    }
    if (!any) return std::nullopt;
    if (mode_ == Derivative::Mode::forward && call.mode == Derivative::Mode::reverse)
      return RuleProblem{Kind::forward_through_reverse, span};
    if (!is_nested) return std::nullopt;
    if (call.mode == Derivative::Mode::reverse && reads_residual(call))
      return RuleProblem{Kind::residual, span};
    std::vector<bool> floats;
    for (ValueId input : call.rule->inputs) floats.push_back(is_float(call.rule->type_of(input).element));
    return find(*call.rule, floats, true);
  }

  /// Whether the rule reads a float among the results that has no cotangent: a second derivative would need
  /// it.
  static bool reads_residual(const RuledCall& call) {
    const Function& rule = *call.rule;
    for (uint32_t k = 0; k < call.body->outputs.size(); ++k) {
      const ValueId result = rule.inputs[call.argument_count + k];
      const bool has_cotangent = std::find(call.seeded.begin(), call.seeded.end(), k) != call.seeded.end();
      if (has_cotangent || !is_float(rule.type_of(result).element)) continue;
      for (const Node& node : rule.nodes) {
        const std::vector<ValueId> operands = operands_of(rule, node);
        if (std::find(operands.begin(), operands.end(), result) != operands.end()) return true;
      }
    }
    return false;
  }

  /// Carried values become active when a round makes them so.
  std::optional<RuleProblem> in_loop(const Loop& loop, std::vector<bool> inputs, bool is_nested) {
    for (bool grew = true; grew;) {
      grew = false;
      const std::vector<bool> active = active_values(*loop.body, inputs);
      for (size_t k = 0; k < loop.carried_count; ++k) {
        if (inputs[k] || !active[loop.body->outputs[k].number]) continue;
        inputs[k] = true;
        grew = true;
      }
    }
    return find(*loop.body, inputs, is_nested);
  }

  Derivative::Mode mode_;
};

}  // namespace

std::optional<RuleProblem> derivative_without_rule(const Function& function, uint32_t wrt_count,
                                                   Derivative::Mode mode) {
  return RuleLimits(mode).find(function, first_inputs(function, wrt_count), false);
}

}  // namespace kiln::graph
