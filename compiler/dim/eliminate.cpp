// Fourier-Motzkin elimination over the integers, with monomials as variables.
#include <algorithm>
#include <map>
#include <numeric>

#include "dim/checked.h"
#include "dim/search.h"
#include "dim/system.h"

namespace kiln::dim {
namespace {

constexpr size_t most_rows = 400;
constexpr int most_combinations = 6000;
constexpr size_t most_variables = 120;
constexpr size_t most_relevant_facts = 150;
constexpr int most_steps = 3;  // from the goal to facts that share atoms with it, and on
constexpr size_t most_multiplied_rows = 40;
constexpr size_t most_product_rows = 200;
constexpr size_t most_eliminated_leaves = 6;

/// Coefficients of the variables >= -constant.
struct Row {
  std::vector<int64_t> coefficients;
  int64_t constant = 0;
};

enum class Outcome { kept, dropped, contradiction };

class Table {
 public:
  /// Rows by coefficients: of two that differ by the constant the tighter one stays.
  Outcome add(std::vector<int64_t> coefficients, int64_t constant) {
    int64_t factor = 0;
    for (const int64_t coefficient : coefficients) factor = std::gcd(factor, coefficient);
    if (factor == 0) return constant < 0 ? Outcome::contradiction : Outcome::dropped;
    if (factor > 1) {
      for (int64_t& coefficient : coefficients) coefficient /= factor;
      constant = floor_divide(constant, factor);
    }
    const auto [found, is_new] = rows_.try_emplace(std::move(coefficients), constant);
    if (!is_new) found->second = std::min(found->second, constant);
    if (!is_new) return Outcome::dropped;
    // With its negative it may already be a contradiction: c + a >= 0 and -c - b >= 0 with a < b.
    std::vector<int64_t> opposite = found->first;
    for (int64_t& coefficient : opposite) coefficient = -coefficient;
    const auto other = rows_.find(opposite);
    int64_t sum;
    if (other != rows_.end() && add_checked(other->second, found->second, sum) && sum < 0)
      return Outcome::contradiction;
    return Outcome::kept;
  }

  size_t size() const { return rows_.size(); }

  /// Eliminates the variable of least cost. Nothing if no variable is left or a limit is met.
  std::optional<Outcome> eliminate_one(int& combinations_left) {
    const std::optional<size_t> variable = cheapest_variable();
    if (!variable) return std::nullopt;
    std::vector<Row> positive, negative;
    std::map<std::vector<int64_t>, int64_t> others;
    for (auto& [coefficients, constant] : rows_) {
      if (coefficients[*variable] == 0)
        others.emplace(coefficients, constant);
      else
        (coefficients[*variable] > 0 ? positive : negative).push_back({coefficients, constant});
    }
    rows_ = std::move(others);
    for (const Row& up : positive)
      for (const Row& down : negative) {
        if (--combinations_left < 0) return std::nullopt;
        if (combine(up, down, *variable) == Outcome::contradiction) return Outcome::contradiction;
        if (rows_.size() > most_rows) return std::nullopt;
      }
    return Outcome::kept;
  }

 private:
  std::optional<size_t> cheapest_variable() const {
    if (rows_.empty()) return std::nullopt;
    const size_t count = rows_.begin()->first.size();
    std::vector<int64_t> positive(count), negative(count);
    for (const auto& [coefficients, constant] : rows_)
      for (size_t i = 0; i < count; ++i) {
        positive[i] += coefficients[i] > 0;
        negative[i] += coefficients[i] < 0;
      }
    std::optional<size_t> best;
    int64_t best_cost = 0;
    for (size_t i = 0; i < count; ++i) {
      if (positive[i] + negative[i] == 0) continue;
      const int64_t cost = positive[i] * negative[i] - positive[i] - negative[i];
      if (!best || cost < best_cost) {
        best = i;
        best_cost = cost;
      }
    }
    return best;
  }

  /// A row that leaves 64 bits is left out: fewer rows prove less, never more.
  Outcome combine(const Row& up, const Row& down, size_t variable) {
    const int64_t common = std::gcd(up.coefficients[variable], down.coefficients[variable]);
    const int64_t up_factor = -down.coefficients[variable] / common,
                  down_factor = up.coefficients[variable] / common;
    const auto sum = [&](int64_t a, int64_t b, int64_t& result) {
      return multiply_checked(a, up_factor, a) && multiply_checked(b, down_factor, b) &&
             add_checked(a, b, result);
    };
    std::vector<int64_t> coefficients(up.coefficients.size());
    int64_t constant;
    for (size_t i = 0; i < coefficients.size(); ++i)
      if (!sum(up.coefficients[i], down.coefficients[i], coefficients[i])) return Outcome::dropped;
    if (!sum(up.constant, down.constant, constant)) return Outcome::dropped;
    return add(std::move(coefficients), constant);
  }

  std::map<std::vector<int64_t>, int64_t> rows_;
};

std::vector<Monomial> monomials_of(const std::vector<Polynomial>& rows) {
  std::vector<Monomial> monomials;
  for (const Polynomial& row : rows)
    for (const Term& term : row.terms)
      if (term.monomial != unit_monomial) monomials.push_back(term.monomial);
  std::sort(monomials.begin(), monomials.end());
  monomials.erase(std::unique(monomials.begin(), monomials.end()), monomials.end());
  return monomials;
}

}  // namespace

bool has_no_solution(const std::vector<Polynomial>& rows) {
  const std::vector<Monomial> variables = monomials_of(rows);
  if (variables.size() > most_variables) return false;
  Table table;
  for (const Polynomial& row : rows) {
    if (row.overflowed) continue;
    std::vector<int64_t> coefficients(variables.size());
    for (const Term& term : row.terms)
      if (term.monomial != unit_monomial)
        coefficients[static_cast<size_t>(std::lower_bound(variables.begin(), variables.end(), term.monomial) -
                                         variables.begin())] = term.coefficient;
    if (table.add(std::move(coefficients), row.constant_term()) == Outcome::contradiction) return true;
  }
  if (table.size() > most_rows) return false;
  int combinations_left = most_combinations;
  while (const std::optional<Outcome> outcome = table.eliminate_one(combinations_left))
    if (*outcome == Outcome::contradiction) return true;
  return false;
}

std::vector<Polynomial> with_products(const std::vector<Polynomial>& rows, const Algebra& algebra) {
  std::vector<Polynomial> result = rows;
  const std::vector<Monomial> known = monomials_of(rows);
  const auto is_known = [&](Monomial monomial) {
    return monomial == unit_monomial || std::binary_search(known.begin(), known.end(), monomial);
  };
  const size_t count = std::min(rows.size(), most_multiplied_rows);
  for (size_t i = 0; i < count; ++i)
    for (size_t j = i; j < count && result.size() < most_product_rows; ++j) {
      Polynomial product = rows[i] * rows[j];
      if (product.overflowed) continue;
      const auto new_monomials = std::count_if(product.terms.begin(), product.terms.end(),
                                               [&](const Term& term) { return !is_known(term.monomial); });
      if (new_monomials <= 1) result.push_back(std::move(product));
    }
  for (const Monomial monomial : monomials_of(result))
    if (degree(monomial) > 1 && algebra.is_non_negative_monomial(monomial))
      result.push_back(Polynomial::term(monomial, 1));
  return result;
}

/// The goal, the facts that share atoms with it, some steps wide, and the signs of their atoms.
std::vector<Polynomial> System::relevant_facts(const Polynomial& goal, int steps) const {
  AtomSet atoms;
  const auto mark = [&](const Polynomial& polynomial) {
    for (const Term& term : polynomial.terms)
      for_each_atom(term.monomial, [&](AtomId id) { atoms[id] = true; });
  };
  mark(goal);
  std::vector<bool> taken(facts_.size());
  std::vector<Polynomial> result = {goal};
  for (int step = 0; step < steps; ++step) {
    const AtomSet reached = atoms;
    for (size_t i = 0; i < facts_.size(); ++i) {
      if (taken[i]) continue;
      bool shares = false;
      for (const Term& term : facts_[i].terms)
        for_each_atom(term.monomial, [&](AtomId id) { shares = shares || reached[id]; });
      if (!shares) continue;
      taken[i] = true;
      result.push_back(facts_[i]);
      mark(facts_[i]);
    }
  }
  for (int id = 1; id <= algebra_.size(); ++id)
    if (const AtomId atom = static_cast<AtomId>(id); atoms[atom] && algebra_.atom(atom).non_negative)
      result.push_back(Polynomial::atom(atom) - algebra_.atom(atom).lower_bound);
  return result;
}

/// As far as elimination can take them in.
std::vector<Polynomial> System::relevant_facts(const Polynomial& goal) const {
  for (int steps = most_steps;; --steps) {
    std::vector<Polynomial> result = relevant_facts(goal, steps);
    if (steps == 1 || (result.size() <= most_relevant_facts && monomials_of(result).size() <= most_variables))
      return result;
  }
}

bool System::refutes(const Polynomial& negated_goal, bool with_products_too) const {
  if (negated_goal.overflowed) return false;
  std::vector<Polynomial> rows = relevant_facts(negated_goal);
  if (with_products_too) return has_no_solution(with_products(rows, algebra_));
  for (const Monomial monomial : monomials_of(rows))
    if (degree(monomial) > 1 && algebra_.is_non_negative_monomial(monomial))
      rows.push_back(Polynomial::term(monomial, 1));
  return has_no_solution(rows);
}

bool System::proves_non_negative(const Polynomial& polynomial, Effort effort) const {
  if (polynomial.overflowed) return false;
  if (contradictory_ || algebra_.is_plainly_non_negative(polynomial)) return true;
  if (polynomial.constant()) return false;
  Search search(*this);
  if (search.proves(polynomial)) return true;
  if (effort == Effort::search) return false;
  std::vector<Polynomial> goals = search.leaves();
  if (goals.size() > most_eliminated_leaves) goals.resize(most_eliminated_leaves);
  if (std::find(goals.begin(), goals.end(), polynomial) == goals.end()) goals.push_back(polynomial);
  for (const Polynomial& goal : goals)
    if (refutes(-goal - 1, false)) return true;
  if (effort == Effort::eliminate) return false;
  for (const Polynomial& goal : goals)
    if (refutes(-goal - 1, true)) return true;
  return false;
}

bool System::is_contradictory() const {
  if (contradictory_) return true;
  std::vector<Polynomial> rows = facts_;
  for (int id = 1; id <= algebra_.size(); ++id)
    if (algebra_.atom(static_cast<AtomId>(id)).non_negative)
      rows.push_back(Polynomial::atom(static_cast<AtomId>(id)) -
                     algebra_.atom(static_cast<AtomId>(id)).lower_bound);
  return has_no_solution(rows);
}

}  // namespace kiln::dim
