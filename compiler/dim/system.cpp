#include "dim/system.h"

#include <algorithm>
#include <set>

#include "dim/checked.h"

namespace kiln::dim {
namespace {

constexpr size_t most_facts = 250;
constexpr int most_sign_rounds = 6;

int64_t ceiling_divide(int64_t a, int64_t b) { return -floor_divide(-a, b); }

bool has_quotient(const Dim& dim) {
  std::vector<Dim> divisors;
  collect_divisors(dim, divisors);
  return !divisors.empty();
}

}  // namespace

System::System(const std::vector<FactEntry>& entries) {
  using Kind = FactEntry::Kind;
  // Symbols are numbered in the order dims, run-time values, indices: the leading terms of polynomials are
  // the innermost ones.
  classes_of_symbols_.push_back(-1);
  int next_index_class = first_index_class;
  const auto declare = [&](const std::string& name, int symbol_class) {
    if (algebra_.find_symbol(name)) return;
    const AtomId id = algebra_.symbol(name);
    if (id == 0) return;
    classes_of_symbols_.push_back(symbol_class);
    algebra_.atom(id).non_negative = symbol_class == class_of_dims;
  };
  std::set<std::string> indices;
  for (const FactEntry& entry : entries) {
    if (entry.kind == Kind::dim) declare(entry.name, class_of_dims);
    if (entry.kind == Kind::index) indices.insert(entry.name);
  }
  for (const FactEntry& entry : entries) {
    if (entry.kind != Kind::condition) continue;
    for (const std::string& name : *entry.symbols)
      if (!indices.count(name)) declare(name, class_of_runtime);
  }
  for (const FactEntry& entry : entries)
    if (entry.kind == Kind::index) declare(entry.name, next_index_class++);
  for (const FactEntry& entry : entries)
    if (entry.kind == Kind::index && entry.low.constant().value_or(-1) >= 0)
      if (const std::optional<AtomId> id = algebra_.find_symbol(entry.name))
        algebra_.atom(*id).non_negative = true;

  for (const FactEntry& entry : entries)
    if (entry.kind == Kind::condition) add_condition(entry.condition);
  // A range tells something only where its divisors are positive, which has to be known without it.
  std::vector<const FactEntry*> deferred;
  for (const FactEntry& entry : entries) {
    if (entry.kind != Kind::index) continue;
    if (has_quotient(entry.low) || has_quotient(entry.high))
      deferred.push_back(&entry);
    else
      add_range(entry);
  }
  // Signs first: what is known >= 0 may be cancelled in quotients.
  for (const Polynomial& inequality : waiting_) learn_bounds(inequality);
  forget_reductions();
  solve_equalities();
  solved_ = true;
  for (const FactEntry* entry : deferred) add_range(*entry);
  for (size_t i = 0; i < facts_.size(); ++i) learn_atoms_of(Polynomial(facts_[i]));
}

void System::add_condition(const Condition& condition) {
  if (condition.kind == Condition::Kind::both)
    for (const Condition& part : condition.operands) add_condition(part);
  if (condition.kind != Condition::Kind::at_least_zero && condition.kind != Condition::Kind::equal_zero)
    return;
  const Polynomial value = algebra_.import(condition.value);
  if (value.overflowed) return;
  AtomSet seen;
  add_divisor_facts(value, seen);  // the condition was evaluated
  (condition.kind == Condition::Kind::equal_zero ? equalities_ : waiting_).push_back(value);
}

void System::add_divisor_facts(const Polynomial& polynomial, AtomSet& seen) {
  for (const Term& term : polynomial.terms)
    for_each_atom(term.monomial, [&](AtomId id) {
      if (seen[id]) return;
      seen[id] = true;
      const std::vector<Polynomial> operands = algebra_.atom(id).operands;
      for (const Polynomial& operand : operands) add_divisor_facts(operand, seen);
      if (algebra_.atom(id).kind == Dim::AtomKind::quotient) waiting_.push_back(operands[1] - 1);
    });
}

void System::add_range(const FactEntry& entry) {
  const bool low_known = divisors_are_positive(entry.low), high_known = divisors_are_positive(entry.high);
  const Polynomial index = algebra_.import(Dim::symbol(entry.name));
  const Polynomial low = algebra_.import(entry.low), high = algebra_.import(entry.high);
  std::vector<Polynomial> facts;
  if (low_known) facts.push_back(index - low);
  if (high_known) facts.push_back(high - 1 - index);
  if (low_known && high_known) facts.push_back(high - 1 - low);  // it is not empty where its body is checked
  for (Polynomial& fact : facts) {
    if (!solved_)
      waiting_.push_back(std::move(fact));
    else
      add_fact(reduce(fact));
  }
  if (solved_) update_signs();
}

bool System::divisors_are_positive(const Dim& dim) {
  std::vector<Dim> divisors;
  collect_divisors(dim, divisors);
  for (const Dim& divisor : divisors) {
    if (divisor.constant().value_or(0) >= 1) continue;
    const Polynomial goal = import(divisor) - 1;
    learn_atoms_of(goal);
    if (!proves_non_negative(goal)) return false;
  }
  return true;
}

Polynomial System::import(const Dim& dim) { return reduce(algebra_.import(dim)); }

void System::rank_new_atoms() {
  if (ranks_.empty()) ranks_.push_back(0);
  while (static_cast<int>(ranks_.size()) <= algebra_.size()) {
    const AtomId id = static_cast<AtomId>(ranks_.size());
    const Algebra::Atom& atom = algebra_.atom(id);
    int highest = class_of_dims, nesting = 0;
    if (atom.kind == Dim::AtomKind::symbol) {
      // A name that was never declared may be anything.
      highest = id < classes_of_symbols_.size() ? classes_of_symbols_[id] : class_of_runtime;
      if (highest < 0) highest = class_of_runtime;
    } else {
      for (const Polynomial& operand : atom.operands)
        for (const Term& term : operand.terms)
          for_each_atom(term.monomial, [&](AtomId inner) {
            highest = std::max(highest, class_of(ranks_[inner]));
            nesting = std::max(nesting, (ranks_[inner] >> 8) & 0xff);
          });
      highest = std::max(highest, class_of_dim_quotients);
      ++nesting;
    }
    ranks_.push_back(highest << 16 | std::min(nesting, 255) << 8 | id);
  }
  facts_by_atom_.resize(ranks_.size());
}

AtomId System::highest_atom(const Polynomial& polynomial, int below) const {
  int highest = -1;
  for (const Term& term : polynomial.terms)
    for_each_atom(term.monomial, [&](AtomId id) {
      if (ranks_[id] < below) highest = std::max(highest, ranks_[id]);
    });
  return highest < 0 ? 0 : static_cast<AtomId>(highest & 0xff);
}

void System::add_fact(const Polynomial& fact) {
  if (fact.overflowed) return;
  // `k * min(a, b) + r >= 0` with k > 0 is `k*a + r >= 0` and `k*b + r >= 0`; `max` with k < 0 likewise.
  for (const Term& term : fact.terms) {
    if (degree(term.monomial) != 1) continue;
    const AtomId id = static_cast<AtomId>(term.monomial >> 56);
    const Dim::AtomKind kind = algebra_.atom(id).kind;
    const bool several_facts = (kind == Dim::AtomKind::minimum && term.coefficient > 0) ||
                               (kind == Dim::AtomKind::maximum && term.coefficient < 0);
    if (!several_facts || split(fact, id).coefficient.constant() != term.coefficient) continue;
    const Polynomial rest = split(fact, id).rest;
    const std::vector<Polynomial> operands = algebra_.atom(id).operands;
    for (const Polynomial& operand : operands) add_fact(rest + operand * term.coefficient);
    return;
  }
  add_fact_without_choices(fact);
}

void System::add_fact_without_choices(Polynomial fact) {
  const int64_t factor = content(fact, false);
  if (factor == 0) {
    contradictory_ |= fact.constant_term() < 0;
    return;
  }
  fact = divide_and_floor(fact, factor);
  rank_new_atoms();
  const AtomId highest = highest_atom(fact, INT32_MAX);
  for (const size_t place : facts_by_atom_[highest]) {
    const std::optional<int64_t> difference = (fact - facts_[place]).constant();
    if (!difference) continue;
    if (*difference < 0) facts_[place] = std::move(fact);  // the tighter one of two
    return;
  }
  if (facts_.size() >= most_facts) return;
  facts_by_atom_[highest].push_back(facts_.size());
  facts_.push_back(std::move(fact));
}

bool System::raise_lower_bound(AtomId id, int64_t bound) {
  Algebra::Atom& atom = algebra_.atom(id);
  if (bound < 0 || (atom.non_negative && atom.lower_bound >= bound)) return false;
  atom.non_negative = true;
  atom.lower_bound = std::max(atom.lower_bound, bound);
  return true;
}

/// From `k*x + c >= m`, where m is a sum that is >= 0, follows `x >= -c / k`.
bool System::learn_bounds(const Polynomial& fact) {
  if (fact.overflowed) return false;
  const Term* positive = nullptr;
  for (const Term& term : fact.terms) {
    if (term.monomial == unit_monomial) continue;
    if (term.coefficient > 0) {
      if (positive || degree(term.monomial) != 1) return false;
      positive = &term;
    } else if (!algebra_.is_non_negative_monomial(term.monomial)) {
      return false;
    }
  }
  if (!positive) return false;
  return raise_lower_bound(static_cast<AtomId>(positive->monomial >> 56),
                           ceiling_divide(-fact.constant_term(), positive->coefficient));
}

/// From `m * r >= 1`, with m a product of atoms >= 0, follows that each of them and r are >= 1.
bool System::apply_factor_rule(const Polynomial& fact) {
  if (fact.constant_term() > -1) return false;
  Polynomial product = fact;
  product.terms.pop_back();
  const Monomial common = common_monomial(product);
  Monomial factors = unit_monomial;
  bool changed = false;
  for_each_atom(common, [&](AtomId id) {
    if (!algebra_.atom(id).non_negative) return;
    factors = *multiply(factors, monomial_of(id));
    if (algebra_.atom(id).lower_bound >= 1) return;
    raise_lower_bound(id, 1);
    add_fact(Polynomial::atom(id) - 1);
    changed = true;
  });
  if (factors == unit_monomial) return changed;
  const Polynomial rest = divide_terms(product, 1, factors);
  if (!rest.constant() && !(rest == product)) {
    const size_t before = facts_.size();
    add_fact(rest - 1);
    changed |= facts_.size() != before;
  }
  return changed;
}

void System::update_signs() {
  for (int round = 0; round < most_sign_rounds; ++round) {
    bool changed = false;
    for (size_t i = 0; i < facts_.size(); ++i) {
      const Polynomial fact = facts_[i];
      changed |= learn_bounds(fact);
      changed |= apply_factor_rule(fact);
    }
    if (!changed) return;
  }
}

std::vector<AtomId> System::choices(const Polynomial& goal) const {
  std::vector<AtomId> result;
  AtomSet seen;
  const auto visit = [&](const auto& self, const Polynomial& polynomial) -> void {
    for (const Term& term : polynomial.terms)
      for_each_atom(term.monomial, [&](AtomId id) {
        if (seen[id]) return;
        seen[id] = true;
        const Algebra::Atom& atom = algebra_.atom(id);
        for (const Polynomial& operand : atom.operands) self(self, operand);
        if (atom.kind == Dim::AtomKind::minimum || atom.kind == Dim::AtomKind::maximum) result.push_back(id);
      });
  };
  visit(visit, goal);
  for (const Polynomial& fact : facts_) visit(visit, fact);
  return result;
}

std::vector<System::Solved> System::solved() const {
  std::vector<Solved> result;
  for (const AtomId id : solving_order_) result.push_back({id, *values_[id]});
  return result;
}

}  // namespace kiln::dim
