#include <algorithm>

#include "dim/facts.h"
#include "dim/prover.h"
#include "dim/system.h"

namespace kiln::dim {
namespace {

constexpr int most_cases = 16;
constexpr size_t most_alternatives = 6;  // of one `or` in a goal
constexpr int deepest_alternatives = 2;  // of an `or` within another

using Kind = Condition::Kind;

bool has_choice(const Condition& condition) {
  if (condition.kind == Kind::either || condition.kind == Kind::not_equal_zero) return true;
  return condition.kind == Kind::both &&
         std::any_of(condition.operands.begin(), condition.operands.end(), has_choice);
}

/// The ways in which a condition with a choice can hold, each excluding those before it, or none if it has no
/// choice.
std::vector<std::vector<Condition>> alternatives(const Condition& condition) {
  if (condition.kind == Kind::not_equal_zero)
    return {{{Kind::at_least_zero, condition.value - 1, {}}},
            {{Kind::at_least_zero, -1 - condition.value, {}}}};
  std::vector<std::vector<Condition>> result;
  if (condition.kind == Kind::either) {
    std::vector<Condition> earlier;
    for (const Condition& part : condition.operands) {
      result.push_back(earlier);
      result.back().push_back(part);
      earlier.push_back(part.negated());
    }
  }
  if (condition.kind == Kind::both)
    for (size_t i = 0; i < condition.operands.size(); ++i) {
      if (!has_choice(condition.operands[i])) continue;
      result = alternatives(condition.operands[i]);
      for (std::vector<Condition>& conditions : result)
        for (size_t j = 0; j < condition.operands.size(); ++j)
          if (j != i) conditions.push_back(condition.operands[j]);
      break;
    }
  return result;
}

/// The operand that `min` or `max` takes is the smallest or largest one.
std::vector<std::vector<Condition>> alternatives(const System& system, AtomId id) {
  const Algebra& algebra = system.algebra();
  const Algebra::Atom& atom = algebra.atom(id);
  const bool largest = atom.kind == Dim::AtomKind::maximum;
  const Dim value = algebra.export_normalised(Polynomial::atom(id));
  std::vector<Dim> operands;
  for (const Polynomial& operand : atom.operands) operands.push_back(algebra.export_normalised(operand));
  std::vector<std::vector<Condition>> result;
  for (size_t i = 0; i < operands.size(); ++i) {
    std::vector<Condition>& conditions = result.emplace_back();
    conditions.push_back(Condition::equal(value, operands[i]));
    for (size_t j = 0; j < operands.size(); ++j)
      if (j != i)
        conditions.push_back(largest ? Condition::less_equal(operands[j], operands[i])
                                     : Condition::less_equal(operands[i], operands[j]));
  }
  return result;
}

/// Proofs of one goal without visible choices of its own, in up to `most_cases` cases.
class CaseProof {
 public:
  explicit CaseProof(const Condition& goal) : goal_(goal) {}

  bool proves(const Facts& facts) {
    if (--cases_left_ < 0) return false;
    System system = prepared(facts);
    if (proves_directly(system)) return true;
    if (goal_.kind == Kind::not_equal_zero) {
      Facts equal = facts;
      equal.add({Kind::equal_zero, goal_.value, {}});
      if (prepared(equal).is_contradictory()) return true;
    }
    if (split_at_condition(facts)) return true;
    const Polynomial value = system.import(goal_.value);
    for (const AtomId choice : system.choices(value)) {
      if (cases_left_ < 2) break;
      if (proves_in_all(facts, alternatives(system, choice))) return true;
      break;  // the other choices were tried within its cases
    }
    return system.is_contradictory();
  }

 private:
  bool proves_directly(System& system) const {
    const Polynomial value = system.import(goal_.value);
    if (value.overflowed) return false;
    if (goal_.kind == Kind::equal_zero && value.is_zero()) return true;
    system.learn_atoms_of(value);
    switch (goal_.kind) {
      case Kind::at_least_zero: return proves_each(system, value);
      case Kind::equal_zero: return system.proves_non_negative(value) && system.proves_non_negative(-value);
      case Kind::not_equal_zero:
        return system.proves_non_negative(value - 1) || system.proves_non_negative(-value - 1);
      default: return false;
    }
  }

  /// `k * min(a, b) + r >= 0` with k > 0 holds if both sides do.
  static bool proves_each(System& system, const Polynomial& value) {
    if (system.proves_non_negative(value)) return true;
    for (const Term& term : value.terms) {
      if (degree(term.monomial) != 1) continue;
      const AtomId id = static_cast<AtomId>(term.monomial >> 56);
      const Algebra::Atom atom = system.algebra().atom(id);
      const bool all_needed = (atom.kind == Dim::AtomKind::minimum && term.coefficient > 0) ||
                              (atom.kind == Dim::AtomKind::maximum && term.coefficient < 0);
      const Split parts = split(value, id);
      if (!all_needed || parts.coefficient.constant() != term.coefficient) continue;
      return std::all_of(atom.operands.begin(), atom.operands.end(), [&](const Polynomial& operand) {
        const Polynomial part = parts.rest + operand * term.coefficient;
        system.learn_atoms_of(part);
        return proves_each(system, part);
      });
    }
    return false;
  }

  bool split_at_condition(const Facts& facts) {
    const std::vector<FactEntry>& entries = facts.impl().entries;
    for (size_t i = 0; i < entries.size(); ++i) {
      if (entries[i].kind != FactEntry::Kind::condition || !has_choice(entries[i].condition)) continue;
      const std::vector<std::vector<Condition>> cases = alternatives(entries[i].condition);
      Facts rest;
      for (size_t j = 0; j < entries.size(); ++j) {
        if (entries[j].kind == FactEntry::Kind::dim) rest.add_dim(entries[j].name);
        if (entries[j].kind == FactEntry::Kind::index)
          rest.add_index(entries[j].name, entries[j].low, entries[j].high);
        if (entries[j].kind == FactEntry::Kind::condition && j != i) rest.add(entries[j].condition);
      }
      return proves_in_all(rest, cases);
    }
    return false;
  }

  bool proves_in_all(const Facts& facts, const std::vector<std::vector<Condition>>& cases) {
    for (const std::vector<Condition>& conditions : cases) {
      Facts with_case = facts;
      for (const Condition& condition : conditions) with_case.add(condition);
      if (!proves(with_case)) return false;
    }
    return true;
  }

  const Condition& goal_;
  int cases_left_ = most_cases;
};

/// `divisors_known`: those that stand in the goal have been proved positive.
bool proves_condition(const Facts& facts, const Condition& goal, bool divisors_known, int depth = 0) {
  if (!divisors_known) {
    std::vector<Dim> divisors;
    collect_divisors(goal, divisors);
    for (const Dim& divisor : divisors)
      if (divisor.constant().value_or(0) < 1 &&
          !proves_condition(facts, Condition::less_equal(1, divisor), true, depth))
        return false;
  }
  if (goal.kind == Kind::both)
    return std::all_of(goal.operands.begin(), goal.operands.end(),
                       [&](const Condition& part) { return proves_condition(facts, part, true, depth); });
  if (goal.kind == Kind::either) {
    if (goal.operands.size() > most_alternatives || depth >= deepest_alternatives) return false;
    for (size_t i = 0; i < goal.operands.size(); ++i) {
      Facts others_fail = facts;
      for (size_t j = 0; j < goal.operands.size(); ++j)
        if (j != i) others_fail.add(goal.operands[j].negated());
      if (proves_condition(others_fail, goal.operands[i], true, depth + 1)) return true;
    }
    return false;
  }
  return CaseProof(goal).proves(facts);
}

}  // namespace

bool proves(const Facts& facts, const Condition& goal) {
  if (!has_many_conditions(facts)) return proves_condition(facts, goal, false);
  std::set<std::string> names;
  collect_symbols(goal, names);
  return proves_condition(facts_for(facts, names), goal, false);
}

bool proves_equal(const Facts& facts, const Dim& a, const Dim& b) {
  return a == b || proves(facts, Condition::equal(a, b));
}

bool proves_inside(const Facts& facts, const Dim& subscript, const Dim& extent) {
  return proves(
      facts, Condition::both_of({Condition::less_equal(0, subscript), Condition::less(subscript, extent)}));
}

}  // namespace kiln::dim
