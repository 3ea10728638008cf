#include "graph/linear_rules.h"

#include <algorithm>
#include <unordered_map>

#include "graph/walk.h"

namespace kiln::graph {
namespace {

/// How something depends on the chosen inputs. `zero` is both constant and linear.
enum class Order : uint8_t { zero, constant, linear, other };

bool is_linear(Order order) { return order == Order::zero || order == Order::linear; }
bool is_constant(Order order) { return order == Order::zero || order == Order::constant; }

/// Of a sum, or of a choice between the two.
Order sum_of(Order a, Order b) {
  if (a == Order::zero) return b;
  if (b == Order::zero || a == b) return a;
  return Order::other;
}

Order product_of(Order a, Order b) {
  if (a == Order::zero || b == Order::zero) return Order::zero;
  if (a == Order::constant) return b;
  return b == Order::constant ? a : Order::other;
}

class Orders {
 public:
  explicit Orders(const Function& function) : function_(function), orders_(function.values.size()) {}

  /// Of each output; `place` gets the first node whose result is of another order.
  std::vector<Order> run(const std::vector<Order>& inputs, std::optional<Span>& place) {
    for (size_t i = 0; i < inputs.size(); ++i) orders_[function_.inputs[i].number] = inputs[i];
    for (const Node& node : function_.nodes) {
      if (std::holds_alternative<Input>(node.op)) continue;
      const std::vector<Order> results = of_node(node);
      for (size_t k = 0; k < node.results.size(); ++k) {
        const bool is_first = results[k] == Order::other && !reads_other(node);
        if (is_first && !place) place = node.span;
        orders_[node.results[k].number] = results[k];
      }
    }
    std::vector<Order> outputs;
    for (ValueId output : function_.outputs) outputs.push_back(at(output));
    return outputs;
  }

 private:
  Order at(ValueId value) const { return orders_[value.number]; }

  bool reads_other(const Node& node) const {
    const std::vector<ValueId> operands = operands_of(function_, node);
    return std::any_of(operands.begin(), operands.end(),
                       [&](ValueId operand) { return at(operand) == Order::other; });
  }

  std::vector<Order> of_node(const Node& node) {
    if (const auto* compute = std::get_if<Compute>(&node.op)) return {of_compute(*compute)};
    if (const auto* loop = std::get_if<Loop>(&node.op)) return of_loop(*loop, node.results.size());
    if (const auto* derivative = std::get_if<Derivative>(&node.op)) return of_derivative(*derivative);
    const std::vector<ValueId> operands = operands_of(function_, node);
    const bool is_fixed = std::all_of(operands.begin(), operands.end(),
                                      [&](ValueId operand) { return is_constant(at(operand)); });
    return std::vector<Order>(node.results.size(), is_fixed ? Order::constant : Order::other);
  }

  Order of_compute(const Compute& compute) {
    std::vector<ExprId> fixed = compute.guard;
    fixed.insert(fixed.end(), compute.write.begin(), compute.write.end());
    for (ExprId id : fixed)
      if (!is_constant(of(id))) return Order::other;
    const Order body = of(compute.body);
    const bool is_sum = compute.reducer == Reducer::sum || compute.reducer == Reducer::assign ||
                        compute.reducer == Reducer::last;
    if (is_sum) return body;
    return is_constant(body) ? Order::constant : Order::other;
  }

  Order of(ExprId root) {
    std::unordered_map<uint32_t, Order> found;
    for (ExprId id : reachable(function_.expressions, {&root, 1})) {
      const Expr& expr = function_.expressions[id];
      std::vector<Order> operands;
      for (ExprId operand : expr.operands) operands.push_back(found.at(operand.number));
      found.emplace(id.number, of_expression(expr, operands));
    }
    return found.at(root.number);
  }

  Order of_expression(const Expr& expr, const std::vector<Order>& operands) const {
    const bool is_fixed = std::all_of(operands.begin(), operands.end(), is_constant);
    if (expr.kind == ExprKind::read) return is_fixed ? at(expr.value) : Order::other;
    if (expr.kind == ExprKind::literal && is_float(expr.type) && expr.literal.real == 0) return Order::zero;
    if (expr.kind != ExprKind::call) return Order::constant;
    switch (expr.function) {
      case ScalarFunction::add:
      case ScalarFunction::subtract: return sum_of(operands[0], operands[1]);
      case ScalarFunction::negate: return operands[0];
      case ScalarFunction::convert: return is_float(expr.type) || is_fixed ? operands[0] : Order::other;
      case ScalarFunction::multiply: return product_of(operands[0], operands[1]);
      case ScalarFunction::divide: return is_constant(operands[1]) ? operands[0] : Order::other;
      case ScalarFunction::select:
        return is_constant(operands[0]) ? sum_of(operands[1], operands[2]) : Order::other;
      default: return is_fixed ? Order::constant : Order::other;
    }
  }

  /// Carried values: the least orders that hold before and after each round.
  std::vector<Order> of_loop(const Loop& loop, size_t result_count) {
    const bool counts_fixed =
        (!loop.rounds || is_constant(at(*loop.rounds))) && (!loop.go_on || is_constant(at(*loop.go_on)));
    if (!counts_fixed) return std::vector<Order>(result_count, Order::other);
    std::vector<Order> inputs;
    for (ValueId operand : loop.operands) inputs.push_back(at(operand));
    std::vector<Order> outputs;
    for (bool changed = true; changed;) {
      changed = false;
      std::optional<Span> unused;
      outputs = Orders(*loop.body).run(inputs, unused);
      for (size_t k = 0; k < loop.carried_count; ++k) {
        const Order both = sum_of(inputs[k], outputs[k]);
        changed = changed || both != inputs[k];
        inputs[k] = both;
      }
    }
    if (loop.go_on && !is_constant(outputs[loop.carried_count]))
      return std::vector<Order>(result_count, Order::other);
    std::vector<Order> results(inputs.begin(), inputs.begin() + loop.carried_count);
    results.insert(results.end(), outputs.begin() + static_cast<std::ptrdiff_t>(loop.first_stacked()),
                   outputs.end());
    results.resize(result_count, Order::constant);
    return results;
  }

  /// A derivative at a fixed point is linear in tangents and cotangents.
  std::vector<Order> of_derivative(const Derivative& derivative) {
    const size_t taken = derivative.body->inputs.size();
    const size_t seeds = derivative.operands.size() - taken;
    const bool is_fixed = std::all_of(derivative.operands.begin(),
                                      derivative.operands.begin() + static_cast<std::ptrdiff_t>(taken),
                                      [&](ValueId operand) { return is_constant(at(operand)); });
    Order seed = seeds == 0 ? Order::zero : at(derivative.operands[taken]);
    for (size_t k = taken; k < derivative.operands.size(); ++k)
      seed = sum_of(seed, at(derivative.operands[k]));
    if (!is_fixed) seed = Order::other;
    const size_t made =
        derivative.mode == Derivative::Mode::reverse ? derivative.wrt_count : derivative.seeded.size();
    std::vector<Order> results(derivative.body->outputs.size(), is_fixed ? Order::constant : Order::other);
    results.insert(results.end(), made, seed);
    return results;
  }

  const Function& function_;
  std::vector<Order> orders_;
};

}  // namespace

std::optional<Span> not_linear(const Function& function, size_t first, size_t count) {
  std::vector<Order> inputs(function.inputs.size(), Order::constant);
  std::fill_n(inputs.begin() + static_cast<std::ptrdiff_t>(first), count, Order::linear);
  std::optional<Span> place;
  const std::vector<Order> outputs = Orders(function).run(inputs, place);
  for (size_t k = 0; k < outputs.size(); ++k) {
    if (is_linear(outputs[k])) continue;
    if (outputs[k] == Order::other && place) return place;
    return function.node_of(function.outputs[k]).span;
  }
  return std::nullopt;
}

}  // namespace kiln::graph
