#include "dim/polynomial.h"

#include <algorithm>
#include <bit>
#include <numeric>

#include "dim/checked.h"

namespace kiln::dim {
namespace {

constexpr size_t most_terms =
    2000;  // beyond it an operation counts as overflowed: no input may make it crawl

Polynomial overflowed_polynomial() {
  Polynomial result;
  result.overflowed = true;
  return result;
}

/// a + factor * b
Polynomial add_scaled(const Polynomial& a, const Polynomial& b, int64_t factor) {
  if (a.overflowed || b.overflowed) return overflowed_polynomial();
  Polynomial result;
  result.terms.reserve(a.terms.size() + b.terms.size());
  auto left = a.terms.begin(), right = b.terms.begin();
  while (left != a.terms.end() || right != b.terms.end()) {
    if (right == b.terms.end() || (left != a.terms.end() && left->monomial > right->monomial)) {
      result.terms.push_back(*left++);
      continue;
    }
    Term term{right->monomial, 0};
    if (!multiply_checked(right->coefficient, factor, term.coefficient)) return overflowed_polynomial();
    if (left != a.terms.end() && left->monomial == right->monomial) {
      if (!add_checked(left->coefficient, term.coefficient, term.coefficient)) return overflowed_polynomial();
      ++left;
    }
    if (term.coefficient != 0) result.terms.push_back(term);
    ++right;
  }
  return result;
}

Polynomial multiply_by_term(const Polynomial& a, Monomial monomial, int64_t coefficient) {
  if (a.overflowed) return a;
  Polynomial result;
  result.terms.reserve(a.terms.size());
  for (const Term& term : a.terms) {
    const std::optional<Monomial> product = multiply(term.monomial, monomial);
    Term scaled{product.value_or(0), 0};
    if (!product || !multiply_checked(term.coefficient, coefficient, scaled.coefficient))
      return overflowed_polynomial();
    if (scaled.coefficient != 0) result.terms.push_back(scaled);
  }
  return result;
}

}  // namespace

int degree(Monomial monomial) { return monomial == 0 ? 0 : largest_degree - std::countr_zero(monomial) / 8; }

int exponent(Monomial monomial, AtomId atom) {
  int count = 0;
  for_each_atom(monomial, [&](AtomId factor) { count += factor == atom; });
  return count;
}

std::optional<Monomial> multiply(Monomial a, Monomial b) {
  if (a == 0 || b == 0) return a | b;
  const int size = degree(a) + degree(b);
  if (size > largest_degree) return std::nullopt;
  Monomial result = 0;
  for (int place = 0; place < size; ++place) {
    const Monomial largest = std::max(a >> 56, b >> 56);
    result |= largest << (56 - 8 * place);
    (a >> 56 == largest ? a : b) <<= 8;
  }
  return result;
}

std::optional<Monomial> divide(Monomial a, Monomial b) {
  if (b == 0) return a;
  Monomial result = 0;
  int place = 0;
  for (; a != 0; a <<= 8) {
    if (b >> 56 == a >> 56)
      b <<= 8;
    else
      result |= (a >> 56) << (56 - 8 * place++);
  }
  if (b != 0) return std::nullopt;
  return result;
}

Monomial common_factors(Monomial a, Monomial b) {
  Monomial result = 0;
  int place = 0;
  while (a != 0 && b != 0) {
    const Monomial left = a >> 56, right = b >> 56;
    if (left == right) result |= left << (56 - 8 * place++);
    if (left >= right) a <<= 8;
    if (right >= left) b <<= 8;
  }
  return result;
}

Polynomial Polynomial::term(Monomial monomial, int64_t coefficient) {
  Polynomial result;
  if (coefficient != 0) result.terms.push_back({monomial, coefficient});
  return result;
}

std::optional<int64_t> Polynomial::constant() const {
  if (overflowed) return std::nullopt;
  if (terms.empty()) return 0;
  if (terms.front().monomial != unit_monomial) return std::nullopt;
  return terms.front().coefficient;
}

int64_t Polynomial::constant_term() const {
  return terms.empty() || terms.back().monomial != unit_monomial ? 0 : terms.back().coefficient;
}

std::optional<AtomId> Polynomial::bare_atom() const {
  if (terms.size() != 1 || terms[0].coefficient != 1 || degree(terms[0].monomial) != 1) return std::nullopt;
  return static_cast<AtomId>(terms[0].monomial >> 56);
}

bool operator<(const Polynomial& a, const Polynomial& b) {
  return std::lexicographical_compare(a.terms.begin(), a.terms.end(), b.terms.begin(), b.terms.end(),
                                      [](const Term& left, const Term& right) {
                                        if (left.monomial != right.monomial)
                                          return left.monomial < right.monomial;
                                        return left.coefficient < right.coefficient;
                                      });
}

Polynomial operator+(const Polynomial& a, const Polynomial& b) { return add_scaled(a, b, 1); }
Polynomial operator-(const Polynomial& a, const Polynomial& b) { return add_scaled(a, b, -1); }
Polynomial operator-(const Polynomial& a) { return multiply_by_term(a, unit_monomial, -1); }
Polynomial operator*(const Polynomial& a, int64_t factor) {
  return multiply_by_term(a, unit_monomial, factor);
}
Polynomial operator+(const Polynomial& a, int64_t constant) { return add_scaled(a, Polynomial(constant), 1); }

Polynomial operator*(const Polynomial& a, const Polynomial& b) {
  if (a.overflowed || b.overflowed || a.terms.size() * b.terms.size() > most_terms)
    return overflowed_polynomial();
  if (a.terms.size() == 1) return multiply_by_term(b, a.terms[0].monomial, a.terms[0].coefficient);
  Polynomial result;
  for (const Term& term : b.terms) result = result + multiply_by_term(a, term.monomial, term.coefficient);
  return result;
}

Division divide(const Polynomial& a, const Polynomial& b) {
  Division result{{}, a};
  if (a.overflowed || b.overflowed) return {overflowed_polynomial(), overflowed_polynomial()};
  const Term lead = b.terms.front();
  for (size_t place = 0; place < result.remainder.terms.size();) {
    const Term term = result.remainder.terms[place];
    const std::optional<Monomial> monomial = divide(term.monomial, lead.monomial);
    const int64_t coefficient = monomial ? floor_divide(term.coefficient, lead.coefficient) : 0;
    if (coefficient == 0) {
      ++place;
      continue;
    }
    result.quotient = result.quotient + Polynomial::term(*monomial, coefficient);
    result.remainder = result.remainder - multiply_by_term(b, *monomial, coefficient);
    if (result.remainder.overflowed || result.quotient.overflowed ||
        result.quotient.terms.size() > most_terms)
      return {overflowed_polynomial(), overflowed_polynomial()};
    // What is left of this term cannot be divided further; the terms after it may have changed.
    if (place < result.remainder.terms.size() && result.remainder.terms[place].monomial == term.monomial)
      ++place;
  }
  return result;
}

std::optional<Polynomial> divide_exactly(const Polynomial& a, const Polynomial& b) {
  if (a.overflowed || b.overflowed || b.terms.empty()) return std::nullopt;
  Division division = divide(a, b);
  if (!division.remainder.is_zero() || division.quotient.overflowed) return std::nullopt;
  return std::move(division.quotient);
}

Split split(const Polynomial& polynomial, AtomId atom) {
  Split result;
  result.coefficient.overflowed = result.rest.overflowed = polynomial.overflowed;
  for (const Term& term : polynomial.terms) {
    const int power = exponent(term.monomial, atom);
    result.degree = std::max(result.degree, power);
    if (power == 0)
      result.rest.terms.push_back(term);
    else
      result.coefficient.terms.push_back({*divide(term.monomial, monomial_of(atom)), term.coefficient});
  }
  // Taking one factor out of monomials that all hold it keeps their order.
  return result;
}

int64_t content(const Polynomial& polynomial, bool with_constant) {
  int64_t divisor = 0;
  for (const Term& term : polynomial.terms)
    if (with_constant || term.monomial != unit_monomial) divisor = std::gcd(divisor, term.coefficient);
  return divisor;
}

Monomial common_monomial(const Polynomial& polynomial) {
  if (polynomial.terms.empty()) return unit_monomial;
  Monomial result = polynomial.terms.front().monomial;
  for (const Term& term : polynomial.terms) result = common_factors(result, term.monomial);
  return result;
}

Polynomial divide_terms(const Polynomial& polynomial, int64_t factor, Monomial monomial) {
  Polynomial result = polynomial;
  for (Term& term : result.terms) {
    term.monomial = *divide(term.monomial, monomial);
    term.coefficient /= factor;
  }
  return result;
}

Polynomial divide_and_floor(const Polynomial& polynomial, int64_t factor) {
  Polynomial result;
  result.overflowed = polynomial.overflowed;
  for (const Term& term : polynomial.terms) {
    const int64_t coefficient = floor_divide(term.coefficient, factor);
    if (coefficient != 0) result.terms.push_back({term.monomial, coefficient});
  }
  return result;
}

}  // namespace kiln::dim
