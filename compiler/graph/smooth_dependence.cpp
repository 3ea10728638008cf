#include "graph/smooth_dependence.h"

#include <algorithm>
#include <map>
#include <set>

namespace kiln::graph {
namespace {

/// How a value depends on the inputs: not at all, by steps alone, or by floats.
enum class Dependence : uint8_t { none, by_steps, smooth };

class Search {
 public:
  /// Gives the dependence of the outputs.
  std::vector<Dependence> outputs_of(const Function& function, const std::vector<Dependence>& inputs) {
    std::vector<Dependence> values(function.values.size());
    for (size_t i = 0; i < inputs.size(); ++i) values[function.inputs[i].number] = inputs[i];
    for (const Node& node : function.nodes) visit(function, node, values);
    std::vector<Dependence> outputs;
    for (const ValueId id : function.outputs) outputs.push_back(values[id.number]);
    return outputs;
  }
  const std::optional<Step>& first_step() const { return step_; }

 private:
  void visit(const Function& function, const Node& node, std::vector<Dependence>& values) {
    if (std::holds_alternative<Input>(node.op) || std::holds_alternative<StopGradient>(node.op)) return;
    if (const auto* loop = std::get_if<Loop>(&node.op)) return visit_loop(node, *loop, values);
    Dependence found = Dependence::none;
    for (const ValueId id : operands_of(function, node)) found = std::max(found, values[id.number]);
    if (found == Dependence::none) return;
    const auto* compute = std::get_if<Compute>(&node.op);
    if (compute != nullptr && found == Dependence::smooth) found = of_body(function, node, *compute, values);
    for (const ValueId id : node.results) {
      const bool is_smooth = is_float(function.type_of(id).element);
      values[id.number] = is_smooth ? found : std::min(found, Dependence::by_steps);
      if (!is_smooth && found == Dependence::smooth) take_step(node.span, name_of_step(compute));
    }
  }

  /// A read is smooth if the value is; a call of floats is as its operands are. Conditions and subscripts are
  /// steps.
  class Expressed {
   public:
    Expressed(const Expressions& expressions, const std::vector<Dependence>& values)
        : expressions_(expressions), values_(values) {}

    bool is_smooth(ExprId id) {
      const Expr& expr = expressions_[id];
      if (!is_float(expr.type)) return false;
      if (expr.kind == ExprKind::read) return values_[expr.value.number] == Dependence::smooth;
      if (expr.kind != ExprKind::call) return false;
      const auto [place, is_new] = known_.try_emplace(id.number, false);
      if (!is_new) return place->second;
      bool result = false;
      for (const ExprId operand : expr.operands) result = is_smooth(operand) || result;
      return known_[id.number] = result;
    }

    /// The first call that makes a step of floats.
    const char* step_in(ExprId id) {
      if (!seen_.insert(id.number).second) return nullptr;
      const Expr& expr = expressions_[id];
      for (const ExprId operand : expr.operands) {
        if (expr.kind == ExprKind::call && !is_float(expr.type) && is_smooth(operand))
          return expr.function == ScalarFunction::convert ? "a cast to an integer" : "a comparison";
        if (const char* step = step_in(operand)) return step;
      }
      return nullptr;
    }

   private:
    const Expressions& expressions_;
    const std::vector<Dependence>& values_;
    std::map<uint32_t, bool> known_;
    std::set<uint32_t> seen_;
  };

  Dependence of_body(const Function& function, const Node& node, const Compute& compute,
                     const std::vector<Dependence>& values) {
    Expressed expressed(function.expressions, values);
    if (expressed.is_smooth(compute.body)) return Dependence::smooth;
    std::vector<ExprId> roots{compute.body};
    roots.insert(roots.end(), compute.guard.begin(), compute.guard.end());
    roots.insert(roots.end(), compute.write.begin(), compute.write.end());
    for (const ExprId root : roots)
      if (const char* step = expressed.step_in(root)) take_step(node.span, step);
    return Dependence::by_steps;
  }

  /// What a round gives to the next one is carried on until nothing changes.
  void visit_loop(const Node& node, const Loop& loop, std::vector<Dependence>& values) {
    std::vector<Dependence> inputs;
    for (const ValueId id : loop.operands) inputs.push_back(values[id.number]);
    Dependence count = Dependence::none;
    for (const auto& decides : {loop.rounds, loop.go_on})
      if (decides) count = std::max(count, values[decides->number]);
    std::vector<Dependence> outputs;
    for (bool grew = true; grew;) {
      grew = false;
      outputs = outputs_of(*loop.body, inputs);
      if (loop.go_on) count = std::max(count, outputs[loop.carried_count]);
      for (size_t k = 0; k < loop.carried_count; ++k) {
        const Dependence next = std::max({inputs[k], outputs[k], std::min(count, Dependence::by_steps)});
        grew = grew || next != inputs[k];
        inputs[k] = next;
      }
    }
    for (size_t k = 0; k < node.results.size(); ++k) {
      const bool is_counter = loop.counts_rounds() && k + 1 == node.results.size();
      const size_t output = k + (loop.go_on && k >= loop.carried_count ? 1 : 0);
      Dependence found = std::min(count, Dependence::by_steps);
      if (k < loop.carried_count)
        found = std::max(found, inputs[k]);
      else if (!is_counter)
        found = std::max(found, outputs[output]);
      values[node.results[k].number] = found;
    }
  }

  static std::string name_of_step(const Compute* compute) {
    if (compute == nullptr) return "an order";
    switch (compute->reducer) {
      case Reducer::argmax: return "`argmax`";
      case Reducer::argmin: return "`argmin`";
      default: return "a step";
    }
  }

  void take_step(Span place, std::string what) {
    if (!step_) step_ = Step{place, std::move(what)};
  }

  std::optional<Step> step_;
};

}  // namespace

std::optional<Step> cut_off(const Function& function, const std::vector<bool>& inputs,
                            const std::vector<uint32_t>& outputs) {
  std::vector<Dependence> begin(function.inputs.size());
  for (size_t i = 0; i < inputs.size(); ++i) begin[i] = inputs[i] ? Dependence::smooth : Dependence::none;
  Search search;
  const std::vector<Dependence> of_outputs = search.outputs_of(function, begin);
  Dependence found = Dependence::none;
  for (const uint32_t output : outputs) found = std::max(found, of_outputs[output]);
  if (found != Dependence::by_steps) return std::nullopt;
  return search.first_step();
}

}  // namespace kiln::graph
