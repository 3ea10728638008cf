#include <algorithm>
#include <set>

#include "transform/point_facts.h"
#include "transform/solve_writes.h"
#include "transform/write_map.h"

namespace kiln::transform {

using dim::Condition;
using dim::Dim;

namespace {

struct Term {
  uint32_t index;
  Dim size;  // the coefficient's absolute value
};

/// |c_k| > sum over l < k of |c_l| * (e_l - 1): the digits of a mixed-radix number.
bool are_digits(PointFacts& facts, const graph::Compute& compute, const std::vector<Term>& terms) {
  Dim below = 0;
  for (const Term& term : terms) {
    if (!facts.proves(Condition::less(below, term.size))) return false;
    below = below + term.size * (compute.domain[term.index].extent - 1);
  }
  return true;
}

}  // namespace

bool writes_each_cell_once(const graph::Function& function, Folder& folder, const graph::Compute& compute) {
  if (!reduction_indices(function.expressions, compute).empty()) return false;
  PointFacts facts(function, folder);
  facts.add_domain(compute);
  std::vector<Dim> axes;
  for (const graph::ExprId subscript : compute.write) {
    axes.push_back(folder.polynomials().of(subscript));
    if (holds_data(axes.back())) return false;
  }
  // Axes that are one index first, as the solver takes them.
  std::stable_partition(axes.begin(), axes.end(), [](const Dim& axis) {
    return axis.bare_symbol() && index_of_symbol(*axis.bare_symbol());
  });
  std::set<uint32_t> known;
  for (const Dim& axis : axes) {
    std::vector<Term> terms;
    for (const std::string& name : axis.symbols()) {
      const auto index = index_of_symbol(name);
      if (!index || known.contains(*index)) continue;
      const std::optional<Dim> coefficient = coefficient_of(axis, *index);
      if (!coefficient) return false;
      if (facts.proves(Condition::less_equal(1, *coefficient))) {
        terms.push_back({*index, *coefficient});
      } else if (facts.proves(Condition::less_equal(*coefficient, -1))) {
        terms.push_back({*index, Dim(0) - *coefficient});
      } else {
        return false;
      }
    }
    std::sort(terms.begin(), terms.end(), [](const Term& a, const Term& b) {
      const auto x = a.size.constant(), y = b.size.constant();
      return std::pair(!x.has_value(), x.value_or(0)) < std::pair(!y.has_value(), y.value_or(0));
    });
    // The order of symbolic sizes is found by trying; more than three indices in one axis do not occur.
    bool proved = are_digits(facts, compute, terms);
    const auto by_index = [](const Term& a, const Term& b) { return a.index < b.index; };
    if (!proved && terms.size() <= 3) {
      std::sort(terms.begin(), terms.end(), by_index);
      do {
        proved = are_digits(facts, compute, terms);
      } while (!proved && std::next_permutation(terms.begin(), terms.end(), by_index));
    }
    if (!proved) return false;
    for (const Term& term : terms) known.insert(term.index);
  }
  return known.size() == compute.domain.size();  // an index may stand in a subscript and cancel out
}

}  // namespace kiln::transform
