#pragma once

#include <map>
#include <optional>

#include "graph/expression.h"

namespace kiln::graph {

/// An i64 expression as a sum: coefficients over dims, times indices or atoms, and a constant over dims.
/// Atoms are what is not affine: reads, casts, floor quotients and remainders of indices, `min`, `max`,
/// `select`, products of two of these. No coefficient is zero.
/// The form is the expression's mathematical value: subscripts are taken not to leave 64 bits.
struct Affine {
  std::map<uint32_t, dim::Dim> indices;
  std::map<ExprId, dim::Dim> atoms;
  dim::Dim constant;

  bool is_constant() const { return indices.empty() && atoms.empty(); }  // over dims
  bool has_atoms() const { return !atoms.empty(); }
  /// The index, if this is one index and nothing else.
  std::optional<uint32_t> bare_index() const;
  dim::Dim coefficient_of(uint32_t index) const;  // 0 if it does not occur

  friend bool operator==(const Affine&, const Affine&) = default;
};

Affine operator+(const Affine& a, const Affine& b);
Affine operator-(const Affine& a, const Affine& b);
Affine operator*(const Affine& a, const dim::Dim& factor);

/// Nothing if the expression is not an i64 or a coefficient leaves 64 bits.
std::optional<Affine> affine_of(const Expressions& expressions, ExprId id);

/// The expression of a form, in one canonical order: indices ascending, atoms ascending, the constant last;
/// equal forms give the same expression.
ExprId build(Expressions& expressions, const Affine& affine);

}  // namespace kiln::graph
