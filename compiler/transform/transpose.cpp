#include "transform/transpose.h"

#include <algorithm>

#include "base/internal_check.h"
#include "graph/support.h"
#include "graph/walk.h"
#include "transform/fold.h"
#include "transform/ruled_calls.h"
#include "transform/solve_writes.h"
#include "transform/sum_first.h"
#include "transform/transpose_expression.h"
#include "transform/transpose_loop.h"

namespace kiln::transform {

using graph::Builder;
using graph::Compute;
using graph::ExprId;
using graph::Function;
using graph::Reducer;
using graph::ValueId;

namespace {

class Transposer {
 public:
  Transposer(Function& function, const std::map<ValueId, std::vector<ValueId>>& cotangents)
      : function_(function), builder_(function), folder_(function.expressions), arrived_(cotangents) {}

  void find_linear_values(size_t first_node, const std::vector<ValueId>& roots);
  void pass_back(const graph::Node& node);
  /// The sum of what has arrived, or an invalid id.
  ValueId cotangent_of(ValueId value);
  std::vector<ValueId> parts_of(ValueId value) const {
    const auto found = arrived_.find(value);
    return found == arrived_.end() ? std::vector<ValueId>{} : found->second;
  }

 private:
  bool is_linear(ValueId value) const { return value.number < linear_.size() && linear_[value.number]; }
  std::vector<ExprId> common_support(const std::vector<ValueId>& parts) const;
  bool reads_own_point(ExprId condition, ValueId of) const;
  void pass_back_loop(const graph::Node& node);
  void pass_back_ruled(const graph::Node& node);
  void pass_back_compute(const graph::Node& node);

  Function& function_;
  Builder builder_;
  Folder folder_;
  std::vector<bool> linear_;
  std::map<ValueId, std::vector<ValueId>> arrived_;
};

void Transposer::find_linear_values(size_t first_node, const std::vector<ValueId>& roots) {
  linear_.resize(function_.values.size());
  for (const ValueId root : roots) linear_[root.number] = true;
  for (size_t n = first_node; n < function_.nodes.size(); ++n) {
    const graph::Node& node = function_.nodes[n];
    for (const ValueId operand : graph::operands_of(function_, node)) {
      if (!linear_[operand.number]) continue;
      for (const ValueId result : node.results) linear_[result.number] = true;
    }
  }
}

ValueId Transposer::cotangent_of(ValueId value) {
  const auto found = arrived_.find(value);
  if (found == arrived_.end()) return {};
  std::vector<ValueId>& parts = found->second;
  if (parts.size() == 1) return parts[0];
  const graph::Value target = function_[value];
  std::vector<ExprId> point;
  for (uint32_t axis = 0; axis < target.type.shape.size(); ++axis) {
    point.push_back(function_.expressions.index(axis));
  }
  ExprId sum;
  for (const ValueId part : parts) {
    const ExprId element = function_.expressions.read(part, target.type.element, point);
    sum = sum.valid() ? folder_.add(sum, element) : element;
  }
  const std::vector<ExprId> support = common_support(parts);
  for (size_t i = support.size(); i-- > 0;)
    sum = folder_.select(support[i], sum, folder_.zero(folder_.type_of(sum)));
  parts = {builder_.map(target.type.shape, sum, target.name + "_bar")};
  return parts[0];
}

/// Where all parts are 0 so is their sum: said where only data tells, so that nobody has to write the zeros
/// behind the end of a row. A condition that reads beside its own point stands behind all that it stood
/// behind.
std::vector<ExprId> Transposer::common_support(const std::vector<ValueId>& parts) const {
  std::vector<std::vector<ExprId>> others;
  for (const ValueId part : parts) others.push_back(graph::support_of(function_, part));
  const auto is_common = [&](ExprId condition) {
    return std::all_of(others.begin(), others.end(), [&](const std::vector<ExprId>& other) {
      return std::find(other.begin(), other.end(), condition) != other.end();
    });
  };
  std::vector<ExprId> common;
  bool are_all_kept = true, is_data = false;
  for (const ExprId condition : others[0]) {
    const bool reads = !graph::values_in(function_.expressions, condition).empty();
    if (!is_common(condition) || (reads && !are_all_kept && !reads_own_point(condition, parts[0]))) {
      are_all_kept = false;
      continue;
    }
    common.push_back(condition);
    is_data = is_data || reads;
  }
  return is_data ? common : std::vector<ExprId>{};
}

/// All reads are at indices that stand alone, on axes as long as those that they are of.
bool Transposer::reads_own_point(ExprId condition, ValueId of) const {
  const std::vector<dim::Dim>& shape = function_.type_of(of).shape;
  for (const ExprId id : graph::reachable(function_.expressions, {&condition, 1})) {
    const graph::Expr& expr = function_.expressions[id];
    if (expr.kind != graph::ExprKind::read) continue;
    for (size_t axis = 0; axis < expr.operands.size(); ++axis) {
      const graph::Expr& subscript = function_.expressions[expr.operands[axis]];
      if (subscript.kind != graph::ExprKind::index) return false;
      if (!(function_.type_of(expr.value).shape[axis] == shape[subscript.index])) return false;
    }
  }
  return true;
}

void Transposer::pass_back(const graph::Node& node) {
  if (node.results.empty() || !linear_[node.results[0].number]) return;
  if (std::holds_alternative<graph::Loop>(node.op)) return pass_back_loop(node);
  if (std::holds_alternative<graph::RuledTangent>(node.op)) return pass_back_ruled(node);
  pass_back_compute(node);
}

void Transposer::pass_back_ruled(const graph::Node& node) {
  std::vector<ValueId> arriving;
  bool any = false;
  for (const ValueId result : node.results) {
    arriving.push_back(cotangent_of(result));
    any = any || arriving.back().valid();
  }
  if (!any) return;
  for (const CotangentPart& part : transpose_ruled_tangent(function_, node, arriving)) {
    if (is_linear(part.value)) arrived_[part.value].push_back(part.cotangent);
  }
}

void Transposer::pass_back_loop(const graph::Node& node) {
  const auto loop = std::get<graph::Loop>(node.op);
  std::vector<ValueId> arriving;  // for each output of the body; a linear loop has no condition among them
  bool any = false;
  for (size_t k = 0; k < loop.body->outputs.size(); ++k) {
    arriving.push_back(cotangent_of(node.results[k]));
    any = any || arriving.back().valid();
  }
  if (!any) return;
  std::vector<bool> linear;
  for (const ValueId operand : loop.operands) linear.push_back(is_linear(operand));
  for (const CotangentPart& part : transpose_loop(function_, node, linear, arriving)) {
    if (is_linear(part.value)) arrived_[part.value].push_back(part.cotangent);
  }
}

void Transposer::pass_back_compute(const graph::Node& node) {
  const ValueId result = node.results[0];
  const ValueId cotangent = cotangent_of(result);
  if (!cotangent.valid()) return;
  const auto* found = std::get_if<Compute>(&node.op);
  internal_check(found != nullptr, "a linear node is a compute");
  const Compute compute = *found;
  internal_check(compute.reducer == Reducer::sum || compute.reducer == Reducer::assign,
                 "a linear compute is a sum or an assignment");
  const ElementType element = function_.type_of(result).element;
  const ExprId arriving = function_.expressions.read(cotangent, element, compute.write);
  const auto is_linear_value = [&](ValueId value) { return is_linear(value); };
  for (const ReadCotangent& read : transpose_expression(folder_, compute.body, arriving, is_linear_value)) {
    const graph::Value target = function_[read.value];
    Compute swapped = compute;
    swapped.reducer = Reducer::sum;
    swapped.write = read.subscripts;
    swapped.body = read.cotangent;
    swapped.guard.insert(swapped.guard.end(), read.reached.begin(), read.reached.end());
    swapped = solve_write(function_, folder_, swapped, target.type.shape);
    arrived_[read.value].push_back(
        add_sum(builder_, folder_, swapped, target.type.shape, target.name + "_bar", node.span));
  }
}

Transposer transposed(Function& function, size_t first_node, const std::vector<ValueId>& roots,
                      const std::map<ValueId, std::vector<ValueId>>& cotangents) {
  Transposer transposer(function, cotangents);
  transposer.find_linear_values(first_node, roots);
  for (size_t n = function.nodes.size(); n-- > first_node;) {
    const graph::Node node = function.nodes[n];  // a copy: nodes are appended
    transposer.pass_back(node);
  }
  return transposer;
}

}  // namespace

std::vector<ValueId> transpose(Function& function, size_t first_node, const std::vector<ValueId>& roots,
                               const std::map<ValueId, std::vector<ValueId>>& cotangents) {
  Transposer transposer = transposed(function, first_node, roots, cotangents);
  std::vector<ValueId> result;
  for (const ValueId root : roots) result.push_back(transposer.cotangent_of(root));
  return result;
}

std::vector<std::vector<ValueId>> transpose_parts(Function& function, size_t first_node,
                                                  const std::vector<ValueId>& roots,
                                                  const std::map<ValueId, std::vector<ValueId>>& cotangents) {
  const Transposer transposer = transposed(function, first_node, roots, cotangents);
  std::vector<std::vector<ValueId>> result;
  for (const ValueId root : roots) result.push_back(transposer.parts_of(root));
  return result;
}

}  // namespace kiln::transform
