#include "dim/algebra.h"

#include <algorithm>
#include <numeric>

#include "base/internal_check.h"
#include "dim/checked.h"

namespace kiln::dim {
namespace {

constexpr int most_atoms = 250;
constexpr int most_normalising_rounds = 32;

Polynomial overflowed_polynomial() {
  Polynomial result;
  result.overflowed = true;
  return result;
}

}  // namespace

std::optional<AtomId> Algebra::find_symbol(const std::string& name) const {
  for (int id = 1; id <= size(); ++id) {
    const Atom& candidate = atom(static_cast<AtomId>(id));
    if (candidate.shared && candidate.shared->name == name) return static_cast<AtomId>(id);
  }
  return std::nullopt;
}

AtomId Algebra::symbol(const std::string& name) {
  if (const std::optional<AtomId> found = find_symbol(name)) return *found;
  if (size() >= most_atoms) return 0;
  atoms_.push_back({Dim::AtomKind::symbol, make_symbol(name), std::nullopt, {}, false, 0});
  return static_cast<AtomId>(size());
}

AtomId Algebra::new_symbol(const Dim& stands_for) {
  if (size() >= most_atoms) return 0;
  atoms_.push_back({Dim::AtomKind::symbol, nullptr, stands_for, {}, false, 0});
  return static_cast<AtomId>(size());
}

std::optional<AtomId> Algebra::intern(Dim::AtomKind kind, std::vector<Polynomial> operands) {
  for (int id = 1; id <= size(); ++id) {
    const Atom& candidate = atom(static_cast<AtomId>(id));
    if (candidate.kind == kind && candidate.operands == operands) return static_cast<AtomId>(id);
  }
  if (size() >= most_atoms) return std::nullopt;
  atoms_.push_back({kind, nullptr, std::nullopt, std::move(operands), false, 0});
  return static_cast<AtomId>(size());
}

Polynomial Algebra::atom_polynomial(std::optional<AtomId> id) const {
  return id && *id != 0 ? Polynomial::atom(*id) : overflowed_polynomial();
}

Polynomial Algebra::import(const Dim& dim) {
  const Dim::Polynomial& parts = dim.polynomial();
  Polynomial result(parts.constant);
  for (const SharedTerm& term : parts.terms) {
    Polynomial product(term.coefficient);
    for (const AtomPointer& shared : term.factors->atoms) {
      if (shared->kind == Dim::AtomKind::symbol) {
        std::optional<AtomId> id = find_symbol(shared->name);
        if (!id && size() < most_atoms) {
          atoms_.push_back({Dim::AtomKind::symbol, shared, std::nullopt, {}, false, 0});
          id = static_cast<AtomId>(size());
        }
        product = product * atom_polynomial(id);
      } else if (shared->kind == Dim::AtomKind::quotient) {
        Polynomial numerator = import(shared->operands[0]), divisor = import(shared->operands[1]);
        product = product * quotient(std::move(numerator), std::move(divisor));
      } else {
        std::vector<Polynomial> operands;
        for (const Dim& operand : shared->operands) operands.push_back(import(operand));
        product = product * minimum_or_maximum(shared->kind, operands);
      }
    }
    result = result + product;
  }
  return result;
}

Monomial Algebra::cancellable(Monomial monomial) const {
  Monomial result = unit_monomial;
  for_each_atom(monomial, [&](AtomId id) {
    if (atom(id).non_negative) result = *multiply(result, monomial_of(id));
  });
  return result;
}

/// `x / b + k` over `d` becomes `x + k*b` over `b*d`, if exactly one bare quotient stands in the numerator.
bool Algebra::merge_inner_quotient(Polynomial& numerator, Polynomial& divisor) const {
  AtomId inner = 0;
  for (const Term& term : numerator.terms) {
    if (degree(term.monomial) != 1 || term.coefficient != 1) continue;
    const AtomId id = static_cast<AtomId>(term.monomial >> 56);
    if (atom(id).kind != Dim::AtomKind::quotient) continue;
    if (inner != 0) return false;
    inner = id;
  }
  if (inner == 0) return false;
  const Split parts = split(numerator, inner);
  if (parts.degree != 1 || parts.coefficient.constant() != 1) return false;
  const std::vector<Polynomial>& operands = atom(inner).operands;
  if (operands[1].constant().value_or(1) < 1) return false;
  Polynomial merged_numerator = operands[0] + parts.rest * operands[1];
  Polynomial merged_divisor = divisor * operands[1];
  if (merged_numerator.overflowed || merged_divisor.overflowed) return false;
  numerator = std::move(merged_numerator);
  divisor = std::move(merged_divisor);
  return true;
}

Polynomial Algebra::quotient(Polynomial numerator, Polynomial divisor) {
  if (numerator.overflowed || divisor.overflowed) return overflowed_polynomial();
  if (divisor.constant().value_or(1) < 1)  // never evaluated to a number: keep it for the prover to reject
    return atom_polynomial(intern(Dim::AtomKind::quotient, {std::move(numerator), std::move(divisor)}));
  Polynomial outside;
  for (int round = 0; round < most_normalising_rounds; ++round) {
    Division division = divide(numerator, divisor);
    if (division.remainder.overflowed) return overflowed_polynomial();
    outside = outside + division.quotient;
    numerator = std::move(division.remainder);
    if (numerator.terms.empty()) return outside;
    if (numerator.constant() == -1) return outside + -1;  // as the divisor is positive
    const int64_t factor = std::gcd(content(divisor, true), content(numerator, false));
    if (factor > 1) {
      divisor = divide_terms(divisor, factor, unit_monomial);
      numerator = divide_and_floor(numerator, factor);
      continue;
    }
    const Monomial shared = cancellable(common_factors(common_monomial(divisor), common_monomial(numerator)));
    if (shared != unit_monomial) {
      divisor = divide_terms(divisor, 1, shared);
      numerator = divide_terms(numerator, 1, shared);
      continue;
    }
    if (!merge_inner_quotient(numerator, divisor)) break;
  }
  return outside +
         atom_polynomial(intern(Dim::AtomKind::quotient, {std::move(numerator), std::move(divisor)}));
}

Polynomial Algebra::minimum_or_maximum(Dim::AtomKind kind, const std::vector<Polynomial>& operands) {
  const bool largest = kind == Dim::AtomKind::maximum;
  std::vector<Polynomial> kept;
  const auto add = [&](const Polynomial& operand) {
    for (Polynomial& other : kept) {
      const std::optional<int64_t> difference = (operand - other).constant();
      if (!difference) continue;
      if ((*difference > 0) == largest) other = operand;
      return;
    }
    kept.push_back(operand);
  };
  for (const Polynomial& operand : operands) {
    if (operand.overflowed) return operand;
    const std::optional<AtomId> bare = operand.bare_atom();
    if (bare && atom(*bare).kind == kind) {
      for (const Polynomial& nested : atom(*bare).operands) add(nested);
    } else {
      add(operand);
    }
  }
  if (kept.size() == 1) return kept[0];
  std::sort(kept.begin(), kept.end());
  return atom_polynomial(intern(kind, std::move(kept)));
}

bool Algebra::is_non_negative_monomial(Monomial monomial) const {
  bool result = true;
  for_each_atom(monomial, [&](AtomId id) { result &= atom(id).non_negative; });
  return result;
}

bool Algebra::is_plainly_non_negative(const Polynomial& polynomial) const {
  if (polynomial.overflowed) return false;
  bool all_positive = true, bounds_help = false;
  for (const Term& term : polynomial.terms) {
    all_positive &= term.coefficient > 0;
    bool non_negative = true;
    for_each_atom(term.monomial, [&](AtomId id) {
      non_negative &= atom(id).non_negative;
      bounds_help |= atom(id).lower_bound > 0;
    });
    if (!non_negative) return false;
  }
  if (all_positive) return true;
  if (!bounds_help) return false;
  Polynomial shifted;
  for (const Term& term : polynomial.terms) {
    Polynomial product(term.coefficient);
    for_each_atom(term.monomial,
                  [&](AtomId id) { product = product * (Polynomial::atom(id) + atom(id).lower_bound); });
    shifted = shifted + product;
  }
  return !shifted.overflowed && std::all_of(shifted.terms.begin(), shifted.terms.end(),
                                            [](const Term& term) { return term.coefficient > 0; });
}

bool Algebra::occurs(AtomId id, const Polynomial& polynomial) const {
  bool found = false;
  for (const Term& term : polynomial.terms)
    for_each_atom(term.monomial, [&](AtomId factor) {
      if (factor == id) found = true;
      for (const Polynomial& operand : atom(factor).operands) found = found || occurs(id, operand);
    });
  return found;
}

Dim Algebra::export_unchanged(const Polynomial& polynomial) const {
  internal_check(!polynomial.overflowed, "an overflowed polynomial has no Dim");
  std::vector<SharedTerm> terms;
  for (const Term& term : polynomial.terms) {
    if (term.monomial == unit_monomial) continue;
    std::vector<AtomPointer> factors;
    for_each_atom(term.monomial, [&](AtomId id) {
      const Atom& factor = atom(id);
      if (factor.shared) {
        factors.push_back(factor.shared);
        return;
      }
      std::vector<Dim> operands;
      for (const Polynomial& operand : factor.operands) operands.push_back(export_unchanged(operand));
      if (factor.kind != Dim::AtomKind::quotient) std::sort(operands.begin(), operands.end());
      factors.push_back(make_atom(factor.kind, std::move(operands)));
    });
    terms.push_back(make_term(term.coefficient, std::move(factors)));
  }
  const std::optional<Dim> dim = make_dim(std::move(terms), polynomial.constant_term());
  internal_check(dim.has_value(), "a polynomial holds each monomial once");
  return *dim;
}

Dim Algebra::export_normalised(const Polynomial& polynomial) const {
  internal_check(!polynomial.overflowed, "an overflowed polynomial has no Dim");
  Dim result = 0;
  for (const Term& term : polynomial.terms) {
    Dim product = term.coefficient;
    for_each_atom(term.monomial, [&](AtomId id) {
      const Atom& factor = atom(id);
      if (factor.shared || factor.stands_for) {
        product = product * (factor.shared ? make_dim(factor.shared) : *factor.stands_for);
        return;
      }
      Dim value = export_normalised(factor.operands[0]);
      for (size_t i = 1; i < factor.operands.size(); ++i) {
        const Dim operand = export_normalised(factor.operands[i]);
        value = factor.kind == Dim::AtomKind::quotient  ? value / operand
                : factor.kind == Dim::AtomKind::minimum ? min(value, operand)
                                                        : max(value, operand);
      }
      product = product * value;
    });
    result = result + product;
  }
  return result;
}

std::optional<Dim> normalised_quotient(const Dim& numerator, const Dim& divisor) {
  Algebra algebra;
  std::set<std::string> names = numerator.symbols();
  names.merge(divisor.symbols());
  for (const std::string& name : names) algebra.symbol(name);  // numbered in a fixed order
  Polynomial top = algebra.import(numerator), bottom = algebra.import(divisor);
  const Polynomial result = algebra.quotient(std::move(top), std::move(bottom));
  if (result.overflowed) return std::nullopt;
  return algebra.export_unchanged(result);
}

}  // namespace kiln::dim
