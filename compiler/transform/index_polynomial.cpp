#include "transform/index_polynomial.h"

#include <algorithm>

#include "base/internal_check.h"

namespace kiln::transform {

using dim::Dim;
using graph::Expr;
using graph::ExprId;
using graph::ExprKind;

Dim value_of(const Dim::Atom& atom) {
  switch (atom.kind) {
    case Dim::AtomKind::symbol: return Dim::symbol(atom.symbol);
    case Dim::AtomKind::quotient: return atom.operands[0] / atom.operands[1];
    case Dim::AtomKind::minimum:
    case Dim::AtomKind::maximum: break;
  }
  Dim result = atom.operands[0];
  for (size_t k = 1; k < atom.operands.size(); ++k) {
    result =
        atom.kind == Dim::AtomKind::minimum ? min(result, atom.operands[k]) : max(result, atom.operands[k]);
  }
  return result;
}

namespace {

struct Part {
  Dim coefficient;  // uniform
  std::vector<Dim::Atom> atoms;
};

bool is_uniform_name(const std::string& name) { return name[0] != '#' && name[0] != '@'; }

bool is_uniform(const Dim::Atom& atom) {
  if (atom.kind == Dim::AtomKind::symbol) return is_uniform_name(atom.symbol);
  return std::all_of(atom.operands.begin(), atom.operands.end(),
                     [](const Dim& operand) { return transform::is_uniform(operand); });
}

/// The polynomial as a sum of uniform coefficients times products of atoms that differ from point to point;
/// the uniform part has no atoms.
std::vector<Part> parts_of(const Dim& polynomial) {
  std::vector<Part> parts;
  std::vector<Dim> keys;
  for (const Dim::Term& term : polynomial.terms()) {
    Part part{Dim(term.coefficient), {}};
    Dim key = 1;
    for (const Dim::Atom& atom : term.factors) {
      if (is_uniform(atom)) {
        part.coefficient = part.coefficient * value_of(atom);
      } else {
        part.atoms.push_back(atom);
        key = key * value_of(atom);
      }
    }
    const auto place = std::find(keys.begin(), keys.end(), key);
    if (place != keys.end()) {
      Part& former = parts[static_cast<size_t>(place - keys.begin())];
      former.coefficient = former.coefficient + part.coefficient;
    } else {
      keys.push_back(key);
      parts.push_back(std::move(part));
    }
  }
  return parts;
}

bool all_negative(const Dim& coefficient) {
  const std::vector<Dim::Term> terms = coefficient.terms();
  return std::all_of(terms.begin(), terms.end(), [](const Dim::Term& term) { return term.coefficient < 0; });
}

}  // namespace

Dim index_symbol(uint32_t number) { return Dim::symbol("#" + std::to_string(number)); }
Dim opaque_symbol(ExprId expression) { return Dim::symbol("@" + std::to_string(expression.number)); }

std::optional<uint32_t> index_of_symbol(const std::string& name) {
  if (name.empty() || name[0] != '#') return std::nullopt;
  return static_cast<uint32_t>(std::stoul(name.substr(1)));
}

std::optional<ExprId> expression_of_symbol(const std::string& name) {
  if (name.empty() || name[0] != '@') return std::nullopt;
  return ExprId{static_cast<uint32_t>(std::stoul(name.substr(1)))};
}

bool is_uniform(const Dim& polynomial) {
  const std::set<std::string> names = polynomial.symbols();
  return std::all_of(names.begin(), names.end(), is_uniform_name);
}

bool holds_data(const Dim& polynomial) {
  const std::set<std::string> names = polynomial.symbols();
  return std::any_of(names.begin(), names.end(), [](const std::string& name) { return name[0] == '@'; });
}

std::optional<Dim> coefficient_of(const Dim& polynomial, uint32_t index) {
  const std::string name = *index_symbol(index).bare_symbol();
  Dim coefficient = 0;
  for (const Part& part : parts_of(polynomial)) {
    Dim product = 1;
    for (const Dim::Atom& atom : part.atoms) product = product * value_of(atom);
    if (!product.symbols().contains(name)) continue;
    if (part.atoms.size() != 1 || part.atoms[0].kind != Dim::AtomKind::symbol) return std::nullopt;
    coefficient = coefficient + part.coefficient;
  }
  return coefficient;
}

Dim IndexPolynomials::of(ExprId id) {
  const auto known = known_.find(id.number);
  if (known != known_.end()) return known->second;
  const Expr& expr = expressions_[id];
  internal_check(expr.type == ElementType::i64, "index arithmetic is in i64");
  Dim result = opaque_symbol(id);
  switch (expr.kind) {
    case ExprKind::literal: result = Dim(expr.literal.integer); break;
    case ExprKind::index: result = index_symbol(expr.index); break;
    case ExprKind::dim: result = expr.dim; break;
    case ExprKind::read: break;
    case ExprKind::call: result = of_call(id); break;
  }
  if (result.overflowed()) result = opaque_symbol(id);
  known_.emplace(id.number, result);
  return result;
}

Dim IndexPolynomials::of_call(ExprId id) {
  const Expr expr = expressions_[id];  // a copy: nothing is interned here, but `of` walks on
  const Dim opaque = opaque_symbol(id);
  const auto operand = [&](size_t k) { return of(expr.operands[k]); };
  const auto exact = [&](size_t k) { return !holds_data(operand(k)); };
  switch (expr.function) {
    case ScalarFunction::add: return operand(0) + operand(1);
    case ScalarFunction::subtract: return operand(0) - operand(1);
    case ScalarFunction::negate: return Dim(0) - operand(0);
    case ScalarFunction::multiply:
      if (is_uniform(operand(0)) || is_uniform(operand(1)) || (exact(0) && exact(1)))
        return operand(0) * operand(1);
      return opaque;
    case ScalarFunction::quotient:
    case ScalarFunction::remainder: {
      const Dim divisor = operand(1);
      const std::optional<int64_t> constant = divisor.constant();
      if (!exact(0) || !is_uniform(divisor) || (constant && *constant < 1)) return opaque;
      return expr.function == ScalarFunction::quotient ? operand(0) / divisor : operand(0) % divisor;
    }
    case ScalarFunction::minimum: return exact(0) && exact(1) ? min(operand(0), operand(1)) : opaque;
    case ScalarFunction::maximum: return exact(0) && exact(1) ? max(operand(0), operand(1)) : opaque;
    default: return opaque;
  }
}

ExprId IndexPolynomials::atom_expression(const Dim::Atom& atom) {
  if (atom.kind == Dim::AtomKind::symbol) {
    if (const auto index = index_of_symbol(atom.symbol)) return expressions_.index(*index);
    if (const auto opaque = expression_of_symbol(atom.symbol)) return *opaque;
    return expressions_.dim(Dim::symbol(atom.symbol));
  }
  const ScalarFunction function = atom.kind == Dim::AtomKind::quotient  ? ScalarFunction::quotient
                                  : atom.kind == Dim::AtomKind::minimum ? ScalarFunction::minimum
                                                                        : ScalarFunction::maximum;
  ExprId result = expression(atom.operands[0]);
  for (size_t k = 1; k < atom.operands.size(); ++k) {
    result = expressions_.call(function, {result, expression(atom.operands[k])});
  }
  return result;
}

Dim IndexPolynomials::with_remainders(Dim polynomial) {
  for (const Part& part : parts_of(polynomial)) {
    if (part.atoms.size() != 1 || part.atoms[0].kind != Dim::AtomKind::quotient) continue;
    const Dim numerator = part.atoms[0].operands[0], divisor = part.atoms[0].operands[1];
    const Dim times = (Dim(0) - part.coefficient) / divisor;
    if (!(times * divisor == Dim(0) - part.coefficient)) continue;
    const Dim rest = polynomial - times * (numerator - divisor * (numerator / divisor));
    if (rest.terms().size() + 1 > polynomial.terms().size()) continue;
    const ExprId remainder =
        expressions_.call(ScalarFunction::remainder, {expression(numerator), expression(divisor)});
    polynomial = rest + times * opaque_symbol(remainder);
  }
  return polynomial;
}

ExprId IndexPolynomials::expression(const Dim& polynomial) {
  if (is_uniform(polynomial)) return expressions_.dim(polynomial);
  std::vector<std::pair<ExprId, bool>> summands;  // the expression, whether it is subtracted
  Dim constant = 0;
  for (const Part& part : parts_of(with_remainders(polynomial))) {
    if (part.atoms.empty()) {
      constant = part.coefficient;
      continue;
    }
    ExprId product = atom_expression(part.atoms[0]);
    for (size_t k = 1; k < part.atoms.size(); ++k) {
      product = expressions_.call(ScalarFunction::multiply, {product, atom_expression(part.atoms[k])});
    }
    const bool subtracted = all_negative(part.coefficient);
    const Dim factor = subtracted ? Dim(0) - part.coefficient : part.coefficient;
    if (!factor.is_constant(1)) {
      product = expressions_.call(ScalarFunction::multiply, {expressions_.dim(factor), product});
    }
    summands.emplace_back(product, subtracted);
  }
  std::stable_partition(summands.begin(), summands.end(),
                        [](const auto& summand) { return !summand.second; });

  ExprId sum;
  const bool constant_leads = summands[0].second && !constant.is_constant(0);
  if (constant_leads) sum = expressions_.dim(constant);
  for (const auto& [summand, subtracted] : summands) {
    if (!sum.valid()) {
      sum = subtracted ? expressions_.call(ScalarFunction::negate, {summand}) : summand;
    } else {
      sum = expressions_.call(subtracted ? ScalarFunction::subtract : ScalarFunction::add, {sum, summand});
    }
  }
  if (constant_leads || constant.is_constant(0)) return sum;
  const bool subtracted = all_negative(constant);
  return expressions_.call(subtracted ? ScalarFunction::subtract : ScalarFunction::add,
                           {sum, expressions_.dim(subtracted ? Dim(0) - constant : constant)});
}

}  // namespace kiln::transform
