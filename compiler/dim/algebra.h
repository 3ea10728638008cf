#pragma once

#include <string>
#include <vector>

#include "dim/dim.h"
#include "dim/polynomial.h"
#include "dim/structure.h"

namespace kiln::dim {

/// Gives the atoms of polynomials their meaning, and keeps quotients, `min` and `max` in normal form. A
/// value.
class Algebra {
 public:
  struct Atom {
    Dim::AtomKind kind;
    AtomPointer shared;                // of a symbol from a Dim
    std::optional<Dim> stands_for;     // of a symbol that the prover introduced
    std::vector<Polynomial> operands;  // quotient: numerator, divisor; minimum, maximum: two or more
    bool non_negative = false;         // known to be; only then may the atom be cancelled
    int64_t lower_bound = 0;           // of a non-negative atom: a constant that it reaches at least
  };

  const Atom& atom(AtomId id) const { return atoms_[id - 1]; }
  Atom& atom(AtomId id) { return atoms_[id - 1]; }
  int size() const { return static_cast<int>(atoms_.size()); }  // atoms are 1..size()

  Polynomial import(const Dim& dim);
  AtomId symbol(const std::string& name);
  std::optional<AtomId> find_symbol(const std::string& name) const;
  AtomId new_symbol(const Dim& stands_for);

  /// The floor quotient in normal form:
  /// multiples of the divisor are pulled out; common integer factors and common factors that are known >= 0
  /// are cancelled; a quotient within the numerator is merged into one, `(x / b + k) / d` is `(x + k*b) /
  /// (b*d)`.
  Polynomial quotient(Polynomial numerator, Polynomial divisor);
  Polynomial minimum_or_maximum(Dim::AtomKind kind, const std::vector<Polynomial>& operands);

  /// True if all coefficients are >= 0 once each atom is written as its lower bound and a rest >= 0.
  bool is_plainly_non_negative(const Polynomial& polynomial) const;
  bool is_non_negative_monomial(Monomial monomial) const;
  /// Whether the atom occurs in the polynomial, inside of other atoms included.
  bool occurs(AtomId id, const Polynomial& polynomial) const;

  /// With the atoms' structure as it stands (for what is already in the normal form of Dim).
  Dim export_unchanged(const Polynomial& polynomial) const;
  /// In the normal form of Dim, introduced symbols written out.
  Dim export_normalised(const Polynomial& polynomial) const;

 private:
  std::optional<AtomId> intern(Dim::AtomKind kind, std::vector<Polynomial> operands);
  Polynomial atom_polynomial(std::optional<AtomId> id) const;
  bool merge_inner_quotient(Polynomial& numerator, Polynomial& divisor) const;
  Monomial cancellable(Monomial monomial) const;

  std::vector<Atom> atoms_;
};

}  // namespace kiln::dim
