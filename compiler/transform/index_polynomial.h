#pragma once

#include <optional>
#include <string>
#include <unordered_map>

#include "dim/dim.h"
#include "graph/graph.h"

namespace kiln::transform {

/// Index arithmetic in normal form: i64 expressions as polynomials (`dim::Dim`) over dims, indices and opaque
/// atoms. Equal index expressions become equal objects this way, the solver of write maps reads coefficients
/// off them, and the prover takes them as they are. A name starting with `#` is an index, one starting with
/// `@` an expression that is no index arithmetic (data read from a tensor, say), named by its number.
///
/// What holds data stays out of products with other indices and out of quotients: these are exact over
/// indices and dims (which fit), not where data may wrap.
class IndexPolynomials {
 public:
  explicit IndexPolynomials(graph::Expressions& expressions) : expressions_(expressions) {}

  /// The polynomial of an i64 expression.
  dim::Dim of(graph::ExprId expression);
  /// The expression of a polynomial, in one canonical order; `a - b*(a / b)` becomes `a % b`.
  graph::ExprId expression(const dim::Dim& polynomial);

 private:
  dim::Dim of_call(graph::ExprId id);
  graph::ExprId atom_expression(const dim::Dim::Atom& atom);
  dim::Dim with_remainders(dim::Dim polynomial);

  graph::Expressions& expressions_;
  std::unordered_map<uint32_t, dim::Dim> known_;
};

dim::Dim index_symbol(uint32_t number);
dim::Dim opaque_symbol(graph::ExprId expression);
std::optional<uint32_t> index_of_symbol(const std::string& name);
std::optional<graph::ExprId> expression_of_symbol(const std::string& name);

/// An atom of a polynomial as a polynomial of its own.
dim::Dim value_of(const dim::Dim::Atom& atom);

/// Over dims alone, the same at every point of a domain.
bool is_uniform(const dim::Dim& polynomial);
bool holds_data(const dim::Dim& polynomial);

/// What an index is multiplied by, where it occurs to the first power and outside of quotients, minimum,
/// maximum and products with other indices; nothing if it occurs otherwise; 0 if it does not occur.
std::optional<dim::Dim> coefficient_of(const dim::Dim& polynomial, uint32_t index);

}  // namespace kiln::transform
