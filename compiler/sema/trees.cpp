#include "sema/trees.h"

#include <array>

namespace kiln::sema {

ValueType scalar_type(ElementType type) {
  static const auto types = [] {  // most nodes have one of them: their leaves are made once
    std::array<ValueType, static_cast<size_t>(ElementType::u4) + 1> made;  // u4 is the last
    for (size_t i = 0; i < made.size(); ++i) {
      const auto element = static_cast<ElementType>(i);
      made[i] = {{{"", LeafRole::plain, {element, {}}}}, true};
    }
    return made;
  }();
  return types[static_cast<size_t>(type)];
}

namespace {

template <class T>
std::unique_ptr<T> scalar_node(Span span, ElementType type) {
  auto node = std::make_unique<T>();
  node->span = span;
  node->type = scalar_type(type);
  return node;
}

}  // namespace

ElementType element_of(const TypedExpr& tree) {
  return tree.type.leaves.empty() ? ElementType::f32 : tree.type.leaves[0].type.element;
}

TypedExprPtr literal(Span span, ElementType type, Scalar value) {
  auto node = scalar_node<Literal>(span, type);
  node->value = value;
  return node;
}

TypedExprPtr integer_literal(Span span, int64_t value) {
  return literal(span, ElementType::i64, Scalar::of_integer(value));
}

TypedExprPtr dim_value(Span span, const dim::Dim& dim) {
  if (const auto constant = dim.constant()) return integer_literal(span, *constant);
  auto node = scalar_node<DimValue>(span, ElementType::i64);
  node->dim = dim;
  return node;
}

TypedExprPtr index_value(Body&, Span span, IndexId index) {
  auto node = scalar_node<IndexValue>(span, ElementType::i64);
  node->index = index;
  return node;
}

TypedExprPtr apply(Span span, ScalarFunction function, std::vector<TypedExprPtr> operands) {
  std::vector<ElementType> types;
  for (const TypedExprPtr& operand : operands) types.push_back(element_of(*operand));
  auto node = scalar_node<Apply>(span, result_type(function, types));
  node->function = function;
  node->operands = std::move(operands);
  return node;
}

TypedExprPtr apply(Span span, ScalarFunction function, TypedExprPtr a) {
  std::vector<TypedExprPtr> operands;
  operands.push_back(std::move(a));
  return apply(span, function, std::move(operands));
}

TypedExprPtr apply(Span span, ScalarFunction function, TypedExprPtr a, TypedExprPtr b) {
  std::vector<TypedExprPtr> operands;
  operands.push_back(std::move(a));
  operands.push_back(std::move(b));
  return apply(span, function, std::move(operands));
}

TypedExprPtr conjunction(Span span, TypedExprPtr a, TypedExprPtr b) {
  if (!a) return b;
  if (!b) return a;
  return apply(span, ScalarFunction::logical_and, std::move(a), std::move(b));
}

TypedExprPtr converted(TypedExprPtr tree, ElementType to) {
  if (element_of(*tree) == to) return tree;
  const Span span = tree->span;
  if (tree->kind == ExprKind::literal) {
    const Scalar value = convert(static_cast<Literal&>(*tree).value, element_of(*tree), to);
    return literal(span, to, value);
  }
  auto node = scalar_node<Apply>(span, to);
  node->function = ScalarFunction::convert;
  node->operands.push_back(std::move(tree));
  return node;
}

TypedExprPtr part_of(Body& body, Span span, TypedExprPtr base, uint32_t first_leaf, const Type& type) {
  if (base->kind == ExprKind::part) {
    auto& inner = static_cast<Part&>(*base);
    first_leaf += inner.first_leaf;
    base = std::move(inner.base);
  }
  auto node = make_node<Part>(body, span, type);
  node->base = std::move(base);
  node->first_leaf = first_leaf;
  return node;
}

TypedExprPtr place_value(Body& body, Span span, const Place& place, const Type& type) {
  auto local = std::make_unique<Local>();
  local->span = span;
  local->slot = place.slot;
  local->type = body.function->slots[place.slot].type;
  const bool is_whole = place.first_leaf == 0 && place.leaf_count == local->type.leaves.size();
  const Type::Kind kind = type.kind;
  const bool same_form = local->type.is_tensor == (kind == Type::Kind::tensor);
  if (is_whole && same_form) return local;
  return part_of(body, span, std::move(local), place.first_leaf, type);
}

TypedExprPtr tuple_of(Body& body, Span span, std::vector<TypedExprPtr> fields, const Type& type) {
  auto node = make_node<TupleValue>(body, span, type);
  node->fields = std::move(fields);
  return node;
}

Slot new_slot(Body& body, const std::string& name, const Type& type) {
  body.function->slots.push_back({name, value_type(body.session, type)});
  return static_cast<Slot>(body.function->slots.size() - 1);
}

Place whole_place(Body& body, Slot slot, Span span) {
  return {slot, 0, static_cast<uint32_t>(body.function->slots[slot].type.leaves.size()), span};
}

TypedStatementPtr bind_statement(Span span, std::vector<Slot> slots, TypedExprPtr value) {
  auto statement = std::make_unique<BindSlots>();
  statement->span = span;
  statement->slots = std::move(slots);
  statement->value = std::move(value);
  return statement;
}

TypedStatementPtr set_statement(Span span, const Place& place, TypedExprPtr value) {
  auto statement = std::make_unique<SetPlace>();
  statement->span = span;
  statement->place = place;
  statement->value = std::move(value);
  return statement;
}

}  // namespace kiln::sema
