#include <algorithm>

#include "dim/dim.h"
#include "dim/structure.h"

namespace kiln::dim {
namespace {

constexpr int64_t most_remainders_tried = 64;

bool is_bare(const Dim& dim) {
  return dim.bare_symbol().has_value() || (dim.constant() && *dim.constant() >= 0);
}

/// One product of atoms without a sign, to the left of a `/`.
bool is_product(const Dim& dim) {
  const Dim::Polynomial& parts = dim.polynomial();
  if (parts.constant != 0 || parts.terms.size() != 1 || parts.terms[0].coefficient < 0) return false;
  const auto& atoms = parts.terms[0].factors->atoms;
  return atoms.size() > 1 || atoms[0]->kind != Dim::AtomKind::quotient;
}

std::string in_parentheses(const std::string& text) { return "(" + text + ")"; }

std::string print_atom(const AtomNode& atom) {
  if (atom.kind == Dim::AtomKind::symbol) return atom.opaque ? in_parentheses(atom.name) : atom.name;
  if (atom.kind == Dim::AtomKind::quotient) {
    const Dim &numerator = atom.operands[0], &divisor = atom.operands[1];
    const bool plain = is_bare(numerator) || is_product(numerator);
    return (plain ? numerator.to_string() : in_parentheses(numerator.to_string())) + " / " +
           (is_bare(divisor) ? divisor.to_string() : in_parentheses(divisor.to_string()));
  }
  std::string text = atom.kind == Dim::AtomKind::minimum ? "min(" : "max(";
  for (const Dim& operand : atom.operands)
    text += (&operand == &atom.operands[0] ? "" : ", ") + operand.to_string();
  return text + ")";
}

std::string digits(int64_t number) {  // without the sign
  std::string text = std::to_string(number);
  return number < 0 ? text.substr(1) : text;
}

/// Without its sign. A lone quotient needs no parentheses but after a unary minus.
std::string print_term(const SharedTerm& term, bool leading) {
  const std::vector<AtomPointer>& atoms = term.factors->atoms;
  const bool unit = term.coefficient == 1 || term.coefficient == -1;
  std::string text = unit ? "" : digits(term.coefficient) + "*";
  const bool alone = unit && atoms.size() == 1 && (term.coefficient > 0 || !leading);
  for (size_t i = 0; i < atoms.size(); ++i) {
    if (i > 0) text += "*";
    const bool enclosed = atoms[i]->kind == Dim::AtomKind::quotient && !alone;
    text += enclosed ? in_parentheses(print_atom(*atoms[i])) : print_atom(*atoms[i]);
  }
  return text;
}

/// The value as `left - right`, neither with a minus sign.
struct Sides {
  Dim left = 0, right = 0;
};

Sides sides_of(const Dim& value) {
  const Dim::Polynomial& parts = value.polynomial();
  std::vector<SharedTerm> left, right;
  for (SharedTerm term : parts.terms) {
    std::vector<SharedTerm>& side = term.coefficient > 0 ? left : right;
    term.coefficient = std::abs(term.coefficient);
    side.push_back(std::move(term));
  }
  const bool constant_left = parts.constant > 0;
  return {*make_dim(std::move(left), constant_left ? parts.constant : 0),
          *make_dim(std::move(right), constant_left ? 0 : -parts.constant)};
}

std::string print_relation(const Dim& value, const char* sign, const char* turned) {
  const Sides sides = sides_of(value);
  if (sides.left.constant() && !sides.right.constant())
    return sides.right.to_string() + turned + sides.left.to_string();
  return sides.left.to_string() + sign + sides.right.to_string();
}

std::string print_remainder(const RemainderForm& form, const char* sign) {
  const bool product = is_bare(form.numerator);
  return (product ? form.numerator.to_string() : in_parentheses(form.numerator.to_string())) + " % " +
         (is_bare(form.divisor) ? form.divisor.to_string() : in_parentheses(form.divisor.to_string())) +
         sign + std::to_string(form.remainder);
}

}  // namespace

std::optional<RemainderForm> as_remainder(const Dim& value) {
  for (const SharedTerm& candidate : value.polynomial().terms)
    for (const AtomPointer& atom : candidate.factors->atoms) {
      if (atom->kind != Dim::AtomKind::quotient) continue;
      const Dim quotient = make_dim(atom);
      Dim coefficient = 0, rest = value.polynomial().constant;
      for (const SharedTerm& term : value.polynomial().terms) {
        std::vector<AtomPointer> others = term.factors->atoms;
        const auto found = std::find_if(others.begin(), others.end(), [&](const AtomPointer& other) {
          return compare(*other, *atom) == 0;
        });
        const bool holds = found != others.end();
        if (holds) others.erase(found);
        Dim product = term.coefficient;
        for (const AtomPointer& other : others) product = product * make_dim(other);
        (holds ? coefficient : rest) = (holds ? coefficient : rest) + product;
      }
      for (const int sign : {1, -1}) {
        const Dim divisor = coefficient * -sign, numerator = rest * sign;
        if (divisor.constant().value_or(1) < 1) continue;
        const int64_t tried = std::min(divisor.constant().value_or(1), most_remainders_tried);
        for (int64_t remainder = 0; remainder < tried; ++remainder)
          if ((numerator + remainder) / divisor == quotient)
            return RemainderForm{numerator + remainder, divisor, remainder};
      }
    }
  return std::nullopt;
}

std::string Dim::to_string() const {
  const Polynomial& parts = polynomial();
  std::vector<const SharedTerm*> order;
  for (const SharedTerm& term : parts.terms) order.push_back(&term);
  const auto positive =
      std::find_if(order.begin(), order.end(), [](const SharedTerm* term) { return term->coefficient > 0; });
  const bool constant_first = positive == order.end() && parts.constant > 0;
  if (positive != order.end()) std::rotate(order.begin(), positive, positive + 1);
  std::string text = constant_first || order.empty() ? std::to_string(parts.constant) : "";
  for (const SharedTerm* term : order) {
    const bool leading = text.empty();
    text += leading ? (term->coefficient < 0 ? "-" : "") : (term->coefficient < 0 ? " - " : " + ");
    text += print_term(*term, leading);
  }
  if (parts.constant != 0 && !constant_first && !order.empty())
    text += (parts.constant < 0 ? " - " : " + ") + digits(parts.constant);
  return text;
}

std::string Condition::to_string() const {
  if (kind == Kind::both || kind == Kind::either) {
    if (operands.empty()) return kind == Kind::both ? "true" : "false";
    std::string text;
    for (const Condition& part : operands) {
      const bool nested = part.kind == Kind::either && kind == Kind::both;
      text += &part == &operands[0] ? "" : kind == Kind::both ? " and " : " or ";
      text += nested ? in_parentheses(part.to_string()) : part.to_string();
    }
    return text;
  }
  if (kind == Kind::at_least_zero) return print_relation(value, " >= ", " <= ");
  const char* sign = kind == Kind::equal_zero ? " == " : " != ";
  if (const std::optional<RemainderForm> form = as_remainder(value)) return print_remainder(*form, sign);
  return print_relation(value, sign, sign);
}

}  // namespace kiln::dim
