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
  const int highest_class = highest == 0 ? System::class_of_dims : System::class_of(system_.rank(highest));
  leaf_class_ = std::min(highest_class, System::first_index_class);
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
  if (system_.algebra().atom(atom).non_negative &&
      system_.algebra().is_plainly_non_negative(parts.coefficient))
    return walk(parts.rest, rank);
  return false;
}

std::vector<Polynomial> System::index_free_leaves(const Polynomial& polynomial) const {
  const AtomId innermost = highest_atom(polynomial, INT32_MAX);
  const bool has_index = innermost != 0 && class_of(rank(innermost)) >= first_index_class;
  std::vector<Polynomial> result = {polynomial};
  if (has_index) result = Search(*this).leaves(polynomial);
  for (size_t i = 0; i < result.size() && result.size() < most_leaves; ++i) {
    const AtomId highest = highest_atom(result[i], INT32_MAX);
    if (highest == 0 || class_of(rank(highest)) == class_of_dims) continue;
    for (Polynomial& leaf : Search(*this).leaves(result[i]))
      if (std::find(result.begin(), result.end(), leaf) == result.end()) result.push_back(std::move(leaf));
  }
  return result;
}

}  // namespace kiln::dim
