#include "dim/search.h"

#include <algorithm>

namespace kiln::dim {

namespace {
constexpr int most_nodes = 100;
constexpr size_t most_leaves = 12;
}  // namespace

bool Search::proves(const Polynomial& goal) {
  collecting_ = false;
  nodes_ = 0;
  return !goal.overflowed && walk(goal, INT32_MAX);
}

std::vector<Polynomial> Search::leaves(const Polynomial& goal) {
  leaves_.clear();
  collecting_ = true;
  nodes_ = 0;
  const AtomId highest = system_.highest_atom(goal, INT32_MAX);
  const bool has_index = highest != 0 && System::class_of(system_.rank(highest)) >= System::first_index_class;
  leaf_class_ = has_index ? System::first_index_class : System::class_of_runtime;
  if (!goal.overflowed) walk(goal, INT32_MAX);
  return leaves_;
}

void Search::keep_leaf(const Polynomial& rest) {
  if (leaves_.size() < most_leaves && std::find(leaves_.begin(), leaves_.end(), rest) == leaves_.end())
    leaves_.push_back(rest);
}

bool Search::walk(const Polynomial& rest, int below) {
  if (rest.overflowed || ++nodes_ > most_nodes) return false;
  if (!collecting_ && system_.algebra().is_plainly_non_negative(rest)) return true;
  const AtomId atom = system_.highest_atom(rest, below);
  if (atom == 0 || System::class_of(system_.rank(atom)) < leaf_class_) {
    if (below == INT32_MAX || System::class_of(below) >= leaf_class_ || atom == 0) keep_leaf(rest);
    if (atom == 0 || collecting_) return false;
  }
  const Split parts = split(rest, atom);
  if (parts.degree > 1) return false;
  const int rank = system_.rank(atom);
  for (const size_t place : system_.facts_by_atom_[atom]) {
    const Polynomial& fact = system_.facts_[place];
    const Split fact_parts = split(fact, atom);
    if (fact_parts.degree != 1) continue;
    const std::optional<Polynomial> factor = divide_exactly(parts.coefficient, fact_parts.coefficient);
    if (!factor || !system_.algebra().is_plainly_non_negative(*factor)) continue;
    if (walk(parts.rest - *factor * fact_parts.rest, rank)) return true;
    if (nodes_ > most_nodes) return false;
  }
  // An atom that is known >= 0 is a fact of its own.
  if (system_.algebra().atom(atom).non_negative && system_.algebra().is_plainly_non_negative(parts.coefficient))
    return walk(parts.rest, rank);
  return false;
}

}  // namespace kiln::dim
