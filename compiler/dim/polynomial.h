#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace kiln::dim {

/// Polynomials as the prover computes with them: atoms are small numbers that a table (`Algebra`) gives
/// meaning. An atom's number is 1..255; a monomial holds up to eight factors, one a byte, the largest first,
/// so that comparing monomials as numbers is the lexicographic order, a true monomial order.
using AtomId = uint8_t;
using Monomial = uint64_t;
constexpr Monomial unit_monomial = 0;
constexpr int largest_degree = 8;

inline Monomial monomial_of(AtomId atom) { return Monomial{atom} << 56; }
int degree(Monomial monomial);
int exponent(Monomial monomial, AtomId atom);
std::optional<Monomial> multiply(Monomial a, Monomial b);
std::optional<Monomial> divide(Monomial a, Monomial b);
Monomial common_factors(Monomial a, Monomial b);

/// Calls `visit(atom)` for each factor, repeated for powers.
template <typename Visit>
void for_each_atom(Monomial monomial, Visit visit) {
  for (; monomial != 0; monomial <<= 8) visit(static_cast<AtomId>(monomial >> 56));
}

struct Term {
  Monomial monomial;
  int64_t coefficient;
  friend bool operator==(const Term&, const Term&) = default;
};

/// Terms from the leading one down, the constant last, no coefficient 0. `overflowed` spreads like a NaN:
/// such a polynomial means nothing, and whoever proves with it answers "not proved".
struct Polynomial {
  std::vector<Term> terms;
  bool overflowed = false;

  Polynomial() = default;
  explicit Polynomial(int64_t constant) {
    if (constant != 0) terms.push_back({unit_monomial, constant});
  }
  static Polynomial atom(AtomId id) { return term(monomial_of(id), 1); }
  static Polynomial term(Monomial monomial, int64_t coefficient);

  bool is_zero() const { return terms.empty() && !overflowed; }
  std::optional<int64_t> constant() const;
  int64_t constant_term() const;
  /// The atom, if the polynomial is one atom with coefficient 1.
  std::optional<AtomId> bare_atom() const;
  friend bool operator==(const Polynomial&, const Polynomial&) = default;
};
bool operator<(const Polynomial& a, const Polynomial& b);  // an order for tables

Polynomial operator+(const Polynomial& a, const Polynomial& b);
Polynomial operator-(const Polynomial& a, const Polynomial& b);
Polynomial operator-(const Polynomial& a);
Polynomial operator*(const Polynomial& a, const Polynomial& b);
Polynomial operator*(const Polynomial& a, int64_t factor);
Polynomial operator+(const Polynomial& a, int64_t constant);
inline Polynomial operator-(const Polynomial& a, int64_t constant) { return a + -constant; }

/// `a = quotient * b + remainder`, where no term of the remainder holds the whole leading term of `b`. b is
/// not 0.
struct Division {
  Polynomial quotient, remainder;
};
Division divide(const Polynomial& a, const Polynomial& b);
std::optional<Polynomial> divide_exactly(const Polynomial& a, const Polynomial& b);

/// `coefficient * atom + rest`, and the highest power of the atom.
struct Split {
  Polynomial coefficient, rest;  // for degree 1
  int degree = 0;
};
Split split(const Polynomial& polynomial, AtomId atom);

/// The greatest common divisor of the coefficients, without or with the constant term; 0 if there are none.
int64_t content(const Polynomial& polynomial, bool with_constant);
Monomial common_monomial(const Polynomial& polynomial);
/// Each divides all terms exactly.
Polynomial divide_terms(const Polynomial& polynomial, int64_t factor, Monomial monomial);
/// All but the constant term divided exactly by `factor`, the constant rounded down.
Polynomial divide_and_floor(const Polynomial& polynomial, int64_t factor);

}  // namespace kiln::dim
