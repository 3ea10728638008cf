// Equalities and divisibilities become substitutions.
#include <algorithm>
#include <numeric>

#include "dim/checked.h"
#include "dim/system.h"

namespace kiln::dim {

namespace {
constexpr int most_substitutions = 60;
}

/// Finds the next substitution in a set of equations `e == 0`.
class EqualitySolver {
 public:
  explicit EqualitySolver(System& system) : system_(system), algebra_(system.algebra_) {}

  /// Solves one equation, or turns one that cannot be solved into inequalities. False if there is none left.
  bool step() {
    if (!is_tidy_) tidy();
    if (system_.equalities_.empty()) return false;
    const Candidate* best = nullptr;
    size_t place = 0;
    for (size_t i = 0; i < system_.equalities_.size(); ++i) {
      if (!considered_[i]) considered_[i] = best_of(system_.equalities_[i]);
      const std::optional<Candidate>& one = considered_[i]->best;
      if (!one || (best != nullptr && one->order >= best->order)) continue;
      best = &*one;
      place = i;
    }
    if (best != nullptr)
      apply(Candidate(*best), place);
    else
      give_up();
    return true;
  }

 private:
  /// `atom` gets the value `value`, or, for a divisibility, `value + sign * divisor * q` with a new q.
  struct Candidate {
    AtomId atom;
    int order;  // the smaller, the sooner
    Polynomial value;
    std::optional<Polynomial> divisor, dividend;
    int64_t sign = 1;
  };

  /// What one equation offers. It stays true while the equation is the same: most are, from step to step.
  struct Considered {
    std::optional<Candidate> best;
  };

  Considered best_of(const Polynomial& equation) {
    Considered result;
    consider_atoms(equation, result.best);
    consider_divisibility(equation, result.best);
    return result;
  }

  /// Applies what is known, drops what says nothing, sees contradictions.
  void tidy() {
    std::vector<Polynomial> kept;
    std::vector<std::optional<Considered>> considered;
    considered_.resize(system_.equalities_.size());
    for (size_t i = 0; i < system_.equalities_.size(); ++i) {
      const Polynomial& equation = system_.equalities_[i];
      Polynomial reduced = system_.reduce(equation);
      if (reduced.overflowed || reduced.is_zero()) continue;
      const int64_t factor = content(reduced, false);
      if (factor == 0 || reduced.constant_term() % factor != 0) {
        system_.contradictory_ = true;
        continue;
      }
      kept.push_back(divide_and_floor(reduced, factor));
      considered.emplace_back();
      if (kept.back().terms == equation.terms) considered.back() = std::move(considered_[i]);
    }
    system_.equalities_ = std::move(kept);
    considered_ = std::move(considered);
    system_.rank_new_atoms();
    is_tidy_ = true;
  }

  bool is_symbol(AtomId id) const { return algebra_.atom(id).kind == Dim::AtomKind::symbol; }

  static void keep_better(std::optional<Candidate>& best, Candidate candidate) {
    if (!best || candidate.order < best->order) best = std::move(candidate);
  }

  /// A bare atom with coefficient 1 or -1 that occurs nowhere else in the equation.
  void consider_atoms(const Polynomial& equation, std::optional<Candidate>& best) {
    for (const Term& term : equation.terms) {
      if (degree(term.monomial) != 1 || std::abs(term.coefficient) != 1) continue;
      const AtomId id = static_cast<AtomId>(term.monomial >> 56);
      const Polynomial rest = equation - Polynomial::term(term.monomial, term.coefficient);
      if (algebra_.occurs(id, rest)) continue;
      // Symbols before quotients; inner ones before outer ones, so that what remains is over dims.
      const int order = (is_symbol(id) ? 0 : 1 << 28) + (1 << 24) - system_.rank(id);
      keep_better(best, {id, order, rest * -term.coefficient, std::nullopt, std::nullopt, 1});
    }
  }

  /// The equation as `numerator % divisor == remainder`.
  struct Divisibility {
    Polynomial numerator, divisor;
    int64_t remainder;
  };
  std::optional<Divisibility> as_divisibility(const Polynomial& equation, AtomId quotient) const {
    const Polynomial numerator = algebra_.atom(quotient).operands[0],
                     divisor = algebra_.atom(quotient).operands[1];
    const Split parts = split(equation, quotient);
    if (parts.degree != 1 || algebra_.occurs(quotient, parts.rest)) return std::nullopt;
    const std::optional<Polynomial> times = divide_exactly(parts.coefficient, divisor);
    const std::optional<int64_t> factor = times ? times->constant() : std::nullopt;
    if (!factor || *factor == 0) return std::nullopt;
    // equation == -factor * (numerator - divisor * quotient) + offset, and the equation is 0
    const std::optional<int64_t> offset = (parts.rest + numerator * *factor).constant();
    if (!offset || *offset % *factor != 0) return std::nullopt;
    const int64_t remainder = *offset / *factor;
    if (remainder != 0 && !divisor.constant()) return std::nullopt;
    return Divisibility{numerator, divisor, remainder};
  }

  void consider_divisibility(const Polynomial& equation, std::optional<Candidate>& best) {
    for (const Term& term : equation.terms)
      for_each_atom(term.monomial, [&](AtomId id) {
        if (algebra_.atom(id).kind != Dim::AtomKind::quotient) return;
        const std::optional<Divisibility> found = as_divisibility(equation, id);
        if (found) consider(*found, best);
      });
  }

  void consider(const Divisibility& found, std::optional<Candidate>& best) {
    if (found.divisor.constant() && (found.remainder < 0 || found.remainder >= *found.divisor.constant())) {
      system_.contradictory_ = true;
      return;
    }
    Polynomial dividend = found.numerator - found.remainder, divisor = found.divisor;
    if (dividend.overflowed) return;
    const int64_t factor = std::gcd(content(dividend, true), content(divisor, true));
    if (factor > 1) {
      dividend = divide_terms(dividend, factor, unit_monomial);
      divisor = divide_terms(divisor, factor, unit_monomial);
    }
    Monomial common = common_factors(common_monomial(dividend), common_monomial(divisor));
    for_each_atom(Monomial(common), [&](AtomId id) {
      if (!algebra_.atom(id).non_negative) common = *divide(common, monomial_of(id));
    });
    dividend = divide_terms(dividend, 1, common);
    divisor = divide_terms(divisor, 1, common);
    if (divisor.constant()) {  // coprime by now: k*x is divisible where x is
      const int64_t scale = content(dividend, true);
      if (scale > 1 && std::gcd(scale, *divisor.constant()) == 1)
        dividend = divide_terms(dividend, scale, unit_monomial);
    }
    for (const Term& term : dividend.terms) {
      if (degree(term.monomial) != 1 || std::abs(term.coefficient) != 1) continue;
      const AtomId id = static_cast<AtomId>(term.monomial >> 56);
      const Polynomial rest = dividend - Polynomial::term(term.monomial, term.coefficient);
      if (algebra_.occurs(id, rest) || algebra_.occurs(id, divisor)) continue;
      const int order =
          (is_symbol(id) ? 0 : 1 << 28) + (1 << 26) +
          (static_cast<int>(divisor.terms.size()) * 16 + degree(divisor.terms.front().monomial)) * 4096 +
          system_.rank(id) % 4096;
      keep_better(best, {id, order, rest * -term.coefficient, divisor, dividend, term.coefficient});
    }
  }

  void apply(const Candidate& candidate, size_t place) {
    system_.equalities_.erase(system_.equalities_.begin() + static_cast<std::ptrdiff_t>(place));
    considered_.erase(considered_.begin() + static_cast<std::ptrdiff_t>(place));
    is_tidy_ = false;
    Polynomial value = candidate.value;
    if (candidate.divisor) {
      const bool non_negative = algebra_.is_plainly_non_negative(*candidate.dividend);
      const Dim shown =
          algebra_.export_normalised(*candidate.dividend) / algebra_.export_normalised(*candidate.divisor);
      const AtomId fresh = algebra_.new_symbol(shown);
      if (fresh == 0) return;
      algebra_.atom(fresh).non_negative = non_negative;
      system_.classes_of_symbols_.resize(static_cast<size_t>(fresh) + 1, -1);
      system_.classes_of_symbols_[fresh] = System::class_of(system_.rank(candidate.atom));
      value = value + *candidate.divisor * Polynomial::atom(fresh) * candidate.sign;
    }
    const Algebra::Atom atom = algebra_.atom(candidate.atom);
    // What was known of the atom holds for its value.
    if (atom.non_negative) system_.waiting_.push_back(value - atom.lower_bound);
    if (atom.kind == Dim::AtomKind::quotient) {
      const Polynomial rest = atom.operands[0] - atom.operands[1] * value;
      system_.waiting_.push_back(rest);
      system_.waiting_.push_back(atom.operands[1] - 1 - rest);
    }
    for (const Polynomial& operand : atom.operands) {
      if (atom.kind == Dim::AtomKind::minimum) system_.waiting_.push_back(operand - value);
      if (atom.kind == Dim::AtomKind::maximum) system_.waiting_.push_back(value - operand);
    }
    system_.set_value(candidate.atom, std::move(value));
  }

  void give_up() {
    const Polynomial equation = system_.equalities_.back();
    system_.equalities_.pop_back();
    considered_.pop_back();
    system_.waiting_.push_back(equation);
    system_.waiting_.push_back(-equation);
  }

  System& system_;
  Algebra& algebra_;
  std::vector<std::optional<Considered>> considered_;  // of each equation; nothing where it has changed
  bool is_tidy_ = false;
};

void System::solve_equalities() {
  rank_new_atoms();
  EqualitySolver solver(*this);
  for (int count = 0; count < most_substitutions && !contradictory_; ++count)
    if (!solver.step()) break;
  equalities_.clear();
  const std::vector<Polynomial> inequalities = std::move(waiting_);
  waiting_.clear();
  for (const Polynomial& inequality : inequalities) add_fact(reduce(inequality));
  update_signs();
}

void System::forget_reductions() {
  reductions_.clear();
  in_reduction_.reset();
}

void System::set_value(AtomId id, Polynomial value) {
  if (values_.size() <= id) values_.resize(static_cast<size_t>(id) + 1);
  values_[id] = std::move(value);
  solving_order_.push_back(id);
  forget_reductions();
}

Polynomial System::reduce(const Polynomial& polynomial) {
  if (polynomial.overflowed) return polynomial;
  Polynomial result;
  for (const Term& term : polynomial.terms) {
    Polynomial product(term.coefficient);
    for_each_atom(term.monomial, [&](AtomId id) { product = product * reduce_atom(id); });
    result = result + product;
  }
  return result;
}

Polynomial System::reduce_atom(AtomId id) {
  if (id < reductions_.size() && reductions_[id]) return *reductions_[id];
  // A cycle through quotients ends here: an atom left as it stands is as true as its value.
  if (in_reduction_[id]) return Polynomial::atom(id);
  in_reduction_[id] = true;
  Polynomial result;
  if (id < values_.size() && values_[id]) {
    result = reduce(Polynomial(*values_[id]));
  } else if (algebra_.atom(id).kind == Dim::AtomKind::symbol) {
    result = Polynomial::atom(id);
  } else {
    const Dim::AtomKind kind = algebra_.atom(id).kind;
    std::vector<Polynomial> operands = algebra_.atom(id).operands;
    for (Polynomial& operand : operands) operand = reduce(operand);
    result = kind == Dim::AtomKind::quotient ? algebra_.quotient(operands[0], operands[1])
                                             : algebra_.minimum_or_maximum(kind, operands);
    const std::optional<AtomId> bare = result.bare_atom();
    if (!bare || *bare != id) result = reduce(Polynomial(result));
  }
  in_reduction_[id] = false;
  if (reductions_.size() <= id) reductions_.resize(static_cast<size_t>(id) + 1);
  reductions_[id] = result;
  return result;
}

}  // namespace kiln::dim
