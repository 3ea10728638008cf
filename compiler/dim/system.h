#pragma once

#include <bitset>
#include <optional>
#include <string>
#include <vector>

#include "dim/algebra.h"
#include "dim/facts.h"

namespace kiln::dim {

using AtomSet = std::bitset<256>;

/// Facts made ready for proofs: equalities and divisibilities solved and substituted, everything else `f >=
/// 0` over atoms with known signs. Conditions with a choice (`or`, `!=`) are left out: the caller splits them
/// into cases. A value: a query works on a copy, since its goal may bring atoms of its own.
class System {
 public:
  explicit System(const std::vector<FactEntry>& entries);

  /// The expression over the atoms of the system, all substitutions applied.
  Polynomial import(const Dim& dim);
  /// Adds what is known of the quotients, `min` and `max` in the goal. Call before proving it.
  void learn_atoms_of(const Polynomial& polynomial);

  enum class Effort { search, eliminate, multiply };
  bool proves_non_negative(const Polynomial& polynomial, Effort effort = Effort::multiply) const;
  /// True if no values can satisfy the facts; false if that is not seen.
  bool is_contradictory() const;

  /// Expressions without indices (then also without quotients) that imply `polynomial >= 0` where they are >=
  /// 0, as the search found them.
  std::vector<Polynomial> index_free_leaves(const Polynomial& polynomial) const;

  const Algebra& algebra() const { return algebra_; }
  /// `min` and `max` atoms, those of the goal first.
  std::vector<AtomId> choices(const Polynomial& goal) const;
  /// Atoms that the facts have given a value, in the order of solving.
  struct Solved {
    AtomId atom;
    Polynomial value;
  };
  std::vector<Solved> solved() const;

 private:
  friend class Search;
  friend class EqualitySolver;

  // Order in which the search removes atoms, highest first: the innermost index (quotients with it before
  // it), the other indices, run-time values, quotients of dims, dims.
  static constexpr int class_of_dims = 0, class_of_dim_quotients = 1, class_of_runtime = 2,
                       first_index_class = 3;
  int rank(AtomId id) const { return ranks_[id]; }
  static int class_of(int rank) { return rank >> 16; }
  void rank_new_atoms();
  AtomId highest_atom(const Polynomial& polynomial, int below) const;

  void add_condition(const Condition& condition);
  void add_divisor_facts(const Polynomial& polynomial, AtomSet& seen);
  void add_range(const FactEntry& entry);
  bool divisors_are_positive(const Dim& dim);

  void solve_equalities();
  Polynomial reduce(const Polynomial& polynomial);
  Polynomial reduce_atom(AtomId id);
  void set_value(AtomId id, Polynomial value);
  void forget_reductions();

  void add_fact(const Polynomial& fact);
  void add_fact_without_choices(Polynomial fact);
  void update_signs();
  bool raise_lower_bound(AtomId id, int64_t bound);
  bool apply_factor_rule(const Polynomial& fact);
  bool learn_bounds(const Polynomial& fact);

  void learn_atom(AtomId id);
  void learn_quotient(AtomId id);
  void learn_choice(AtomId id);
  void learn_monotone_bounds(AtomId id);
  void compare_with_other_quotients(AtomId id);

  std::vector<Polynomial> relevant_facts(const Polynomial& goal, int steps) const;
  std::vector<Polynomial> relevant_facts(const Polynomial& goal) const;
  bool refutes(const Polynomial& negated_goal, bool with_products) const;

  Algebra algebra_;
  std::vector<int> classes_of_symbols_;  // by atom; -1 for atoms that are no symbols
  std::vector<int> ranks_;
  std::vector<Polynomial> facts_;                   // each >= 0
  std::vector<std::vector<size_t>> facts_by_atom_;  // by the highest atom of the fact
  std::vector<Polynomial> equalities_;              // not yet solved
  std::vector<Polynomial> waiting_;                 // inequalities not yet reduced
  std::vector<std::optional<Polynomial>> values_;   // by atom: what it equals
  std::vector<AtomId> solving_order_;
  std::vector<std::optional<Polynomial>> reductions_;  // memory of reduce_atom
  AtomSet in_reduction_, learnt_;
  int learning_depth_ = 0;
  bool solved_ = false;  // the equalities are: new facts are reduced at once
  bool contradictory_ = false;
};

/// Fourier-Motzkin elimination: true if `row >= 0` for all rows has no solution in the integers.
bool has_no_solution(const std::vector<Polynomial>& rows);
/// The rows and products of two of them that bring at most one new monomial; `non_negative` monomials
/// likewise.
std::vector<Polynomial> with_products(const std::vector<Polynomial>& rows, const Algebra& algebra);

}  // namespace kiln::dim
