// What is known of quotients, `min` and `max` by their definition.
#include <algorithm>

#include "dim/search.h"
#include "dim/system.h"

namespace kiln::dim {

namespace {
constexpr int deepest_learning = 4;    // monotone bounds bring new quotients, and those new bounds
constexpr int most_learnt_atoms = 80;  // more are left without facts
constexpr size_t bounds_each_way = 3;
}  // namespace

void System::learn_atoms_of(const Polynomial& polynomial) {
  if (polynomial.overflowed) return;
  rank_new_atoms();
  for (const Term& term : polynomial.terms) for_each_atom(term.monomial, [&](AtomId id) { learn_atom(id); });
}

void System::learn_atom(AtomId id) {
  if (learnt_[id] || algebra_.atom(id).kind == Dim::AtomKind::symbol) return;
  if (learning_depth_ >= deepest_learning || learnt_.count() >= most_learnt_atoms) return;
  learnt_[id] = true;
  ++learning_depth_;
  const std::vector<Polynomial> operands = algebra_.atom(id).operands;
  for (const Polynomial& operand : operands) learn_atoms_of(operand);
  if (algebra_.atom(id).kind == Dim::AtomKind::quotient)
    learn_quotient(id);
  else
    learn_choice(id);
  --learning_depth_;
}

void System::learn_quotient(AtomId id) {
  const Polynomial numerator = algebra_.atom(id).operands[0], divisor = algebra_.atom(id).operands[1];
  if (!proves_non_negative(divisor - 1)) return;  // a divisor is a goal before it is a fact
  const Polynomial quotient = Polynomial::atom(id), rest = numerator - divisor * quotient;
  if (proves_non_negative(numerator, Effort::eliminate)) raise_lower_bound(id, 0);
  add_fact(rest);
  add_fact(divisor - 1 - rest);
  learn_monotone_bounds(id);
  compare_with_other_quotients(id);
  update_signs();
}

void System::learn_choice(AtomId id) {
  const Algebra::Atom atom = algebra_.atom(id);
  const bool largest = atom.kind == Dim::AtomKind::maximum;
  const auto is_non_negative = [&](const Polynomial& operand) {
    return proves_non_negative(operand, Effort::search);
  };
  if (largest ? std::any_of(atom.operands.begin(), atom.operands.end(), is_non_negative)
              : std::all_of(atom.operands.begin(), atom.operands.end(), is_non_negative))
    raise_lower_bound(id, 0);
  const Polynomial value = Polynomial::atom(id);
  for (const Polynomial& operand : atom.operands) add_fact(largest ? value - operand : operand - value);
  update_signs();
}

/// Floor is monotone: from bounds of the numerator without its indices (or run-time values) follow bounds of
/// the quotient.
void System::learn_monotone_bounds(AtomId id) {
  const Polynomial numerator = algebra_.atom(id).operands[0], divisor = algebra_.atom(id).operands[1];
  if (class_of(rank(id)) < class_of_runtime) return;
  const AtomId highest_in_divisor = highest_atom(divisor, INT32_MAX);
  const bool plain_divisor =
      highest_in_divisor == 0 || class_of(rank(highest_in_divisor)) < first_index_class;
  if (!plain_divisor) return;
  for (const bool upper : {true, false}) {
    Search search(*this);
    std::vector<Polynomial> leaves = search.leaves(upper ? -numerator : numerator);
    if (leaves.size() > bounds_each_way) leaves.resize(bounds_each_way);
    for (const Polynomial& leaf : leaves) {
      const Polynomial bound = algebra_.quotient(upper ? -leaf : leaf, divisor);
      if (bound.overflowed) continue;
      learn_atoms_of(bound);
      const Polynomial quotient = Polynomial::atom(id);
      add_fact(upper ? bound - quotient : quotient - bound);
    }
  }
}

/// Of two quotients by one divisor that with the larger numerator is the larger one.
void System::compare_with_other_quotients(AtomId id) {
  const std::vector<Polynomial> operands = algebra_.atom(id).operands;
  const Polynomial quotient = Polynomial::atom(id);
  for (int other = 1; other <= algebra_.size(); ++other) {
    const AtomId other_id = static_cast<AtomId>(other);
    const Algebra::Atom& atom = algebra_.atom(other_id);
    if (other_id == id || !learnt_[other_id] || atom.kind != Dim::AtomKind::quotient) continue;
    if (!(atom.operands[1] == operands[1])) continue;
    const Polynomial difference = operands[0] - atom.operands[0];
    const bool larger = algebra_.is_plainly_non_negative(difference);
    const bool smaller = algebra_.is_plainly_non_negative(-difference);
    if (larger) add_fact(quotient - Polynomial::atom(other_id));
    if (smaller) add_fact(Polynomial::atom(other_id) - quotient);
  }
}

}  // namespace kiln::dim
