#include "fuse/late_division.h"

#include <algorithm>
#include <map>
#include <set>

#include "fuse/insert_nodes.h"
#include "fuse/prepare.h"
#include "fuse/shape.h"
#include "graph/import_expression.h"
#include "graph/walk.h"

namespace kiln::fuse {

using namespace graph;
using F = ScalarFunction;

namespace {

/// A weight as it stands in the product: numerator / denominator where `conditions` hold, else 0.
struct Quotient {
  ExprId numerator, denominator;
  std::vector<ExprId> conditions;
};

class LateDivision {
 public:
  explicit LateDivision(Function& function) : function_(function), readers_(function.values.size(), 0) {
    for (const Node& node : function.nodes)
      for (const ValueId operand : operands_of(function, node)) ++readers_[operand.number];
    for (const ValueId output : function.outputs) ++readers_[output.number];
  }

  void run() {
    NodesBefore sums;
    for (size_t i = 0; i < function_.nodes.size(); ++i)
      if (auto* compute = std::get_if<Compute>(&function_.nodes[i].op))
        if (std::optional<Node> sum = divide(*compute, function_.nodes[i]))
          sums[i].push_back(std::move(*sum));
    if (sums.empty()) return;
    insert_nodes(function_, std::move(sums));
    remove_dead(function_);
  }

 private:
  Expressions& expressions() { return function_.expressions; }
  const Expr& expr(ExprId id) const { return function_.expressions[id]; }
  bool is_zero(ExprId id) const { return expr(id).kind == ExprKind::literal && expr(id).literal.real == 0; }
  bool is_call(ExprId id, F function) const {
    return expr(id).kind == ExprKind::call && expr(id).function == function;
  }

  /// The sum without its division, where it has one; the node becomes the quotient.
  std::optional<Node> divide(Compute& compute, Node& node) {
    const ValueId value = node.results[0];
    const Type type = function_.type_of(value);
    const WriteShape write = write_shape(function_, compute, type.shape);
    const auto rank = static_cast<uint32_t>(type.shape.size());
    if (compute.reducer != Reducer::sum || !write.covers || compute.domain.size() != rank + 1)
      return std::nullopt;
    std::vector<ExprId> factors = operands_of_nested(expressions(), compute.body, F::multiply);
    if (factors.size() != 2) return std::nullopt;
    for (ExprId& factor : factors) {
      const std::optional<Quotient> quotient = quotient_of(factor);
      if (!quotient || !is_share_of_sum(*quotient, rank)) continue;
      factor = quotient->numerator;
      Node sum = node;
      auto& inner = std::get<Compute>(sum.op);
      inner.body = expressions().call(F::multiply, {factors[0], factors[1]});
      for (const ExprId condition : quotient->conditions)
        if (std::find(inner.guard.begin(), inner.guard.end(), condition) == inner.guard.end())
          inner.guard.push_back(condition);
      const ValueId made = add_value(function_, type, function_[value].name);
      sum.results = {made};
      compute.body = divided(made, type, quotient->denominator, inner.guard, rank);
      compute.reducer = Reducer::assign;
      compute.domain.resize(rank);
      compute.guard.clear();
      return sum;
    }
    return std::nullopt;
  }

  /// A quotient, or a read of a value that is one and that nobody else reads.
  std::optional<Quotient> quotient_of(ExprId factor) {
    if (is_call(factor, F::divide)) return Quotient{expr(factor).operands[0], expr(factor).operands[1], {}};
    if (expr(factor).kind != ExprKind::read || readers_[expr(factor).value.number] != 1) return std::nullopt;
    const ValueId weights = expr(factor).value;
    const Compute* compute = compute_of(function_, weights);
    if (!compute || !write_shape(function_, *compute, function_.type_of(weights).shape).is_map)
      return std::nullopt;
    ExprId body = compute->body;
    std::vector<ExprId> conditions;
    if (is_call(body, F::select) && is_zero(expr(body).operands[2])) {
      conditions = operands_of_nested(expressions(), expr(body).operands[0], F::logical_and);
      body = expr(body).operands[1];
    }
    if (!is_call(body, F::divide)) return std::nullopt;
    const std::vector<ExprId> subscripts = expr(factor).operands, operands = expr(body).operands;
    Quotient quotient{substitute_indices(expressions(), operands[0], subscripts),
                      substitute_indices(expressions(), operands[1], subscripts),
                      {}};
    for (const ExprId condition : conditions)
      quotient.conditions.push_back(substitute_indices(expressions(), condition, subscripts));
    return quotient;
  }

  /// w[.., k] / z[..], where k is the summed index, z the sum of w[..] over it, and no w is below 0.
  bool is_share_of_sum(const Quotient& quotient, uint32_t summed) {
    const Expr &numerator = expr(quotient.numerator), &denominator = expr(quotient.denominator);
    if (numerator.kind != ExprKind::read || denominator.kind != ExprKind::read) return false;
    const size_t rows = denominator.operands.size();
    if (numerator.operands.size() != rows + 1) return false;
    if (!std::equal(denominator.operands.begin(), denominator.operands.end(), numerator.operands.begin()))
      return false;
    const Expr& last = expr(numerator.operands.back());
    if (last.kind != ExprKind::index || last.index != summed) return false;
    for (const ExprId subscript : denominator.operands)
      for (const uint32_t index : indices_in(expressions(), subscript))
        if (index == summed) return false;
    const Compute* total = compute_of(function_, denominator.value);
    const Compute* weights = compute_of(function_, numerator.value);
    if (!total || !weights || total->reducer != Reducer::sum || total->domain.size() != rows + 1)
      return false;
    const Expr& body = expr(total->body);
    return write_shape(function_, *total, function_.type_of(denominator.value).shape).covers &&
           body.kind == ExprKind::read && body.value == numerator.value &&
           reads_at_point(expressions(), body, static_cast<uint32_t>(rows + 1)) &&
           write_shape(function_, *weights, function_.type_of(numerator.value).shape).is_map &&
           is_never_negative(weights->body);
  }
  bool is_never_negative(ExprId id) const {
    const Expr& node = expr(id);
    if (node.kind == ExprKind::literal) return node.literal.real >= 0;
    if (node.kind != ExprKind::call) return false;
    if (node.function == F::select)
      return is_never_negative(node.operands[1]) && is_never_negative(node.operands[2]);
    return node.function == F::exp || node.function == F::exp2;
  }

  /// Where conditions left out all weights of a row, the sum over nothing is 0 and not 0 / 0.
  ExprId divided(ValueId sum, const Type& type, ExprId denominator, const std::vector<ExprId>& conditions,
                 uint32_t rank) {
    std::vector<ExprId> point;
    for (uint32_t axis = 0; axis < rank; ++axis) point.push_back(expressions().index(axis));
    ExprId body = expressions().call(F::divide, {expressions().read(sum, type.element, point), denominator});
    const ExprId zero = expressions().real(0, type.element);
    std::vector<ExprId> of_rows;
    bool of_weights = false;
    for (const ExprId condition : conditions) {
      const std::vector<uint32_t> indices = indices_in(expressions(), condition);
      const bool is_summed = std::find(indices.begin(), indices.end(), rank) != indices.end();
      is_summed ? (void)(of_weights = true) : of_rows.push_back(condition);
    }
    if (of_weights)
      body = expressions().call(F::select, {expressions().call(F::equal, {denominator, zero}), zero, body});
    if (of_rows.empty()) return body;
    ExprId all = of_rows[0];
    for (size_t i = 1; i < of_rows.size(); ++i) all = expressions().call(F::logical_and, {all, of_rows[i]});
    return expressions().call(F::select, {all, body, zero});
  }

  Function& function_;
  std::vector<uint32_t> readers_;  // nodes and outputs
};

}  // namespace

void divide_late(Function& function) { LateDivision(function).run(); }

}  // namespace kiln::fuse
