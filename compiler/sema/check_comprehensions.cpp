#include <algorithm>

#include <fmt/format.h>

#include "sema/check_expressions.h"
#include "sema/comprehensions.h"
#include "sema/conversions.h"
#include "sema/fixes.h"
#include "sema/models.h"
#include "sema/proofs.h"
#include "sema/report.h"
#include "sema/trees.h"

namespace kiln::sema {

namespace {

Value type_error(Body& body, const Value& value) {
  report_limit(body, value.span, fmt::format("a comprehension of {}", to_string(value.type)));
  return Value::error(value.span);
}

/// Axes that are joined are written through their subscripts: `{ var t; t[b, i*W + j] = e; return t }`.
TypedExprPtr joined_comprehension(Body& body, Span span, const Type& type, IndexSet& set,
                                  TypedExprPtr value) {
  const Slot slot = new_slot(body, "joined", type);
  auto statement = std::make_unique<AssignPoints>();
  statement->span = span;
  statement->place = whole_place(body, slot, span);
  statement->binders = typed_binders(body, set);
  statement->subscripts = joined_subscripts(body, set.binders);
  const size_t inner = type.shape.size() - statement->subscripts.size();
  for (size_t i = 0; i < inner; ++i) {
    TypedSubscript subscript;
    subscript.is_slice = true;
    subscript.extent = type.shape[type.shape.size() - inner + i].extent;
    subscript.span = span;
    statement->subscripts.push_back(std::move(subscript));
  }
  statement->value = std::move(value);
  statement->defines = true;
  statement->tensor_name = "joined";
  auto block = make_node<BlockValue>(body, span, type);
  block->block.statements.push_back(std::move(statement));
  block->block.result = place_value(body, span, whole_place(body, slot, span), type);
  return block;
}

}  // namespace

namespace {

/// Nested expressions would be checked again and again, muted, for the ranges of the indices around them:
/// their types are found once.
template <class Check>
Value once_while_muted(Body& body, const syntax::Binders& binders, Span span, const Check& check) {
  if (!body.is_muted || body.muted_types == nullptr) return check();
  if (const auto found = body.muted_types->find(&binders); found != body.muted_types->end()) {
    if (found->second.failed()) return Value::error(span);
    return {found->second, span, make_node<Literal>(body, span, found->second)};
  }
  Value value = check();
  body.muted_types->emplace(&binders, value.type);
  return value;
}

/// Whether no extent speaks of an index of the comprehension: those that stand alone are axes, joined ones
/// are not.
bool is_closed(const Body& body, const Type& type, const IndexSet& set) {
  if (!has_joins(set.binders) || !type.is_tensor()) return true;
  for (const Axis& axis : type.shape) {
    const std::set<std::string> symbols = symbols_within(body.session, axis.extent);
    for (const IndexId id : set.all) {
      if (symbols.count(body.indices[id].symbol)) return false;
    }
  }
  return true;
}

Value comprehend_now(Body& body, const syntax::Binders& binders, const syntax::Expression& expression,
                     Span span, Want want) {
  BlockScope scope(body);
  auto set = declare_binders(body, binders.list, false);
  if (!set || !infer_ranges(body, set->all, {&expression})) return Value::error(span);
  assume_ranges(body, *set);
  body.no_effects = "a comprehension";
  body.effect_depth = body.scope.depth() + 1;
  const Type element =
      want.type != nullptr && want.type->is_tensor() ? Type::tensor(want.type->element) : Type();
  Value value = check_expression(body, expression, element.failed() ? Want{} : Want{&element, false});
  if (want.type != nullptr && want.type->is_tensor() && value.type.is_scalar() &&
      !value.type.element.is_settled()) {
    if (!convert_element(body, value, want.type->element)) return Value::error(span);
  }
  settle(body, value);
  if (value.failed()) return Value::error(span);
  const Type type =
      closed_type(body, value.type, axes_of(body, set->binders), closed_indices(body, set->binders));
  if (type.failed()) return type_error(body, value);
  if (!is_closed(body, type, *set)) {
    report_limit(body, span, "a ragged axis over a joined index");
    return Value::error(span);
  }
  if (has_joins(set->binders)) {
    if (!type.is_tensor()) return type_error(body, value);
    return {type, span, joined_comprehension(body, span, type, *set, std::move(value.tree))};
  }
  auto node = make_node<Comprehension>(body, span, type);
  node->binders = typed_binders(body, *set);
  node->body = std::move(value.tree);
  return {type, span, std::move(node)};
}

}  // namespace

Value comprehend(Body& body, const syntax::Binders& binders, const syntax::Expression& expression, Span span,
                 Want want) {
  return once_while_muted(body, binders, span,
                          [&] { return comprehend_now(body, binders, expression, span, want); });
}

Value check_comprehension(Body& body, const syntax::Comprehension& comprehension, Want want) {
  return comprehend(body, comprehension.binders, *comprehension.body, comprehension.span, want);
}

namespace {

struct ReducerRow {
  syntax::Reducer reducer;
  TypedReducer typed;
  ElementClass operands;
};

constexpr ReducerRow reducer_table[] = {
    {syntax::Reducer::sum, TypedReducer::sum, ElementClass::number},
    {syntax::Reducer::prod, TypedReducer::product, ElementClass::number},
    {syntax::Reducer::mean, TypedReducer::mean, ElementClass::floating},
    {syntax::Reducer::max, TypedReducer::maximum, ElementClass::number},
    {syntax::Reducer::min, TypedReducer::minimum, ElementClass::number},
    {syntax::Reducer::any, TypedReducer::any, ElementClass::element},
    {syntax::Reducer::all, TypedReducer::all, ElementClass::element},
    {syntax::Reducer::argmax, TypedReducer::argmax, ElementClass::number},
    {syntax::Reducer::argmin, TypedReducer::argmin, ElementClass::number},
};

bool is_place(TypedReducer reducer) {
  return reducer == TypedReducer::argmax || reducer == TypedReducer::argmin;
}

bool operand_suits(Body& body, const ReducerRow& row, const Value& value, Span reducer_span) {
  const bool is_logic = row.typed == TypedReducer::any || row.typed == TypedReducer::all;
  const bool is_linear = row.typed == TypedReducer::sum || row.typed == TypedReducer::mean;
  if (value.type.is_tree() && is_linear) {
    const LeafList leaves = leaves_of(body.session, value.type);
    if (std::all_of(leaves.begin(), leaves.end(),
                    [](const Leaf& leaf) { return is_float(leaf.type.element); }))
      return true;
  }
  const bool suits = value.type.is_tensor() && (is_logic ? is_boolean(value.type.element)
                                                         : belongs_to(value.type.element, row.operands));
  if (suits) return true;
  Diagnostic& diagnostic = report(body, diagnostics::wrong_element, value.span,
                                  fmt::format("`{}` needs {}", name_of(row.reducer),
                                              is_logic                                 ? "bools"
                                              : row.operands == ElementClass::floating ? "floats"
                                                                                       : "numbers"));
  diagnostic.label = this_is(value.type);
  diagnostic.labels.push_back({reducer_span, ""});
  if (row.typed == TypedReducer::mean && value.type.is_tensor())
    fix_by_cast(body, diagnostic, value.span, "f32");
  return false;
}

}  // namespace

Value reduce(Body& body, Span span, syntax::Reducer reducer, Span reducer_span,
             std::vector<TypedBinder> binders, TypedExprPtr condition, Value value) {
  const ReducerRow& row = reducer_table[static_cast<size_t>(reducer)];
  internal_check(row.reducer == reducer, "sema: the table of reducers is out of order");
  settle(body, value);
  if (value.failed() || !operand_suits(body, row, value, reducer_span)) return Value::error(span);
  Type type = value.type;
  if (is_place(row.typed)) {
    if (!type.is_scalar()) {
      report(body, diagnostics::wrong_element, value.span,
             fmt::format("`{}` compares single numbers", name_of(reducer)))
          .label = this_is(type);
      return Value::error(span);
    }
    type = Type::scalar(ElementType::i32);
    if (binders.size() > 1) type = Type::tuple(std::vector<Type>(binders.size(), type));
  }
  auto node = make_node<Reduction>(body, span, type);
  node->reducer = row.typed;
  std::optional<dim::Dim> range;
  if (binders.size() == 1) range = binders[0].extent;
  const bool is_filtered = condition != nullptr;
  node->binders = std::move(binders);
  node->condition = std::move(condition);
  node->body = std::move(value.tree);
  Value result(type, span, std::move(node));
  if (type.is_scalar() && is_integral(type.element)) {
    result.integer = new_runtime(body, std::string(name_of(reducer)));
    if (is_place(row.typed) && range) {
      // -1 if there is nothing to choose from.
      const bool chooses =
          !is_filtered && !body.is_muted && dim::proves(body.facts, dim::Condition::less_equal(1, *range));
      body.facts.add(dim::Condition::less_equal(chooses ? 0 : -1, *result.integer));
      body.facts.add(dim::Condition::less(*result.integer, max(*range, dim::Dim(0))));
    }
  }
  return result;
}

namespace {

Value reduce_now(Body& body, const syntax::Reduction& reduction, Want want) {
  std::vector<TypedBinder> binders;
  TypedBlock block;  // what has to be checked before
  TypedExprPtr condition;
  Value value;
  {
    BlockScope scope(body);
    auto set = declare_binders(body, reduction.binders.list, true);
    if (!set || !infer_ranges(body, set->all, {reduction.body.get(), reduction.binders.where.get()})) {
      return Value::error(reduction.span);
    }
    if (!check_data_ranges(body, *set, block.statements)) return Value::error(reduction.span);
    condition = assume_ranges(body, *set);
    body.no_effects = "a reduction";
    body.effect_depth = body.scope.depth() + 1;
    body.is_conditional = body.is_conditional || reduction.binders.where != nullptr || !set->data.empty();
    if (reduction.binders.where) {
      Value filter = check_expression(body, *reduction.binders.where);
      if (!require_condition(body, filter)) return Value::error(reduction.span);
      if (filter.condition) body.facts.add(*filter.condition);
      condition = conjunction(reduction.span, std::move(condition), std::move(filter.tree));
    }
    const bool keeps_type = reduction.reducer <= syntax::Reducer::min;
    value = check_expression(body, *reduction.body, keeps_type ? Want{want.type, false} : Want{});
    if (keeps_type && want.type != nullptr && want.type->is_scalar() && value.type.is_scalar() &&
        value.type.element.is_constant() && want.type->element.is_settled()) {
      convert_element(body, value, want.type->element);
    }
    settle(body, value);
    binders = typed_binders(body, *set);
  }
  value = reduce(body, reduction.span, reduction.reducer, reduction.reducer_span, std::move(binders),
                 std::move(condition), std::move(value));
  return block_as_value(body, reduction.span, std::move(value), std::move(block));
}

}  // namespace

Value check_reduction(Body& body, const syntax::Reduction& reduction, Want want) {
  return once_while_muted(body, reduction.binders, reduction.span,
                          [&] { return reduce_now(body, reduction, want); });
}

}  // namespace kiln::sema
