#include "transform/name_quotients.h"

#include <algorithm>
#include <optional>

namespace kiln::transform {

using dim::Condition;
using dim::Dim;
using graph::Compute;
using graph::ExprId;

namespace {

struct Named {
  Dim numerator, divisor;
  uint32_t quotient, remainder;
};

class QuotientNamer {
 public:
  QuotientNamer(Folder& folder, const PointFacts& outside, Compute& compute)
      : folder_(folder), outside_(outside), facts_(outside), compute_(compute) {
    facts_.add_domain(compute);
  }

  void run() {
    for (ExprId& subscript : compute_.write) {
      while (const std::optional<Dim::Atom> atom = nameable_quotient(subscript)) {
        const std::optional<Named> named = name(atom->operands[0], atom->operands[1]);
        if (!named) break;
        subscript = renamed(folder_.polynomials().of(subscript), *named);
      }
    }
  }

 private:
  std::optional<Dim::Atom> nameable_quotient(ExprId subscript) {
    for (const Dim::Term& term : folder_.polynomials().of(subscript).terms()) {
      for (const Dim::Atom& atom : term.factors) {
        if (atom.kind != Dim::AtomKind::quotient || is_uniform(value_of(atom))) continue;
        if (holds_data(atom.operands[0]) || !is_uniform(atom.operands[1])) continue;
        if (!facts_.proves(Condition::less_equal(0, atom.operands[0]))) continue;
        if (facts_.proves(Condition::less_equal(1, atom.operands[1]))) return atom;
      }
    }
    return std::nullopt;
  }

  /// How many values the quotient has, from those of the indices; nothing if one is not in it linearly.
  std::optional<Dim> extent(const Dim& numerator, const Dim& divisor) {
    Dim greatest = numerator;
    for (const std::string& symbol : numerator.symbols()) {
      const auto index = index_of_symbol(symbol);
      if (!index) continue;
      const std::optional<Dim> coefficient = coefficient_of(numerator, *index);
      if (!coefficient) return std::nullopt;
      const bool rises = facts_.proves(Condition::less_equal(0, *coefficient));
      if (!rises && !facts_.proves(Condition::less_equal(*coefficient, 0))) return std::nullopt;
      greatest = greatest.substitute({{symbol, rises ? compute_.domain[*index].extent - 1 : Dim(0)}});
    }
    // Where an index has no values at all, the greatest may be below 0, and the divisor 0.
    const bool divides = outside_.proves(Condition::less_equal(1, divisor));
    const Dim count = greatest / (divides ? divisor : max(divisor, 1)) + 1;
    return outside_.proves(Condition::less_equal(0, count)) ? count : max(count, 0);
  }

  uint32_t new_index(const Dim& count, const std::string& name) {
    compute_.domain.push_back({count, name});
    return static_cast<uint32_t>(compute_.domain.size() - 1);
  }

  /// The indices of a quotient; those of one that was named before, so that both are the same index.
  std::optional<Named> name(const Dim& numerator, const Dim& divisor) {
    for (const Named& former : named_) {
      if (former.numerator == numerator && former.divisor == divisor) return former;
    }
    const std::optional<Dim> count = extent(numerator, divisor);
    if (!count) return std::nullopt;
    const Named result{numerator, divisor, new_index(*count, "q"), new_index(divisor, "r")};
    IndexPolynomials& polynomials = folder_.polynomials();
    const Dim sum = divisor * index_symbol(result.quotient) + index_symbol(result.remainder);
    compute_.guard.insert(compute_.guard.begin(),
                          folder_.equal(polynomials.expression(numerator), polynomials.expression(sum)));
    named_.push_back(result);
    return result;
  }

  /// `x % S` is `x - S*(x / S)`: as `x == S*q + r` holds, it may be taken off, and what is left is the
  /// shorter of the two forms.
  ExprId renamed(const Dim& polynomial, const Named& named) {
    const Dim quotient = named.numerator / named.divisor;
    Dim with_quotient = 0;
    for (const Dim::Term& term : polynomial.terms()) {
      Dim product = term.coefficient;
      for (const Dim::Atom& atom : term.factors) {
        product = product * (value_of(atom) == quotient ? index_symbol(named.quotient) : value_of(atom));
      }
      with_quotient = with_quotient + product;
    }
    const Dim zero =
        named.numerator - named.divisor * index_symbol(named.quotient) - index_symbol(named.remainder);
    const Dim with_remainder = with_quotient - zero;
    const bool shorter = with_remainder.terms().size() < with_quotient.terms().size();
    return folder_.polynomials().expression(shorter ? with_remainder : with_quotient);
  }

  Folder& folder_;
  PointFacts outside_;
  PointFacts facts_;
  Compute& compute_;
  std::vector<Named> named_;
};

}  // namespace

void name_quotients(Folder& folder, const PointFacts& outside, Compute& compute) {
  QuotientNamer(folder, outside, compute).run();
}

}  // namespace kiln::transform
