#include <algorithm>
#include <set>

#include "base/internal_check.h"
#include "elaborate/elaborator.h"
#include "graph/affine.h"

namespace kiln::elaborate {

using graph::ExprId;
using Op = sema::AssignPoints::Op;

namespace {

ScalarFunction function_of(Op op, ElementType element) {
  switch (op) {
    case Op::add: return ScalarFunction::add;
    case Op::subtract: return ScalarFunction::subtract;
    case Op::multiply: return ScalarFunction::multiply;
    case Op::divide: return is_float(element) ? ScalarFunction::divide : ScalarFunction::quotient;
    case Op::set: break;
  }
  internal_error("elaborate: an assignment without an operator");
}

}  // namespace

void Elaborator::assign_points(const sema::AssignPoints& statement) {
  const sema::SlotInfo& info = frame_->function->slots[statement.place.slot];
  const sema::Leaf& leaf = info.type.leaves[statement.place.first_leaf];
  LeafValue old;
  if (statement.defines) {  // nothing is read from what was there
    old = shaped_leaf(leaf.type);
    old.body = expressions().literal(leaf.type.element, Scalar{});
  } else {
    old = get(statement.place)[0];
  }
  const Variables binders = open_binders(statement.binders);
  bool solved = false;
  LeafValue result = assign_by_solving(statement, old, binders, solved);
  if (!solved) result = assign_by_scattering(statement, old, binders);
  close_binders(binders);
  const std::string name = leaf.path.empty() ? info.name : info.name + "." + leaf.path;
  set(statement.place, {bind(result, name, statement.span)});
}

/// Where each axis is a slice, a point that no binder moves, or `binder + rest` with each binder in one axis
/// alone: the result as a function of its own subscripts, `select(reached, value, old)`.
LeafValue Elaborator::assign_by_solving(const sema::AssignPoints& statement, const LeafValue& old,
                                        const Variables& binders, bool& solved) {
  LeafValue result = leaf_like(old);
  std::map<uint32_t, ExprId> solution;  // of the binders' variables and of those of the slices
  std::vector<ExprId> reached;
  std::vector<ExprId> value_subscripts;
  const auto at_least = [&](ExprId a, ExprId b) {
    reached.push_back(expressions().call(ScalarFunction::less_equal, {b, a}));
  };
  const auto below = [&](ExprId a, const dim::Dim& b) {
    reached.push_back(expressions().call(ScalarFunction::less, {a, expressions().dim(b)}));
  };
  const auto difference = [&](ExprId a, ExprId b) {
    return expressions().call(ScalarFunction::subtract, {a, b});
  };
  const std::set<uint32_t> own(binders.begin(), binders.end());
  std::vector<ExprId> starts;
  std::vector<std::pair<uint32_t, size_t>> bounded;  // binders with an extent that is data, and their axes
  std::map<uint32_t, ExprId> places;
  for (size_t axis = 0; axis < statement.subscripts.size(); ++axis) {
    const sema::TypedSubscript& item = statement.subscripts[axis];
    const ExprId target = expressions().index(result.variables[axis]);
    const ExprId start = subscript(item.at);
    starts.push_back(start);
    places.emplace(old.variables[axis], start);
    const std::vector<uint32_t> used = graph::indices_in(expressions(), start);
    std::vector<uint32_t> moving;
    for (uint32_t index : used)
      if (own.count(index)) moving.push_back(index);
    if (item.is_slice) {
      if (!moving.empty()) return result;
      if (!item.at && (variables_[old.variables[axis]].limit || graph_dim(item.extent) == old.shape[axis])) {
        value_subscripts.push_back(target);
        continue;
      }
      const ExprId offset = difference(target, start);
      at_least(offset, expressions().integer(0));
      below(offset, graph_dim(item.extent));
      value_subscripts.push_back(offset);
    } else if (moving.empty()) {
      reached.push_back(expressions().call(ScalarFunction::equal, {target, start}));
    } else {
      const std::optional<graph::Affine> affine = graph::affine_of(expressions(), start);
      if (moving.size() != 1 || solution.count(moving[0]) || !affine ||
          !affine->coefficient_of(moving[0]).is_constant(1))
        return result;
      for (const auto& [atom, coefficient] : affine->atoms)
        for (uint32_t index : graph::indices_in(expressions(), atom))
          if (own.count(index)) return result;
      graph::Affine rest = *affine;
      rest.indices.erase(moving[0]);
      const dim::Dim extent = variables_[moving[0]].extent;
      if (variables_[moving[0]].limit) bounded.emplace_back(moving[0], axis);
      if (rest.is_constant() && rest.constant.is_constant(0)) {
        solution.emplace(moving[0], target);
        if (extent != old.shape[axis]) below(target, extent);
      } else {
        const ExprId offset = difference(target, graph::build(expressions(), rest));
        at_least(offset, expressions().integer(0));
        below(offset, extent);
        solution.emplace(moving[0], offset);
      }
    }
  }
  for (const auto& [variable, axis] : bounded) {  // where the rows of the binder are not those of the axis
    const ExprId end = extent_at(variable, solution);
    const bool same_rows = solution.at(variable) == expressions().index(result.variables[axis]) &&
                           end == extent_at(result.variables[axis], {});
    if (!same_rows) reached.push_back(expressions().call(ScalarFunction::less, {solution.at(variable), end}));
  }
  for (uint32_t variable : binders)
    if (!solution.count(variable)) return result;  // several points may reach one cell: the last wins
  solved = true;

  for (size_t axis = 0; axis < statement.subscripts.size(); ++axis)
    if (statement.subscripts[axis].needs_check) {
      const sema::TypedSubscript& item = statement.subscripts[axis];
      if (statement.condition)
        guards_.push_back(scalar_leaf(scalar(*statement.condition), ElementType::boolean));
      check_place(starts[axis], item, old.variables[axis], places, statement.tensor_name,
                  static_cast<uint32_t>(axis));
      if (statement.condition) guards_.pop_back();
    }
  if (statement.condition) {
    const ExprId condition = scalar(*statement.condition);
    reached.push_back(substitute(condition, solution));
    guards_.push_back(scalar_leaf(condition, ElementType::boolean));
  }
  const LeafValue value = tensor(*statement.value);
  if (statement.op == Op::divide && !is_float(old.element)) {
    check_divisor(at(value, variables_of(value)), statement.value->span);
  }
  if (statement.condition) guards_.pop_back();
  const ExprId source = value.shape.empty() ? wide_at(value, {}) : wide_at(value, value_subscripts);
  ExprId fresh = substitute(source, solution);
  const ExprId former = at(old, variables_of(result));
  if (statement.op != Op::set) {
    const ExprId wide = expressions().convert(former, expressions()[fresh].type);
    fresh = expressions().call(function_of(statement.op, old.element), {wide, fresh});
  }
  ExprId condition;
  for (ExprId part : reached)
    condition = condition.valid() ? expressions().call(ScalarFunction::logical_and, {condition, part}) : part;
  if (condition.valid())
    fresh = expressions().call(ScalarFunction::select,
                               {condition, fresh, expressions().convert(former, expressions()[fresh].type)});
  result.body = fresh;
  return result;
}

/// Any other left side: what the points write, as a node that writes where they say, joined with the old
/// value. With
/// `=`, a second node says which cells were written at all.
LeafValue Elaborator::assign_by_scattering(const sema::AssignPoints& statement, const LeafValue& old,
                                           const Variables& binders) {
  if (statement.condition) guards_.push_back(scalar_leaf(scalar(*statement.condition), ElementType::boolean));
  const LeafValue value = tensor(*statement.value);
  if (statement.op == Op::divide && !is_float(old.element)) {
    check_divisor(at(value, variables_of(value)), statement.value->span);
  }

  Variables sliced;
  std::vector<ExprId> write;
  std::map<uint32_t, ExprId> places;
  for (size_t axis = 0; axis < statement.subscripts.size(); ++axis) {
    const sema::TypedSubscript& item = statement.subscripts[axis];
    ExprId target = subscript(item.at);
    if (item.needs_check)
      check_place(target, item, old.variables[axis], places, statement.tensor_name,
                  static_cast<uint32_t>(axis));
    places.emplace(old.variables[axis], target);
    if (item.is_slice) {
      sliced.push_back(new_variable(item.extent, "", sliced));
      target = expressions().call(ScalarFunction::add, {target, expressions().index(sliced.back())});
    }
    write.push_back(target);
  }
  std::vector<ExprId> value_subscripts;
  for (uint32_t variable : sliced) value_subscripts.push_back(expressions().index(variable));
  const ExprId source =
      expressions().convert(value.shape.empty() ? at(value, {}) : at(value, value_subscripts), old.element);

  Variables domain = binders;
  domain.insert(domain.end(), sliced.begin(), sliced.end());
  const bool adds = statement.op == Op::add || statement.op == Op::subtract;
  // What defines a result reaches each cell exactly once, unless data says where.
  const bool once = statement.defines && std::all_of(write.begin(), write.end(), [&](ExprId target) {
                      return graph::values_in(expressions(), target).empty();
                    });
  const graph::Reducer joins = adds   ? graph::Reducer::sum
                               : once ? graph::Reducer::assign
                                      : graph::Reducer::last;
  const LeafValue written = scatter(source, joins, domain, write, old, statement.span);
  LeafValue result = leaf_like(old);
  ExprId fresh = wide_at(written, variables_of(result));
  if (statement.op != Op::set) {
    const ExprId former = wide_at(old, variables_of(result));
    fresh = expressions().call(function_of(statement.op, old.element), {former, fresh});
  }
  if (adds) {
    result.body = fresh;
  } else if (statement.defines) {
    result.body = fresh;
  } else {
    const ExprId yes = expressions().literal(ElementType::boolean, Scalar::of_integer(1));
    const LeafValue reached = scatter(yes, graph::Reducer::any, domain, write, old, statement.span);
    result.body = expressions().call(ScalarFunction::select, {at(reached, variables_of(result)), fresh,
                                                              wide_at(old, variables_of(result))});
  }
  if (statement.condition) guards_.pop_back();
  return result;
}

/// A node that writes `body` for the points of `own` where `write` says, in a tensor of the shape of `like`.
LeafValue Elaborator::scatter(ExprId body, graph::Reducer reducer, const Variables& own,
                              const std::vector<ExprId>& write, const LeafValue& like, Span span) {
  std::vector<ExprId> guard = active_guards();
  std::vector<ExprId> bodies = guard;
  bodies.push_back(body);
  bodies.insert(bodies.end(), write.begin(), write.end());
  const Variables around = free_variables(bodies, own);
  graph::Compute compute;
  std::map<uint32_t, ExprId> numbers;
  std::vector<dim::Dim> shape;
  for (const Variables* list : {&around, &own})
    for (uint32_t variable : *list) {
      numbers.emplace(variable, expressions().index(static_cast<uint32_t>(compute.domain.size())));
      compute.domain.push_back({variables_[variable].extent, variables_[variable].name});
    }
  for (uint32_t variable : around) {
    compute.write.push_back(numbers.at(variable));
    shape.push_back(variables_[variable].extent);
  }
  for (ExprId target : write) compute.write.push_back(substitute(target, numbers));
  shape.insert(shape.end(), like.shape.begin(), like.shape.end());
  for (const Variables* list : {&around, &own})
    for (uint32_t variable : *list)
      if (variables_[variable].limit) compute.guard.push_back(substitute(within_limit(variable), numbers));
  for (ExprId condition : guard) compute.guard.push_back(substitute(condition, numbers));
  compute.body = substitute(body, numbers);
  compute.reducer = reducer;
  const ElementType element = expressions()[body].type;
  const graph::ValueId made = builder().compute(std::move(compute), std::move(shape), "", span);
  Variables all = around;
  all.insert(all.end(), like.variables.begin(), like.variables.end());
  return read_stored(made, storage_of(all, true), like.variables, element);
}

}  // namespace kiln::elaborate
