#include "sema/exact.h"

#include <algorithm>

#include "sema/proofs.h"
#include "sema/trees.h"

namespace kiln::sema {

namespace {

constexpr WideInteger largest_index = INT32_MAX;  // every axis is shorter than 2^31
constexpr WideInteger beyond = WideInteger{1} << 100;

struct Interval {
  WideInteger low = 0, high = 0;

  bool within(const Interval& other) const { return other.low <= low && high <= other.high; }
};
constexpr Interval all_of_64_bits{INT64_MIN, INT64_MAX};

WideInteger clamped(WideInteger value) { return std::clamp(value, -beyond, beyond); }

Interval add(const Interval& a, const Interval& b) {
  return {clamped(a.low + b.low), clamped(a.high + b.high)};
}

Interval negated(const Interval& a) { return {-a.high, -a.low}; }

WideInteger product(WideInteger a, WideInteger b) {
  if (a == 0 || b == 0) return 0;
  const WideInteger size = (a < 0 ? -a : a), other = (b < 0 ? -b : b);
  if (size > beyond / other) return (a < 0) == (b < 0) ? beyond : -beyond;
  return a * b;
}

Interval multiply(const Interval& a, const Interval& b) {
  const std::initializer_list<WideInteger> ends = {product(a.low, b.low), product(a.low, b.high),
                                                   product(a.high, b.low), product(a.high, b.high)};
  return {std::min(ends), std::max(ends)};
}

/// By a divisor that is at least 1, or by any: the quotient is no larger than the numerator.
Interval quotient(const Interval& a) {
  const WideInteger size = std::max(-a.low, a.high);
  return a.low >= 0 ? Interval{-a.high, a.high} : Interval{-size, size};
}

Interval remainder(const Interval& b) {
  const WideInteger size = std::max({-b.low, b.high, WideInteger{0}});
  return {-size, size};
}

Interval of_type(ElementType type) {
  if (type == ElementType::boolean) return {0, 1};
  if (!is_integer(type)) return {-beyond, beyond};
  const int bits = row_of(type).bits;
  if (row_of(type).kind == ElementKind::unsigned_integer) return {0, (WideInteger{1} << bits) - 1};
  return {-(WideInteger{1} << (bits - 1)), (WideInteger{1} << (bits - 1)) - 1};
}

Interval of_dim(const Body& body, const dim::Dim& dim);

Interval of_index(const Body& body, const Index& index) {
  if (!index.extent) return {-largest_index, largest_index};
  const dim::Dim low = index.low.value_or(dim::Dim(0));
  return {of_dim(body, low).low, of_dim(body, low + *index.extent - 1).high};
}

/// The extent of an index may be another one: `j: 0..i`.
Interval of_symbol(const Body& body, const std::string& symbol) {
  if (symbol.find('#') == std::string::npos) return {0, largest_index};
  const auto index = std::find_if(body.indices.begin(), body.indices.end(),
                                  [&](const Index& one) { return one.symbol == symbol; });
  return index == body.indices.end() ? all_of_64_bits : of_index(body, *index);
}

Interval of_atom(const Body& body, const dim::Dim::Atom& atom) {
  switch (atom.kind) {
    case dim::Dim::AtomKind::symbol: return of_symbol(body, atom.symbol);
    case dim::Dim::AtomKind::quotient: {
      const Interval numerator = of_dim(body, atom.operands[0]);
      return {std::min(numerator.low, WideInteger{0}), std::max(numerator.high, WideInteger{0})};
    }
    default: {
      Interval result = of_dim(body, atom.operands[0]);
      for (const dim::Dim& operand : atom.operands) {
        const Interval other = of_dim(body, operand);
        result = {std::min(result.low, other.low), std::max(result.high, other.high)};
      }
      return result;
    }
  }
}

Interval of_dim(const Body& body, const dim::Dim& dim) {
  if (const auto constant = dim.constant()) return {*constant, *constant};
  Interval sum;
  for (const dim::Dim::Term& term : dim.terms()) {
    Interval value{term.coefficient, term.coefficient};
    for (const dim::Dim::Atom& factor : term.factors) value = multiply(value, of_atom(body, factor));
    sum = add(sum, value);
  }
  return sum;
}

bool is_ring(ScalarFunction function) {
  return function == ScalarFunction::add || function == ScalarFunction::subtract ||
         function == ScalarFunction::multiply || function == ScalarFunction::negate;
}

bool is_arithmetic(ScalarFunction function) {
  return is_ring(function) || function == ScalarFunction::quotient || function == ScalarFunction::remainder ||
         function == ScalarFunction::minimum || function == ScalarFunction::maximum;
}

bool is_convert(const TypedExpr& tree) {
  return tree.kind == ExprKind::apply && static_cast<const Apply&>(tree).function == ScalarFunction::convert;
}

/// Made of indices, dims and numbers: what gave it a type of its own was no cast that was written.
bool is_loose(const TypedExpr& tree) {
  switch (tree.kind) {
    case ExprKind::index:
    case ExprKind::dim: return true;
    case ExprKind::literal: return element_of(tree) == ElementType::i64;
    case ExprKind::apply: {
      const auto& apply = static_cast<const Apply&>(tree);
      return is_arithmetic(apply.function) &&
             std::all_of(apply.operands.begin(), apply.operands.end(),
                         [](const TypedExprPtr& operand) { return is_loose(*operand); });
    }
    default: return false;
  }
}

/// Of what is no arithmetic.
Interval of_leaf(const Body& body, const TypedExpr& tree) {
  switch (tree.kind) {
    case ExprKind::literal: {
      const Scalar value = static_cast<const Literal&>(tree).value;
      const WideInteger number = element_of(tree) == ElementType::u64
                                     ? static_cast<WideInteger>(static_cast<uint64_t>(value.integer))
                                     : static_cast<WideInteger>(value.integer);
      return {number, number};
    }
    case ExprKind::index: return of_index(body, body.indices[static_cast<const IndexValue&>(tree).index]);
    case ExprKind::dim: {
      // Dims whose products leave 64 bits are refused at the call.
      const Interval range = of_dim(body, static_cast<const DimValue&>(tree).dim);
      constexpr WideInteger largest = WideInteger{1} << 62;
      return {std::max(range.low, -largest), std::min(range.high, largest)};
    }
    default: return of_type(element_of(tree));
  }
}

struct Wide {
  Widened result;
  Interval range;
};

Wide wide(const Body& body, TypedExprPtr tree);

Wide wide_leaf(const Body& body, TypedExprPtr tree) {
  const Interval range = of_leaf(body, *tree);
  const bool fits = range.within(all_of_64_bits);
  return {{converted(std::move(tree), ElementType::i64), fits, true}, range};
}

Wide wide_apply(const Body& body, Apply& apply) {
  std::vector<TypedExprPtr> operands;
  std::vector<Interval> ranges;
  bool exact = true, congruent = true;
  for (TypedExprPtr& operand : apply.operands) {
    Wide part = wide(body, std::move(operand));
    exact = exact && part.result.is_exact;
    congruent = congruent && part.result.is_congruent;
    ranges.push_back(part.range);
    operands.push_back(std::move(part.result.tree));
  }
  Interval range;
  switch (apply.function) {
    case ScalarFunction::add: range = add(ranges[0], ranges[1]); break;
    case ScalarFunction::subtract: range = add(ranges[0], negated(ranges[1])); break;
    case ScalarFunction::multiply: range = multiply(ranges[0], ranges[1]); break;
    case ScalarFunction::negate: range = negated(ranges[0]); break;
    case ScalarFunction::quotient: range = quotient(ranges[0]); break;
    case ScalarFunction::remainder: range = remainder(ranges[1]); break;
    default:
      range = {std::min(ranges[0].low, ranges[1].low), std::max(ranges[0].high, ranges[1].high)};
      break;
  }
  exact = exact && range.within(all_of_64_bits);
  congruent = is_ring(apply.function) ? congruent : exact;
  TypedExprPtr tree = sema::apply(apply.span, apply.function, std::move(operands));
  static_cast<Apply&>(*tree).needs_check = apply.needs_check;
  return {{std::move(tree), exact, congruent}, range};
}

Wide wide(const Body& body, TypedExprPtr tree) {
  if (tree->kind != ExprKind::apply) return wide_leaf(body, std::move(tree));
  auto& apply = static_cast<Apply&>(*tree);
  if (is_arithmetic(apply.function) && element_of(*tree) != ElementType::u64) return wide_apply(body, apply);
  if (is_convert(*tree) && is_integer(element_of(*apply.operands[0])) &&
      (is_loose(*apply.operands[0]) ||
       of_type(element_of(*apply.operands[0])).within(of_type(element_of(*tree))))) {
    return wide(body, std::move(apply.operands[0]));
  }
  return wide_leaf(body, std::move(tree));
}

}  // namespace

Widened widen(const Body& body, TypedExprPtr tree) { return wide(body, std::move(tree)).result; }

bool is_plain(const Body& body, const TypedExpr& tree) {
  if (tree.kind != ExprKind::apply) return true;
  const auto& apply = static_cast<const Apply&>(tree);
  if (is_arithmetic(apply.function)) return false;
  if (!is_convert(tree)) return true;
  const TypedExpr& operand = *apply.operands[0];
  if (!is_integer(element_of(operand))) return true;
  if (is_loose(operand)) {
    return operand.kind != ExprKind::apply && of_leaf(body, operand).within(of_type(element_of(tree)));
  }
  return !of_type(element_of(operand)).within(of_type(element_of(tree))) || is_plain(body, operand);
}

std::optional<dim::Dim> stored_integer(const Body& body, const Value& value, const Element& element) {
  if (!value.integer || body.is_muted) return value.integer;
  const bool changes = element.is_settled() && !(value.type.element == element);
  if (!value.may_wrap && !changes) return value.integer;
  if (element.kind != Element::Kind::known) return element.is_loose() ? value.integer : std::nullopt;
  if (!is_integer(element.type)) return std::nullopt;
  const Interval limits = of_type(element.type);
  if (of_dim(body, *value.integer).within(limits)) return value.integer;
  constexpr WideInteger largest = WideInteger{1} << 62;  // the prover calculates in 64 bits itself
  const auto low = static_cast<int64_t>(std::max(limits.low, -largest));
  const auto high = static_cast<int64_t>(std::min(limits.high, largest));
  const dim::Facts facts = dim::with_short_axes(body.facts);
  const bool fits = dim::proves(facts, dim::Condition::less_equal(low, *value.integer)) &&
                    dim::proves(facts, dim::Condition::less_equal(*value.integer, high));
  return fits ? value.integer : std::nullopt;
}

std::optional<dim::Dim> stored_integer(Body& body, const Value& value, const std::string& name) {
  if (!value.type.is_scalar() || !is_integral(value.type.element)) return std::nullopt;
  if (const auto known = stored_integer(body, value, value.type.element)) return known;
  return new_runtime(body, name);
}

}  // namespace kiln::sema
