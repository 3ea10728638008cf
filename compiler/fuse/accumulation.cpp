#include "fuse/accumulation.h"

#include <algorithm>

#include "fuse/shape.h"

namespace kiln::fuse {

using namespace graph;
using F = ScalarFunction;

namespace {

bool is_read_elsewhere(const Function& function, ValueId value, ValueId reader) {
  for (const Node& node : function.nodes) {
    if (!node.results.empty() && node.results[0] == reader) continue;
    const std::vector<ValueId> operands = operands_of(function, node);
    if (std::find(operands.begin(), operands.end(), value) != operands.end()) return true;
  }
  return std::find(function.outputs.begin(), function.outputs.end(), value) != function.outputs.end();
}

std::optional<AddedSums> match(const Function& function, ValueId value, F joins) {
  const Compute* compute = compute_of(function, value);
  const Type& type = function.type_of(value);
  const auto rank = static_cast<uint32_t>(type.shape.size());
  const bool exact = type.element != ElementType::f16 && type.element != ElementType::bf16;
  if (!compute || !exact || !write_shape(function, *compute, type.shape).is_map) return std::nullopt;
  const Expressions& expressions = function.expressions;
  const Expr& body = expressions[compute->body];
  if (body.kind != ExprKind::call || body.function != joins) return std::nullopt;
  const auto whole = [&](ExprId id) {
    const Expr& read = expressions[id];
    return read.kind == ExprKind::read && function.type_of(read.value) == type &&
           reads_at_point(expressions, read, rank);
  };
  if (!whole(body.operands[0]) || !whole(body.operands[1])) return std::nullopt;
  for (const bool swapped : {false, true}) {
    const ValueId old = expressions[body.operands[swapped ? 1 : 0]].value;
    const ValueId sums = expressions[body.operands[swapped ? 0 : 1]].value;
    const Compute* scatter = compute_of(function, sums);
    if (swapped && joins == F::subtract) continue;
    if (old == sums || !scatter || scatter->reducer != Reducer::sum) continue;
    if (!write_shape(function, *scatter, type.shape).scatters) continue;
    if (!is_read_elsewhere(function, sums, value)) return AddedSums{old, sums};
  }
  return std::nullopt;
}

}  // namespace

std::optional<AddedSums> match_added_sums(const Function& function, ValueId value) {
  return match(function, value, F::add);
}

void negate_subtracted_sums(Function& function) {
  for (size_t i = 0; i < function.nodes.size(); ++i) {
    if (!std::holds_alternative<Compute>(function.nodes[i].op)) continue;
    const ValueId value = function.nodes[i].results[0];
    const auto found = match(function, value, F::subtract);
    if (!found) continue;
    auto& sums = std::get<Compute>(function.nodes[function[found->sums].node].op);
    sums.body = function.expressions.call(F::negate, {sums.body});
    auto& joined = std::get<Compute>(function.nodes[i].op);
    const std::vector<ExprId> operands = function.expressions[joined.body].operands;
    joined.body = function.expressions.call(F::add, operands);
  }
}

}  // namespace kiln::fuse
