#pragma once

#include "sema/body.h"

/// Makes nodes of the typed tree.
namespace kiln::sema {

template <class T>
std::unique_ptr<T> make_node(Body& body, Span span, const Type& type);

TypedExprPtr literal(Span span, ElementType type, Scalar value);
TypedExprPtr integer_literal(Span span, int64_t value);  // i64
TypedExprPtr dim_value(Span span, const dim::Dim& dim);  // i64
TypedExprPtr index_value(Body& body, Span span, IndexId index);
/// Of rank 0; the result's type follows from the operands.
TypedExprPtr apply(Span span, ScalarFunction function, std::vector<TypedExprPtr> operands);
TypedExprPtr apply(Span span, ScalarFunction function, TypedExprPtr a);
TypedExprPtr apply(Span span, ScalarFunction function, TypedExprPtr a, TypedExprPtr b);
/// `a and b`, of which either may be null: the other one.
TypedExprPtr conjunction(Span span, TypedExprPtr a, TypedExprPtr b);
/// Of rank 0; gives the tree itself if it has the type already.
TypedExprPtr converted(TypedExprPtr tree, ElementType to);
TypedExprPtr place_value(Body& body, Span span, const Place& place, const Type& type);
/// `count` leaves of a value.
TypedExprPtr part_of(Body& body, Span span, TypedExprPtr base, uint32_t first_leaf, const Type& type);
TypedExprPtr tuple_of(Body& body, Span span, std::vector<TypedExprPtr> fields, const Type& type);
ElementType element_of(const TypedExpr& tree);

Slot new_slot(Body& body, const std::string& name, const Type& type);
Place whole_place(Body& body, Slot slot, Span span);
TypedStatementPtr bind_statement(Span span, std::vector<Slot> slots, TypedExprPtr value);
TypedStatementPtr set_statement(Span span, const Place& place, TypedExprPtr value);

ValueType scalar_type(ElementType type);

}  // namespace kiln::sema

#include "sema/models.h"

namespace kiln::sema {

template <class T>
std::unique_ptr<T> make_node(Body& body, Span span, const Type& type) {
  auto node = std::make_unique<T>();
  node->span = span;
  node->type = value_type(body.session, type);
  return node;
}

}  // namespace kiln::sema
