#include <algorithm>
#include <set>

#include "base/internal_check.h"
#include "elaborate/elaborator.h"

namespace kiln::elaborate {

using graph::ExprId;
using graph::Reducer;
using sema::TypedReducer;

/// New variables for binders, innermost in the context; the binders' indices get their values.
Elaborator::Variables Elaborator::open_binders(const std::vector<sema::TypedBinder>& binders) {
  Variables variables;
  for (const sema::TypedBinder& binder : binders) {
    const uint32_t variable = new_variable(binder.extent, binder.name);
    ExprId index = expressions().index(variable);
    if (binder.low) index = expressions().call(ScalarFunction::add, {subscript(binder.low), index});
    variables.push_back(variable);
    context_.push_back(variable);
    frame_->indices[binder.index] = scalar_leaf(index, ElementType::i64);
    if (binder.symbol.empty()) continue;
    LeafValue named = frame_->indices[binder.index];
    if (!binder.low)  // an index is the same in every region
      in_region(0, [&] { named = scalar_leaf(expressions().index(variable), ElementType::i64); });
    symbols_.insert_or_assign(binder.symbol, named);
  }
  return variables;
}

void Elaborator::close_binders(const Variables& variables) {
  context_.resize(context_.size() - variables.size());
}

/// Needs no node: the body, as a function of the new variables too.
Leaves Elaborator::comprehension(const sema::Comprehension& expr) {
  const Variables variables = open_binders(expr.binders);
  Leaves body = value(*expr.body);
  close_binders(variables);
  for (LeafValue& leaf : body) {
    leaf.body = import(leaf.region, leaf.body);
    leaf.region = depth();
    leaf.variables.insert(leaf.variables.begin(), variables.begin(), variables.end());
    const std::vector<dim::Dim> shape = extents_of(variables);
    leaf.shape.insert(leaf.shape.begin(), shape.begin(), shape.end());
  }
  return body;
}

namespace {

Reducer reducer_of(TypedReducer reducer) {
  switch (reducer) {
    case TypedReducer::sum:
    case TypedReducer::mean: return Reducer::sum;
    case TypedReducer::product: return Reducer::product;
    case TypedReducer::maximum: return Reducer::maximum;
    case TypedReducer::minimum: return Reducer::minimum;
    case TypedReducer::any: return Reducer::any;
    case TypedReducer::all: return Reducer::all;
    case TypedReducer::argmax: return Reducer::argmax;
    case TypedReducer::argmin: return Reducer::argmin;
  }
  internal_error("elaborate: a reducer that does not exist");
}

}  // namespace

/// How many points these indices have, where that is an expression of what is around.
std::optional<ExprId> Elaborator::points_of(const Variables& variables) {
  dim::Dim points = 1;
  std::vector<ExprId> factors;
  for (uint32_t variable : variables) {
    if (!variables_[variable].limit) {
      points = points * variables_[variable].extent;
      continue;
    }
    factors.push_back(extent_at(variable, {}));
    for (uint32_t index : graph::indices_in(expressions(), factors.back()))
      if (std::find(variables.begin(), variables.end(), index) != variables.end()) return std::nullopt;
  }
  ExprId number = expressions().dim(points);
  for (const ExprId factor : factors) number = expressions().call(ScalarFunction::multiply, {number, factor});
  return number;
}

/// One node for each leaf of the body; for argmax and argmin one for each index.
Leaves Elaborator::reduction(const sema::Reduction& expr) {
  const Variables variables = open_binders(expr.binders);
  ExprId condition;
  if (expr.condition) {
    condition = scalar(*expr.condition);
    guards_.push_back(scalar_leaf(condition, ElementType::boolean));
  }
  const Leaves body = value(*expr.body);
  // The guard of the reduction itself is one of those at work while its node is made.
  const Reducer reducer = reducer_of(expr.reducer);
  const bool reports = reducer == Reducer::argmax || reducer == Reducer::argmin;
  ComputeParts parts;
  parts.reduced = variables;
  parts.reducer = reducer;
  parts.span = expr.span;
  Leaves result;
  for (const LeafValue& leaf : body) {
    parts.written = leaf.variables;
    parts.body = wide_at(leaf, variables_of(leaf));
    for (uint32_t reported = 0; reported < (reports ? variables.size() : 1); ++reported) {
      parts.reported = reported;
      const Made made = make(parts);
      const ElementType computed = regions_.back()->function.type_of(made.value).element;
      LeafValue read = read_stored(made.value, made.storage, leaf.variables, computed);
      if (reports && expr.binders[reported].low) {
        // The node counts from 0; -1 says that there was no point.
        const ExprId none =
            expressions().call(ScalarFunction::less, {read.body, expressions().integer(0, ElementType::i32)});
        const ExprId low = expressions().convert(subscript(expr.binders[reported].low), ElementType::i32);
        const ExprId shifted = expressions().call(ScalarFunction::add, {read.body, low});
        read.body = expressions().call(ScalarFunction::select, {none, read.body, shifted});
      }
      result.push_back(std::move(read));
    }
  }
  if (expr.reducer == TypedReducer::mean) {
    ComputeParts count = parts;
    count.written = {};
    count.body = expressions().integer(1);
    const std::optional<ExprId> points = expr.condition ? std::nullopt : points_of(variables);
    ExprId number = points.value_or(ExprId{});
    if (!points) {
      const Made made = make(count);
      number = read_stored(made.value, made.storage, {}, ElementType::i64).body;
    }
    for (LeafValue& leaf : result) {
      const ExprId divisor = expressions().convert(number, expressions()[leaf.body].type);
      leaf.body = expressions().call(ScalarFunction::divide, {leaf.body, divisor});
    }
  }
  if (expr.condition) guards_.pop_back();
  close_binders(variables);
  for (size_t i = 0; i < result.size(); ++i) result[i].element = expr.type.leaves[i].type.element;
  return result;
}

}  // namespace kiln::elaborate
