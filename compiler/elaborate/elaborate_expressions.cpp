#include <algorithm>

#include "base/internal_check.h"
#include "elaborate/elaborator.h"

namespace kiln::elaborate {

using graph::ExprId;
using sema::ExprKind;

namespace {

bool is_narrow_float(ElementType element) {
  return element == ElementType::f16 || element == ElementType::bf16;
}

}  // namespace

Leaves Elaborator::value(const sema::TypedExpr& expr) {
  span_ = expr.span;
  switch (expr.kind) {
    case ExprKind::literal: {
      const ElementType element = expr.type.leaves[0].type.element;
      return {scalar_leaf(expressions().literal(element, syntax::as<sema::Literal>(expr).value), element)};
    }
    case ExprKind::vector: {
      const sema::TensorType& type = expr.type.leaves[0].type;
      const auto& elements = syntax::as<sema::VectorLiteral>(expr).elements;
      std::vector<std::byte> data(elements.size() * static_cast<size_t>(size_of(type.element)));
      for (size_t i = 0; i < elements.size(); ++i)
        store(data.data() + i * static_cast<size_t>(size_of(type.element)), type.element, elements[i]);
      const graph::ValueId constant = builder().constant({type.element, type.shape}, std::move(data));
      return {read_whole(constant, {}, new_variables(type.shape), type.element)};
    }
    case ExprKind::local: {
      const sema::Slot slot = syntax::as<sema::Local>(expr).slot;
      if (frame_->slots[slot].empty() && !expr.type.leaves.empty())
        internal_error("elaborate: `" + slot_name(slot) + "` is read before it is bound");
      return frame_->slots[slot];
    }
    case ExprKind::index: return {frame_->indices.at(syntax::as<sema::IndexValue>(expr).index)};
    case ExprKind::dim:
      return {scalar_leaf(data_of(syntax::as<sema::DimValue>(expr).dim, {}), ElementType::i64)};
    case ExprKind::part: {
      const auto& part = syntax::as<sema::Part>(expr);
      const auto count = static_cast<uint32_t>(expr.type.leaves.size());
      if (const auto* local = syntax::if_is<sema::Local>(*part.base))  // without the leaves beside the part
        return get({local->slot, part.first_leaf, count, expr.span});
      const Leaves base = value(*part.base);
      const auto first = base.begin() + part.first_leaf;
      return Leaves(first, first + static_cast<std::ptrdiff_t>(count));
    }
    case ExprKind::access: return access(syntax::as<sema::Access>(expr));
    case ExprKind::apply: return apply(syntax::as<sema::Apply>(expr));
    case ExprKind::comprehension: return comprehension(syntax::as<sema::Comprehension>(expr));
    case ExprKind::reduction: return reduction(syntax::as<sema::Reduction>(expr));
    case ExprKind::call: return call(syntax::as<sema::Call>(expr));
    case ExprKind::intrinsic: return intrinsic(syntax::as<sema::Intrinsic>(expr));
    case ExprKind::conditional: return conditional(syntax::as<sema::ConditionalValue>(expr));
    case ExprKind::block: {
      const auto& inner = syntax::as<sema::BlockValue>(expr);
      return inner.is_checkpoint ? checkpoint(inner) : block(inner.block);
    }
    case ExprKind::derivative: return derivative(syntax::as<sema::DerivativeValue>(expr));
    case ExprKind::tuple: {
      Leaves leaves;
      for (const auto& field : syntax::as<sema::TupleValue>(expr).fields)
        for (LeafValue& leaf : value(*field)) leaves.push_back(std::move(leaf));
      return leaves;
    }
    case ExprKind::fill: return fill(syntax::as<sema::Fill>(expr));
    case ExprKind::leafwise: return leafwise(syntax::as<sema::Leafwise>(expr));
    case ExprKind::function_value: return {};  // bound by closure_of
    case ExprKind::call_value: return call_value(syntax::as<sema::CallValue>(expr));
  }
  internal_error("elaborate: an expression of unknown kind");
}

LeafValue Elaborator::tensor(const sema::TypedExpr& expr) {
  Leaves leaves = value(expr);
  if (leaves.size() != 1) internal_error("elaborate: a tensor was expected, not " + to_string(expr.type));
  return std::move(leaves[0]);
}

ExprId Elaborator::scalar(const sema::TypedExpr& expr) {
  const LeafValue leaf = tensor(expr);
  if (!leaf.shape.empty()) internal_error("elaborate: a scalar was expected, not " + to_string(expr.type));
  return wide_at(leaf, {});
}

ExprId Elaborator::subscript(const sema::TypedExprPtr& expr) {
  return expr ? expressions().convert(scalar(*expr), ElementType::i64) : expressions().integer(0);
}

/// f16 and bf16 compute in f32; the result is rounded where it is bound.
Leaves Elaborator::apply(const sema::Apply& expr) {
  const ElementType element = expr.type.leaves[0].type.element;
  if (expr.function == ScalarFunction::convert) {
    const LeafValue operand = tensor(*expr.operands[0]);
    return {scalar_leaf(expressions().convert(at(operand, {}), element), element)};
  }
  // What `and` and `or` guard is evaluated under the condition before it, and so are checks within it.
  if (expr.function == ScalarFunction::logical_and || expr.function == ScalarFunction::logical_or) {
    const LeafValue first = tensor(*expr.operands[0]);
    ExprId condition = at(first, {});
    if (expr.function == ScalarFunction::logical_or)
      condition = expressions().call(ScalarFunction::logical_not, {condition});
    ExprId second;
    choose(
        scalar_leaf(condition, ElementType::boolean), [&] { second = scalar(*expr.operands[1]); }, [] {},
        expr.span);
    return {scalar_leaf(expressions().call(expr.function, {at(first, {}), second}), element)};
  }
  std::vector<ExprId> operands;
  for (const auto& operand : expr.operands) operands.push_back(scalar(*operand));
  if (expr.needs_check) check_divisor(operands[1], expr.operands[1]->span);
  return {scalar_leaf(expressions().call(expr.function, std::move(operands)), element)};
}

Leaves Elaborator::access(const sema::Access& expr) {
  Leaves result;
  for (const LeafValue& leaf : value(*expr.base)) result.push_back(access(expr, leaf, result.empty()));
  return result;
}

/// One leaf: a tensor has no other, of a tree the axes behind the subscripts stay. Checks are made once.
LeafValue Elaborator::access(const sema::Access& expr, const LeafValue& base, bool is_checked) {
  LeafValue result;
  result.element = base.element;
  std::vector<ExprId> subscripts;
  ExprId inside;
  std::map<uint32_t, ExprId> values;  // of the base's variables
  const auto require = [&](ExprId condition) {
    inside =
        inside.valid() ? expressions().call(ScalarFunction::logical_and, {inside, condition}) : condition;
  };
  for (size_t axis = 0; axis < expr.subscripts.size(); ++axis) {
    const sema::TypedSubscript& item = expr.subscripts[axis];
    ExprId at_axis = subscript(item.at);
    const uint32_t of_base = base.variables[axis];
    if (item.needs_check && is_checked)
      check_place(at_axis, item, of_base, values, expr.tensor_name, static_cast<uint32_t>(axis));
    if (item.is_slice) {
      const uint32_t variable = new_variable(item.extent, "", result.variables);
      result.variables.push_back(variable);
      result.shape.push_back(variables_[variable].extent);
      at_axis = item.at ? expressions().call(ScalarFunction::add, {at_axis, expressions().index(variable)})
                        : expressions().index(variable);
    }
    if (expr.otherwise) {
      require(expressions().call(ScalarFunction::less_equal, {expressions().integer(0), at_axis}));
      require(expressions().call(ScalarFunction::less, {at_axis, extent_at(of_base, values)}));
    }
    values.emplace(of_base, at_axis);
    subscripts.push_back(at_axis);
  }
  for (size_t axis = expr.subscripts.size(); axis < base.shape.size(); ++axis) {
    const uint32_t variable = variable_like(base.variables[axis], values);
    result.variables.push_back(variable);
    result.shape.push_back(base.shape[axis]);
    subscripts.push_back(expressions().index(variable));
    values.emplace(base.variables[axis], subscripts.back());
  }
  result.body = at(base, subscripts);
  if (expr.otherwise && inside.valid()) {
    const ExprId outside = expressions().convert(scalar(*expr.otherwise), base.element);
    result.body = expressions().call(ScalarFunction::select, {inside, result.body, outside});
  }
  result.region = depth();
  return result;
}

LeafValue Elaborator::select(ExprId condition, const LeafValue& yes, const LeafValue& no) {
  LeafValue result = leaf_like(yes);
  const std::vector<ExprId> subscripts = variables_of(result);
  ExprId first = wide_at(yes, subscripts);
  ExprId second = wide_at(no, subscripts);
  result.body =
      first == second ? first : expressions().call(ScalarFunction::select, {condition, first, second});
  return result;
}

/// Both branches are elaborated, each with its condition as a guard; the result chooses, and so do the
/// variables that a branch changed (a draw).
Leaves Elaborator::conditional(const sema::ConditionalValue& expr) {
  const LeafValue condition = tensor(*expr.condition);
  Leaves yes;
  Leaves no;
  choose(
      condition, [&] { yes = block(expr.then_block); }, [&] { no = block(expr.else_block); }, expr.span);
  Leaves result;
  for (size_t i = 0; i < yes.size(); ++i) result.push_back(select(at(condition, {}), yes[i], no[i]));
  return result;
}

Leaves Elaborator::fill(const sema::Fill& expr) {
  const ExprId filling = scalar(*expr.value);
  Leaves result;
  for (const sema::Leaf& leaf : expr.type.leaves) {
    LeafValue filled = shaped_leaf(leaf.type);
    filled.body = expressions().convert(filling, leaf.type.element);
    result.push_back(std::move(filled));
  }
  return result;
}

/// The leaves of the result one by one. An operand has as many leaves as the result, or those of its params
/// alone (a gradient), or one of rank 0 (a factor).
Leaves Elaborator::leafwise(const sema::Leafwise& expr) {
  std::vector<Leaves> operands;
  for (const auto& operand : expr.operands) operands.push_back(value(*operand));
  std::vector<size_t> next(operands.size(), 0);
  const auto is_factor = [&](size_t i) {
    return expr.operands[i]->type.is_tensor && operands[i][0].shape.empty();
  };

  Leaves result;
  for (const sema::Leaf& leaf : expr.type.leaves) {
    const bool changes = is_float(leaf.type.element);
    bool whole_operands = true;  // every operand that is no factor has this leaf
    std::vector<const LeafValue*> parts;
    for (size_t i = 0; i < operands.size(); ++i) {
      const bool all_leaves = operands[i].size() == expr.type.leaves.size();
      if (is_factor(i) && !(all_leaves && expr.type.is_tensor)) {
        parts.push_back(&operands[i][0]);
      } else if (all_leaves || (changes && leaf.role == sema::LeafRole::param)) {
        parts.push_back(&operands[i][next[i]++]);
      } else {
        whole_operands = false;
      }
    }
    if (!changes || !whole_operands) {
      result.push_back(*parts.front());
      continue;
    }
    LeafValue made = shaped_leaf(leaf.type);
    std::vector<ExprId> elements;
    for (const LeafValue* part : parts) {
      const ExprId element = part->shape.empty() ? wide_at(*part, {}) : wide_at(*part, variables_of(made));
      const ElementType computed = is_narrow_float(leaf.type.element) ? ElementType::f32 : leaf.type.element;
      elements.push_back(expressions().convert(element, computed));
    }
    made.body = expressions().call(expr.function, std::move(elements));
    result.push_back(std::move(made));
  }
  return result;
}

Leaves Elaborator::block(const sema::TypedBlock& block) {
  run(block.statements);
  return block.result ? value(*block.result) : Leaves{};
}

}  // namespace kiln::elaborate
