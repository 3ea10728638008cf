#pragma once

#include <optional>
#include <vector>

#include "graph/graph.h"
#include "transform/index_polynomial.h"

namespace kiln::transform {

/// Makes scalar expressions in simplest form; every pass builds through it.
///   add(x, 0)                         -> x
///   mul(x, 2), mul(neg(x), y)         -> mul(2, x), neg(mul(x, y))        literals first, operands sorted
///   mul(select(c, a, 0), b)           -> select(c, mul(a, b), 0)
///   i64: add(mul(2, i), sub(3, i))    -> add(i, 3)                        by the polynomial
/// It stands under all passes, so that equal things become equal objects wherever they are made.
///
/// A zero that a `select` gives instead of a value is a strong zero: what is multiplied by it is not
/// evaluated. Derivatives need this (`select(x > 0, sqrt(x), 0)` has the gradient 0 at 0), and padded reads
/// become guards by it. Otherwise float rules are exact but for the sign of zero.
class Folder {
 public:
  explicit Folder(graph::Expressions& expressions) : expressions_(expressions), polynomials_(expressions) {}

  graph::ExprId call(ScalarFunction function, std::vector<graph::ExprId> operands);
  graph::ExprId convert(graph::ExprId operand, ElementType to);

  using Id = graph::ExprId;
  Id add(Id a, Id b) { return call(ScalarFunction::add, {a, b}); }
  Id subtract(Id a, Id b) { return call(ScalarFunction::subtract, {a, b}); }
  Id multiply(Id a, Id b) { return call(ScalarFunction::multiply, {a, b}); }
  Id divide(Id a, Id b) { return call(ScalarFunction::divide, {a, b}); }
  Id negate(Id a) { return call(ScalarFunction::negate, {a}); }
  Id equal(Id a, Id b) { return call(ScalarFunction::equal, {a, b}); }
  Id not_equal(Id a, Id b) { return call(ScalarFunction::not_equal, {a, b}); }
  Id less(Id a, Id b) { return call(ScalarFunction::less, {a, b}); }
  Id less_equal(Id a, Id b) { return call(ScalarFunction::less_equal, {a, b}); }
  Id both(Id a, Id b) { return call(ScalarFunction::logical_and, {a, b}); }
  Id either(Id a, Id b) { return call(ScalarFunction::logical_or, {a, b}); }
  Id opposite(Id a) { return call(ScalarFunction::logical_not, {a}); }
  Id select(Id condition, Id a, Id b) { return call(ScalarFunction::select, {condition, a, b}); }
  Id boolean(bool value) { return expressions_.literal(ElementType::boolean, Scalar::of_integer(value)); }
  /// A number of any number type.
  Id number(double value, ElementType type);
  Id zero(ElementType type) { return expressions_.literal(type, Scalar{}); }

  bool is_zero(Id id) const;                  // the literal 0, 0.0, -0.0 or false
  bool is_number(Id id, double value) const;  // a literal of a number type
  std::optional<bool> truth_of(Id id) const;  // of a literal bool
  bool is_call(Id id, ScalarFunction function) const;
  Id operand(Id id, size_t k) const { return expressions_[id].operands[k]; }
  ElementType type_of(Id id) const { return expressions_[id].type; }

  graph::Expressions& expressions() { return expressions_; }
  IndexPolynomials& polynomials() { return polynomials_; }

 private:
  graph::Expressions& expressions_;
  IndexPolynomials polynomials_;
};

/// `select(condition, value, 0)` taken apart.
struct Guarded {
  graph::ExprId condition, value;
};
std::optional<Guarded> guarded(const Folder& folder, graph::ExprId id);

/// The conjuncts of a condition, in order.
std::vector<graph::ExprId> conjuncts(const Folder& folder, graph::ExprId condition);

}  // namespace kiln::transform
