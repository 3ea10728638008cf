// The clause that is missing, for the message of an unproved goal.
#include <algorithm>

#include "dim/facts.h"
#include "dim/structure.h"
#include "dim/system.h"

namespace kiln::dim {
namespace {

constexpr size_t most_candidates = 48;
constexpr size_t most_leaf_choices = 16;

using Clauses = std::vector<Condition>;
using Kind = Condition::Kind;

/// The inequalities `e >= 0` that make up a goal without `or` and `!=`.
void collect_inequalities(const Condition& goal, std::vector<Dim>& inequalities, bool& has_equality) {
  if (goal.kind == Kind::both)
    for (const Condition& part : goal.operands) collect_inequalities(part, inequalities, has_equality);
  if (goal.kind == Kind::at_least_zero) inequalities.push_back(goal.value);
  if (goal.kind == Kind::equal_zero) {
    inequalities.push_back(goal.value);
    inequalities.push_back(-1 * goal.value);
    has_equality = true;
  }
}

class Suggestions {
 public:
  Suggestions(const Facts& facts, const Condition& goal)
      : facts_(facts), goal_(goal), system_(prepared(facts)) {
    for (const FactEntry& entry : facts.impl().entries)
      if (entry.kind == FactEntry::Kind::dim) dims_.insert(entry.name);
    collect_inequalities(goal, inequalities_, has_equality_);
  }

  Clauses best() {
    if (says_enough(goal_)) propose_goal();
    propose_leaves();
    propose_divisibilities();
    propose_goal();
    for (const Clauses& clauses : candidates_)
      if (suffices(clauses) && is_satisfiable(with_conditions(facts_, clauses), goal_))
        return without_excess(clauses);
    return {};
  }

 private:
  bool only_dims(const Dim& dim) const {
    const std::set<std::string> names = dim.symbols();
    return std::includes(dims_.begin(), dims_.end(), names.begin(), names.end());
  }

  bool suffices(const Clauses& clauses) const {
    return proves_with_ranges(with_conditions(facts_, clauses), goal_);
  }

  Clauses without_excess(Clauses clauses) const {
    for (size_t i = 0; i < clauses.size() && clauses.size() > 1;) {
      Clauses fewer = clauses;
      fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(i));
      if (suffices(fewer))
        clauses = std::move(fewer);
      else
        ++i;
    }
    return clauses;
  }

  /// No clause says more plainly what such a goal needs: `In == 4*Mid`, `C % 8 == 0`.
  static bool says_enough(const Condition& goal) {
    if (goal.kind == Kind::both)
      return !goal.operands.empty() && std::all_of(goal.operands.begin(), goal.operands.end(), says_enough);
    std::vector<Dim> divisors;
    collect_divisors(goal.value, divisors);
    return goal.kind == Kind::equal_zero && (divisors.empty() || as_remainder(goal.value));
  }

  void propose(Clauses clauses) {
    if (candidates_.size() < most_candidates) candidates_.push_back(std::move(clauses));
  }

  /// What the search leaves of each inequality that fails, as clauses: one for each.
  void propose_leaves() {
    std::vector<Clauses> choices = {{}};
    for (const Dim& inequality : inequalities_) {
      System system = system_;
      const Polynomial value = system.import(inequality);
      system.learn_atoms_of(value);
      if (value.overflowed || system.proves_non_negative(value)) continue;
      std::vector<Condition> clauses;
      for (const Polynomial& leaf : system.index_free_leaves(value))
        if (const std::optional<Condition> clause = as_clause(system, leaf)) clauses.push_back(*clause);
      std::vector<Clauses> longer;
      for (const Clauses& choice : choices)
        for (const Condition& clause : clauses) {
          if (longer.size() >= most_leaf_choices) break;
          longer.push_back(choice);
          if (std::none_of(choice.begin(), choice.end(),
                           [&](const Condition& other) { return other.value == clause.value; }))
            longer.back().push_back(clause);
        }
      choices = std::move(longer);
    }
    std::stable_sort(choices.begin(), choices.end(),
                     [](const Clauses& a, const Clauses& b) { return length(a) < length(b); });
    for (Clauses& choice : choices)
      if (!choice.empty()) propose(std::move(choice));
  }

  static size_t length(const Clauses& clauses) {
    size_t result = 0;
    for (const Condition& clause : clauses) result += clause.value.polynomial().terms.size();
    return result;
  }

  /// A leaf as a linear clause over dims, if it can be one.
  std::optional<Condition> as_clause(const System& system, const Polynomial& leaf) const {
    const Algebra& algebra = system.algebra();
    const int64_t factor = content(leaf, false);
    if (factor == 0) return std::nullopt;
    Polynomial bound = divide_and_floor(leaf, factor);
    Monomial common = common_monomial(bound);
    for_each_atom(Monomial(common), [&](AtomId id) {
      if (!algebra.atom(id).non_negative) common = *divide(common, monomial_of(id));
    });
    if (const Polynomial smaller = divide_terms(bound, 1, common); !smaller.constant()) bound = smaller;
    const auto is_linear = [](const Term& term) { return degree(term.monomial) <= 1; };
    if (!std::all_of(bound.terms.begin(), bound.terms.end(), is_linear)) return std::nullopt;
    if (!unfold_quotient(algebra, bound)) return std::nullopt;
    if (!std::all_of(bound.terms.begin(), bound.terms.end(), is_linear)) return std::nullopt;
    const auto raises = [](const Term& term) {
      return term.monomial != unit_monomial && term.coefficient > 0;
    };
    if (std::none_of(bound.terms.begin(), bound.terms.end(), raises))
      return std::nullopt;  // dims <= a constant
    const Dim value = algebra.export_normalised(bound);
    if (!only_dims(value) || value.constant()) return std::nullopt;
    return Condition{Kind::at_least_zero, value, {}};
  }

  /// `n/d + r >= 0` is `n + r*d >= 0`; `r - n/d >= 0` is `r*d + d - 1 - n >= 0`. False if quotients remain.
  static bool unfold_quotient(const Algebra& algebra, Polynomial& bound) {
    AtomId quotient = 0;
    int64_t sign = 0;
    for (const Term& term : bound.terms) {
      if (term.monomial == unit_monomial) continue;
      const AtomId id = static_cast<AtomId>(term.monomial >> 56);
      if (algebra.atom(id).kind == Dim::AtomKind::symbol) continue;
      if (algebra.atom(id).kind != Dim::AtomKind::quotient || quotient != 0 ||
          std::abs(term.coefficient) != 1)
        return false;
      quotient = id;
      sign = term.coefficient;
    }
    if (quotient == 0) return true;
    const Polynomial rest = split(bound, quotient).rest;
    const Polynomial &numerator = algebra.atom(quotient).operands[0],
                     &divisor = algebra.atom(quotient).operands[1];
    bound = sign > 0 ? numerator + rest * divisor : rest * divisor + divisor - 1 - numerator;
    return !bound.overflowed && std::all_of(bound.terms.begin(), bound.terms.end(), [&](const Term& term) {
      bool plain = true;
      for_each_atom(term.monomial,
                    [&](AtomId id) { plain &= algebra.atom(id).kind == Dim::AtomKind::symbol; });
      return plain;
    });
  }

  void collect_quotients(const Dim& dim, std::vector<std::pair<Dim, Dim>>& quotients) const {
    for (const SharedTerm& term : dim.polynomial().terms)
      for (const AtomPointer& atom : term.factors->atoms) {
        if (atom->kind == Dim::AtomKind::quotient && only_dims(make_dim(atom)))
          quotients.push_back({atom->operands[0], atom->operands[1]});
        for (const Dim& operand : atom->operands) collect_quotients(operand, quotients);
      }
  }

  void propose_divisibilities() {
    std::vector<std::pair<Dim, Dim>> quotients;
    for (const Dim& inequality : inequalities_) collect_quotients(inequality, quotients);
    const std::set<std::string> behind = symbols_behind(facts_, goal_);
    for (const FactEntry& entry : facts_.impl().entries)
      if (entry.kind == FactEntry::Kind::index && behind.count(entry.name)) {
        collect_quotients(entry.low, quotients);
        collect_quotients(entry.high, quotients);
      }
    std::vector<std::pair<Dim, Dim>> seen;
    const auto propose_one = [&](const Dim& dividend, const Dim& divisor) {
      if (dividend.constant() ||
          std::find(seen.begin(), seen.end(), std::pair{dividend, divisor}) != seen.end())
        return;
      seen.push_back({dividend, divisor});
      propose({Condition::equal(dividend % divisor, 0)});
    };
    for (const auto& [numerator, divisor] : quotients) {
      propose_one(numerator, divisor);
      for (const std::string& name : numerator.symbols()) propose_one(Dim::symbol(name), divisor);
    }
    if (!has_equality_) return;
    for (const auto& [dividend, divisor] : std::vector(seen))
      if (divisor.is_constant(2)) propose({Condition::equal(dividend % divisor, 1)});
    for (const auto& [numerator, divisor] : quotients)
      if (divisor.bare_symbol()) propose({Condition::equal(divisor, 1)});
  }

  void propose_goal() {
    std::set<std::string> names;
    collect_symbols(goal_, names);
    if (names.empty() || !std::includes(dims_.begin(), dims_.end(), names.begin(), names.end())) return;
    Condition clause = goal_;
    if (clause.kind == Kind::both && clause.operands.size() == 1) clause = Condition(clause.operands[0]);
    if (clause.kind == Kind::at_least_zero) {
      Algebra algebra;
      Polynomial value = algebra.import(clause.value);
      if (!value.overflowed && unfold_quotient(algebra, value))
        clause.value = algebra.export_normalised(value);
    }
    propose({clause});
  }

  const Facts& facts_;
  const Condition& goal_;
  const System& system_;
  std::set<std::string> dims_;
  std::vector<Dim> inequalities_;
  bool has_equality_ = false;
  std::vector<Clauses> candidates_;
};

}  // namespace

std::vector<Condition> suggest_clauses(const Facts& facts, const Condition& goal) {
  return Suggestions(facts, goal).best();
}

}  // namespace kiln::dim
