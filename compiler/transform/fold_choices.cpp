#include "transform/fold_rules.h"

namespace kiln::transform::fold_rules {

using dim::Dim;
using graph::Expr;
using graph::ExprId;
using graph::ExprKind;
using Ids = std::vector<ExprId>;

namespace {

/// `convert(i, i32)` of an index, or an i32 literal: what may be compared in i64 instead.
bool is_narrowed_index(Folder& f, ExprId id) {
  if (!f.is_call(id, ScalarFunction::convert)) return false;
  const Expr& inner = f.expressions()[f.operand(id, 0)];
  return inner.type == ElementType::i64 && inner.kind == ExprKind::index;
}

/// The terms with positive coefficients, and the others negated.
std::pair<Dim, Dim> split_by_sign(const Dim& polynomial) {
  Dim positive = 0;
  for (const Dim::Term& term : polynomial.terms()) {
    if (term.coefficient < 0) continue;
    Dim product = term.coefficient;
    for (const Dim::Atom& atom : term.factors) product = product * value_of(atom);
    positive = positive + product;
  }
  return {positive, positive - polynomial};
}

int64_t constant_term(const Dim& polynomial) {
  for (const Dim::Term& term : polynomial.terms()) {
    if (term.factors.empty()) return term.coefficient;
  }
  return 0;
}

ExprId select(Folder& f, const Ids& x) {
  const ExprId c = x[0], a = x[1], b = x[2];
  const ElementType type = f.type_of(a);
  if (const auto truth = f.truth_of(c)) return *truth ? a : b;
  if (a == b) return a;
  if (type == ElementType::boolean) {
    if (f.truth_of(b) == false) return f.both(c, a);
    if (f.truth_of(a) == true) return f.either(c, b);
  }
  if (f.is_call(a, ScalarFunction::select) && f.operand(a, 0) == c) return f.select(c, f.operand(a, 1), b);
  if (f.is_call(b, ScalarFunction::select) && f.operand(b, 0) == c) return f.select(c, a, f.operand(b, 2));
  if (f.is_zero(a)) return f.is_zero(b) ? a : f.select(f.opposite(c), b, f.zero(type));
  if (f.is_zero(b)) {
    if (const auto part = guarded(f, a)) return f.select(f.both(c, part->condition), part->value, b);
  } else if (f.is_call(c, ScalarFunction::logical_not)) {
    return f.select(f.operand(c, 0), b, a);
  }
  return {};
}

/// Neither operand is moved: the first guards the second.
ExprId both(Folder& f, const Ids& x) {
  if (const auto truth = f.truth_of(x[0])) return *truth ? x[1] : x[0];
  if (const auto truth = f.truth_of(x[1])) return *truth ? x[0] : x[1];
  for (const ExprId known : conjuncts(f, x[0])) {
    if (known == x[1]) return x[0];
  }
  if (f.is_call(x[1], ScalarFunction::logical_and))
    return f.both(f.both(x[0], f.operand(x[1], 0)), f.operand(x[1], 1));
  return {};
}

ExprId either(Folder& f, const Ids& x) {
  if (const auto truth = f.truth_of(x[0])) return *truth ? x[0] : x[1];
  if (const auto truth = f.truth_of(x[1])) return *truth ? x[1] : x[0];
  return x[0] == x[1] ? x[0] : ExprId{};
}

ExprId opposite(Folder& f, const Ids& x) {
  const ExprId a = x[0];
  if (f.is_call(a, ScalarFunction::logical_not)) return f.operand(a, 0);
  if (f.is_call(a, ScalarFunction::equal)) return f.not_equal(f.operand(a, 0), f.operand(a, 1));
  if (f.is_call(a, ScalarFunction::not_equal)) return f.equal(f.operand(a, 0), f.operand(a, 1));
  const bool ordered = f.is_call(a, ScalarFunction::less) || f.is_call(a, ScalarFunction::less_equal);
  if (!ordered || is_float(f.type_of(f.operand(a, 0)))) return {};  // with NaN, not (a < b) is not b <= a
  return f.is_call(a, ScalarFunction::less) ? f.less_equal(f.operand(a, 1), f.operand(a, 0))
                                            : f.less(f.operand(a, 1), f.operand(a, 0));
}

template <ScalarFunction function>
ExprId compare(Folder& f, const Ids& x) {
  return compare_integers(f, function, x[0], x[1]);
}

ExprId decide(Folder& f, ScalarFunction function, int64_t a, int64_t b) {
  const Scalar values[2] = {Scalar::of_integer(a), Scalar::of_integer(b)};
  return f.boolean(evaluate(function, ElementType::i64, values).integer != 0);
}

}  // namespace

ExprId compare_integers(Folder& f, ScalarFunction function, ExprId a, ExprId b) {
  const ElementType type = f.type_of(a);
  if (type == ElementType::i32 && (is_narrowed_index(f, a) || is_narrowed_index(f, b))) {
    return f.call(function, {f.convert(a, ElementType::i64), f.convert(b, ElementType::i64)});
  }
  if (is_integer(type) && a == b) return decide(f, function, 0, 0);
  if (type != ElementType::i64) return {};

  const Dim difference = f.polynomials().of(b) - f.polynomials().of(a);
  if (difference.overflowed()) return {};
  if (const auto constant = difference.constant()) return decide(f, function, 0, *constant);
  auto [positive, negative] = split_by_sign(difference);
  const auto make = [&](ScalarFunction made, const Dim& left, const Dim& right) {
    return f.expressions().call(made, {f.polynomials().expression(left), f.polynomials().expression(right)});
  };
  if (function == ScalarFunction::equal || function == ScalarFunction::not_equal) {
    if (negative < positive) std::swap(positive, negative);
    return make(function, positive, negative);
  }
  // a < b is b - a - 1 >= 0. Bounds are written as `low <= x` and `x < high`; between indices a constant goes
  // where it is positive, and -1 becomes `<`.
  const Dim excess = function == ScalarFunction::less ? difference - 1 : difference;
  const int64_t constant = constant_term(excess);
  const auto [above, below] = split_by_sign(excess - constant);
  if (is_uniform(above)) return make(ScalarFunction::less, below, above + constant + 1);
  if (is_uniform(below)) return make(ScalarFunction::less_equal, below - constant, above);
  if (constant < 0) return make(ScalarFunction::less, below + (-constant - 1), above);
  return make(ScalarFunction::less_equal, below, above + constant);
}

const std::vector<Row>& choices() {
  static const std::vector<Row> rows = {
      {ScalarFunction::select, select},
      {ScalarFunction::logical_and, both},
      {ScalarFunction::logical_or, either},
      {ScalarFunction::logical_not, opposite},
      {ScalarFunction::equal, compare<ScalarFunction::equal>},
      {ScalarFunction::not_equal, compare<ScalarFunction::not_equal>},
      {ScalarFunction::less, compare<ScalarFunction::less>},
      {ScalarFunction::less_equal, compare<ScalarFunction::less_equal>},
  };
  return rows;
}

}  // namespace kiln::transform::fold_rules
