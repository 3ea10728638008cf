#include "transform/batch_rounds.h"

#include <algorithm>

#include "dim/guess.h"
#include "graph/walk.h"
#include "transform/index_polynomial.h"
#include "transform/placeholders.h"

namespace kiln::transform {

using dim::Dim;
using graph::Compute;
using graph::Expr;
using graph::ExprId;
using graph::ExprKind;
using graph::Function;
using graph::ValueId;

namespace {

/// What is kept for all rounds may be this many times what is sliced.
constexpr int64_t most_kept = 8;
/// A sum of fewer products costs no more than reading its result back.
constexpr int64_t least_summed = 8;

bool has_counter(const graph::Expressions& expressions, ExprId root, const std::string& counter) {
  const std::vector<ExprId> all = graph::reachable(expressions, {&root, 1});
  return std::any_of(all.begin(), all.end(), [&](ExprId id) {
    return expressions[id].kind == ExprKind::dim && expressions[id].dim.symbols().contains(counter);
  });
}

/// The extents multiplied of the indices below the roots.
Dim points(const graph::Expressions& expressions, const Compute& compute, const std::vector<ExprId>& roots) {
  std::set<uint32_t> indices;
  for (const ExprId root : roots)
    for (const uint32_t index : graph::indices_in(expressions, root)) indices.insert(index);
  Dim product = 1;
  for (const uint32_t index : indices) product = product * compute.domain[index].extent;
  return product;
}

bool is_product_of_reads(const graph::Expressions& expressions, const Compute& compute) {
  const Expr& body = expressions[compute.body];
  if (compute.reducer != graph::Reducer::sum || !compute.guard.empty()) return false;
  if (body.kind != ExprKind::call || body.function != ScalarFunction::multiply) return false;
  if (!graph::writes_leading_indices(expressions, compute)) return false;
  return std::all_of(body.operands.begin(), body.operands.end(), [&](ExprId operand) {
    const Expr& read = expressions[operand];
    if (read.kind != ExprKind::read) return false;
    return std::all_of(read.operands.begin(), read.operands.end(),
                       [&](ExprId subscript) { return graph::values_in(expressions, subscript).empty(); });
  });
}

}  // namespace

std::optional<BatchRounds> BatchRounds::match(Function& body, const graph::Loop& loop,
                                              const graph::Node& node, const std::set<ValueId>& fixed) {
  const auto* compute = std::get_if<Compute>(&node.op);
  if (!compute || !loop.limit || loop.counts_rounds()) return std::nullopt;
  const graph::Expressions& expressions = body.expressions;
  if (!is_product_of_reads(expressions, *compute)) return std::nullopt;
  for (const ValueId operand : graph::operands_of(body, node))
    if (!fixed.contains(operand)) return std::nullopt;
  for (const graph::Index& index : compute->domain)
    if (index.extent.symbols().contains(loop.counter)) return std::nullopt;
  BatchRounds result;
  result.body_ = &body;
  result.compute_ = compute;
  result.value_ = node.results[0];
  result.counter_ = loop.counter;
  result.limit_ = *loop.limit;
  size_t sliced = 0;
  const std::vector<ExprId> factors = expressions[compute->body].operands;
  for (size_t factor = 0; factor < factors.size(); ++factor) {
    const std::vector<ExprId> subscripts = expressions[factors[factor]].operands;
    for (size_t axis = 0; axis < subscripts.size(); ++axis) {
      if (!has_counter(expressions, subscripts[axis], loop.counter)) continue;
      ++sliced;
      result.factor_ = factor;
      result.axis_ = axis;
    }
  }
  if (sliced != 1) return std::nullopt;

  const std::vector<ExprId> subscripts = expressions[factors[result.factor_]].operands;
  const Dim place = IndexPolynomials(body.expressions).of(subscripts[result.axis_]);
  const Dim counter = Dim::symbol(loop.counter);
  result.reversed_ = (place + counter).symbols().count(loop.counter) == 0;
  const Dim offset = result.reversed_ ? place + counter : place - counter;
  if (!is_uniform(offset) || offset.symbols().contains(loop.counter)) return std::nullopt;
  result.offset_ = result.reversed_ ? offset - *loop.limit + Dim(1) : offset;
  for (size_t axis = 0; axis < result.axis_; ++axis)
    for (const uint32_t index : graph::indices_in(expressions, subscripts[axis]))
      if (index < compute->write.size()) result.position_ = std::max(result.position_, index + 1);

  // It pays where the other factor is read again in each round, and what is kept is bounded.
  Dim kept = 1, summed = 1;
  for (uint32_t index = 0; index < compute->domain.size(); ++index) {
    Dim& product = index < compute->write.size() ? kept : summed;
    product = product * compute->domain[index].extent;
  }
  const Dim slice = points(expressions, *compute, subscripts);
  if (guess(summed) < least_summed || guess(kept) > most_kept * guess(slice)) return std::nullopt;
  return result;
}

ValueId BatchRounds::make(FunctionCopy& outside, Function& function) const {
  graph::Expressions& to = function.expressions;
  Folder& folder = outside.folder();
  IndexReplacements moved;
  for (uint32_t index = position_; index < compute_->domain.size(); ++index)
    moved[index] = to.index(index + 1);
  const Expr body = body_->expressions[compute_->body];
  std::vector<ExprId> factors;
  for (size_t factor = 0; factor < body.operands.size(); ++factor) {
    const Expr read = body_->expressions[body.operands[factor]];
    std::vector<ExprId> subscripts;
    for (size_t axis = 0; axis < read.operands.size(); ++axis)
      subscripts.push_back(factor == factor_ && axis == axis_
                               ? folder.polynomials().expression(index_symbol(position_) + offset_)
                               : replace_indices(folder, outside.expression(read.operands[axis]), moved));
    factors.push_back(to.read(outside.at(read.value), read.type, subscripts));
  }
  Compute compute;
  compute.reducer = graph::Reducer::sum;
  compute.domain = compute_->domain;
  compute.domain.insert(compute.domain.begin() + position_, {limit_, counter_});
  std::vector<Dim> shape;
  for (uint32_t axis = 0; axis <= compute_->write.size(); ++axis) {
    compute.write.push_back(to.index(axis));
    shape.push_back(compute.domain[axis].extent);
  }
  compute.body = to.call(ScalarFunction::multiply, factors);
  return outside.builder().compute(std::move(compute), std::move(shape), (*body_)[value_].name);
}

ValueId BatchRounds::row(FunctionCopy& copy, Function& body, ValueId all) const {
  const Dim counter = Dim::symbol(counter_);
  const graph::Type& type = body_->type_of(value_);
  std::vector<ExprId> subscripts = point_of(body.expressions, type.shape.size());
  subscripts.insert(subscripts.begin() + position_,
                    body.expressions.dim(reversed_ ? limit_ - Dim(1) - counter : counter));
  return copy.builder().map(type.shape, body.expressions.read(all, type.element, subscripts),
                            (*body_)[value_].name);
}

}  // namespace kiln::transform
