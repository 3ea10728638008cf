#include "transform/sum_over_rounds.h"

#include <algorithm>
#include <functional>

#include "base/internal_check.h"
#include "graph/walk.h"
#include "transform/rewrite_expression.h"
#include "transform/solve_writes.h"
#include "transform/write_map.h"

namespace kiln::transform {

using graph::Compute;
using graph::Expr;
using graph::ExprId;
using graph::ExprKind;
using graph::Function;
using graph::ValueId;

const Compute* SumOverRounds::compute_of(ValueId value) const {
  return std::get_if<Compute>(&body_.node_of(value).op);
}

bool SumOverRounds::is_captured(ValueId value) const {
  const auto place = std::find(body_.inputs.begin(), body_.inputs.end(), value);
  return place != body_.inputs.end() && place - body_.inputs.begin() >= loop_.carried_count;
}

/// A map whose body is one read of a captured value, with subscripts that hold no data.
bool SumOverRounds::shows_captured(ValueId value) const {
  const Compute* compute = compute_of(value);
  if (compute == nullptr || !is_map(body_.expressions, *compute, body_.type_of(value).shape)) return false;
  const Expr& read = body_.expressions[compute->body];
  if (read.kind != ExprKind::read || !is_captured(read.value)) return false;
  return graph::writes_leading_indices(body_.expressions, *compute) &&
         std::all_of(read.operands.begin(), read.operands.end(), [&](ExprId subscript) {
           return graph::values_in(body_.expressions, subscript).empty();
         });
}

void SumOverRounds::collect(ExprId root, std::vector<ValueId>& found) const {
  for (ValueId value : graph::values_in(body_.expressions, root)) {
    if (is_captured(value) || shows_captured(value)) continue;
    if (std::find(found.begin(), found.end(), value) == found.end()) found.push_back(value);
  }
}

std::vector<ValueId> SumOverRounds::needed(ValueId value) const {
  std::vector<ValueId> found;
  const std::vector<ExprId> roots = graph::roots_of(*compute_of(value));
  for (ExprId root : roots) collect(root, found);
  return found;
}

bool SumOverRounds::suits(ValueId value) const {
  const Compute* compute = compute_of(value);
  if (compute == nullptr || !loop_.limit) return false;
  if (compute->reducer != graph::Reducer::sum && compute->reducer != graph::Reducer::assign) return false;
  for (const graph::Index& index : compute->domain)
    if (index.extent.symbols().contains(loop_.counter) || !outside_.is_extent(index.extent)) return false;
  for (ValueId read : needed(value))
    for (const dim::Dim& extent : body_.type_of(read).shape)
      if (extent.symbols().contains(loop_.counter) || !outside_.is_extent(extent)) return false;
  if (loop_.limit->is_constant(1)) return true;
  if (loop_.recompute)
    return has_own_slice(*compute);  // else what it makes again would be kept of all rounds
  const std::vector<ValueId> stacked = needed(value);
  // What a checkpoint makes again is not to be kept: a sum of it is carried, but for a slice of each round's
  // own.
  const bool is_made_again = std::any_of(stacked.begin(), stacked.end(), [&](ValueId read) {
    const auto* loop = std::get_if<graph::Loop>(&body_.node_of(read).op);
    return loop != nullptr && loop->recompute;
  });
  if (is_made_again) return has_own_slice(*compute);
  if (compute->domain.size() > compute->write.size()) return true;
  // An outer product: what would be stacked is less than what would be carried.
  const auto is_smaller = [&](ValueId read) {
    return body_.type_of(read).shape.size() < compute->write.size();
  };
  if (!stacked.empty() && std::all_of(stacked.begin(), stacked.end(), is_smaller)) return true;
  return has_own_slice(*compute);
}

/// The counter stands in the write map or in a guard.
bool SumOverRounds::has_own_slice(const Compute& compute) const {
  std::vector<ExprId> places = compute.write;
  places.insert(places.end(), compute.guard.begin(), compute.guard.end());
  const std::vector<ExprId> all = graph::reachable(body_.expressions, places);
  return std::any_of(all.begin(), all.end(), [&](ExprId id) {
    const Expr& expr = body_.expressions[id];
    return expr.kind == ExprKind::dim && expr.dim.symbols().contains(loop_.counter);
  });
}

ValueId SumOverRounds::make(Function& function, ValueId value, const std::map<ValueId, ValueId>& captured,
                            const std::map<ValueId, ValueId>& stacks, Origin span) const {
  const Compute& inside = *compute_of(value);
  Folder folder(function.expressions);
  graph::Expressions& to = function.expressions;
  const auto number = static_cast<uint32_t>(inside.domain.size());
  const ExprId round = to.index(number);
  // Copies an expression of the body; `indices` are what its indices become.
  const std::function<ExprId(ExprId, const std::vector<ExprId>&)> copied =
      [&](ExprId root, const std::vector<ExprId>& indices) {
        std::map<ExprId, ExprId> copies;
        for (const ExprId id : graph::reachable(body_.expressions, {&root, 1})) {
          const Expr& expr = body_.expressions[id];
          std::vector<ExprId> operands;
          for (ExprId operand : expr.operands) operands.push_back(copies.at(operand));
          ExprId copy;
          switch (expr.kind) {
            case ExprKind::literal: copy = to.literal(expr.type, expr.literal); break;
            case ExprKind::index: copy = indices[expr.index]; break;
            case ExprKind::dim:
              copy = expr.dim.symbols().contains(loop_.counter)
                         ? folder.polynomials().expression(
                               expr.dim.substitute({{loop_.counter, index_symbol(number)}}))
                         : to.dim(expr.dim);
              break;
            case ExprKind::call:
              copy = expr.function == ScalarFunction::convert ? folder.convert(operands[0], expr.type)
                                                              : folder.call(expr.function, operands);
              break;
            case ExprKind::read:
              if (is_captured(expr.value)) {
                copy = to.read(captured.at(expr.value), expr.type, operands);
              } else if (shows_captured(expr.value)) {
                copy = copied(compute_of(expr.value)->body, operands);
              } else {
                operands.insert(operands.begin(), round);
                copy = to.read(stacks.at(expr.value), expr.type, operands);
              }
          }
          copies.emplace(id, copy);
        }
        return copies.at(root);
      };
  std::vector<ExprId> indices;
  for (uint32_t index = 0; index < number; ++index) indices.push_back(to.index(index));
  Compute outside = inside;
  outside.domain.push_back({*loop_.limit, loop_.counter});
  for (ExprId& place : outside.write) place = copied(place, indices);
  for (ExprId& condition : outside.guard) condition = copied(condition, indices);
  if (loop_.rounds) outside.guard.push_back(folder.less(round, to.read(*loop_.rounds, ElementType::i64, {})));
  outside.body = copied(inside.body, indices);
  outside.reducer = graph::Reducer::sum;
  const graph::Value& like = body_[value];
  outside = solve_write(function, folder, outside, like.type.shape);
  return graph::Builder(function).compute(std::move(outside), like.type.shape, like.name, span);
}

}  // namespace kiln::transform
