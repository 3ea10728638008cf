#pragma once

#include "sema/body.h"

/// `Value::integer` is what the arithmetic of an expression gives without wrapping; the typed tree calculates
/// in its element type, which wraps. Comparisons, subscripts and ranges of data calculate in i64, so that
/// what they say is true of the numbers; what is stored is known only where it provably fits its type.
namespace kiln::sema {

/// A rank-0 integer calculated in i64.
struct Widened {
  TypedExprPtr tree;
  bool is_exact = false;      // no step can leave 64 bits
  bool is_congruent = false;  // equal modulo 2^64: right wherever the result is known to be small
};
Widened widen(const Body& body, TypedExprPtr tree);
/// Whether widening would change nothing: no arithmetic in it can wrap.
bool is_plain(const Body& body, const TypedExpr& tree);

/// What is known of the value where it is stored as `element`; nothing if it may wrap there.
std::optional<dim::Dim> stored_integer(const Body& body, const Value& value, const Element& element);
/// The same as its own element. A fresh symbol where the prover knows nothing of a rank-0 integer.
std::optional<dim::Dim> stored_integer(Body& body, const Value& value, const std::string& name);

}  // namespace kiln::sema
