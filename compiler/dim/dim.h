#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace kiln::dim {

/// An integer expression over named symbols in normal form: a polynomial whose atoms are symbols, floor
/// quotients, `min` and `max`. Immutable, cheap to copy, ordered. Two expressions with equal normal forms
/// compare equal; what needs facts to be equal is a question for the prover.
/// `/` and `%` floor; the divisor is taken to be positive (the prover makes that a goal of its own).
/// Arithmetic that leaves 64 bits gives an opaque expression that equals only itself (see `overflowed`).
class Dim {
 public:
  Dim() = default;        // 0
  Dim(int64_t constant);  // implicit: extents are written as numbers
  /// A symbol is known by its name alone. Names of dims are those of the source ("B", "In"); other atoms that
  /// take part in index arithmetic (indices, run-time integers) need names that no dim can have.
  static Dim symbol(const std::string& name);

  std::optional<int64_t> constant() const;
  bool is_constant(int64_t value) const { return constant() == value; }
  /// The symbol's name, if the expression is one bare symbol.
  std::optional<std::string> bare_symbol() const;
  std::set<std::string> symbols() const;
  bool overflowed() const;

  Dim substitute(const std::map<std::string, Dim>& values) const;
  /// Nothing if a symbol has no value, a divisor is < 1 or the result leaves 64 bits.
  std::optional<int64_t> evaluate(const std::map<std::string, int64_t>& values) const;

  /// As it would be written in a .model file: "2*H - 1", "(H + 2*P - K) / S + 1", "min(T, 8)".
  std::string to_string() const;
  size_t hash() const;

  friend Dim operator+(const Dim& a, const Dim& b);
  friend Dim operator-(const Dim& a, const Dim& b);
  friend Dim operator*(const Dim& a, const Dim& b);
  friend Dim operator/(const Dim& a, const Dim& b);  // floor
  friend Dim operator%(const Dim& a, const Dim& b);  // a - b * (a / b)
  friend Dim min(const Dim& a, const Dim& b);
  friend Dim max(const Dim& a, const Dim& b);
  friend bool operator==(const Dim& a, const Dim& b);
  friend bool operator<(const Dim& a,
                        const Dim& b);  // a fixed order for tables; it says nothing about values

  /// A walk over the structure, for whoever prints, compiles or interprets it: the sum of `coefficient *
  /// product`.
  struct Atom;
  struct Term {
    int64_t coefficient;
    std::vector<Atom> factors;  // repeated for powers
  };
  enum class AtomKind { symbol, quotient, minimum, maximum };
  std::vector<Term> terms() const;  // the constant term has no factors; zero has no terms

  struct Polynomial;  // private to the room
  const Polynomial& polynomial() const;
  explicit Dim(std::shared_ptr<const Polynomial> polynomial);

 private:
  std::shared_ptr<const Polynomial> polynomial_;  // null: 0, which stands wherever no dim is
};

struct Dim::Atom {
  AtomKind kind;
  std::string symbol;         // of a symbol
  std::vector<Dim> operands;  // quotient: numerator, divisor; minimum, maximum: two or more
};

/// A condition over integers, as it stands in `where`, `assert`, `if` and filters.
struct Condition {
  enum class Kind { at_least_zero, equal_zero, not_equal_zero, both, either } kind = Kind::at_least_zero;
  Dim value;                        // at_least_zero: value >= 0, equal_zero: value == 0, …
  std::vector<Condition> operands;  // both, either

  static Condition less(const Dim& a, const Dim& b);        // a < b
  static Condition less_equal(const Dim& a, const Dim& b);  // a <= b
  static Condition equal(const Dim& a, const Dim& b);
  static Condition not_equal(const Dim& a, const Dim& b);
  static Condition both_of(std::vector<Condition> parts);
  static Condition either_of(std::vector<Condition> parts);
  Condition negated() const;
  Condition substitute(const std::map<std::string, Dim>& values) const;
  std::optional<bool> evaluate(const std::map<std::string, int64_t>& values) const;
  std::string to_string() const;  // "H >= K", "D % Heads == 0"
};

}  // namespace kiln::dim
