// What visits the structure of a `Dim`: symbols, substitution, evaluation, the public terms.
#include "dim/checked.h"
#include "dim/dim.h"
#include "dim/structure.h"

namespace kiln::dim {
namespace {

void collect_symbols(const Dim& dim, std::set<std::string>& names) {
  for (const SharedTerm& term : dim.polynomial().terms)
    for (const AtomPointer& atom : term.factors->atoms) {
      if (atom->kind == Dim::AtomKind::symbol && !atom->opaque) names.insert(atom->name);
      for (const Dim& operand : atom->operands) collect_symbols(operand, names);
    }
}

bool mentions(const Dim& dim, const std::map<std::string, Dim>& values);

bool mentions(const AtomNode& atom, const std::map<std::string, Dim>& values) {
  if (atom.kind == Dim::AtomKind::symbol) return !atom.opaque && values.count(atom.name) > 0;
  for (const Dim& operand : atom.operands)
    if (mentions(operand, values)) return true;
  return false;
}

bool mentions(const Dim& dim, const std::map<std::string, Dim>& values) {
  for (const SharedTerm& term : dim.polynomial().terms)
    for (const AtomPointer& atom : term.factors->atoms)
      if (mentions(*atom, values)) return true;
  return false;
}

Dim substitute_atom(const AtomPointer& atom, const std::map<std::string, Dim>& values) {
  if (!mentions(*atom, values)) return make_dim(atom);
  if (atom->kind == Dim::AtomKind::symbol) return values.at(atom->name);
  Dim result = atom->operands[0].substitute(values);
  for (size_t i = 1; i < atom->operands.size(); ++i) {
    const Dim operand = atom->operands[i].substitute(values);
    result = atom->kind == Dim::AtomKind::quotient  ? result / operand
             : atom->kind == Dim::AtomKind::minimum ? min(result, operand)
                                                    : max(result, operand);
  }
  return result;
}

std::optional<int64_t> evaluate_atom(const AtomNode& atom, const std::map<std::string, int64_t>& values) {
  if (atom.opaque) return std::nullopt;
  if (atom.kind == Dim::AtomKind::symbol) {
    const auto found = values.find(atom.name);
    if (found == values.end()) return std::nullopt;
    return found->second;
  }
  std::optional<int64_t> result = atom.operands[0].evaluate(values);
  for (size_t i = 1; result && i < atom.operands.size(); ++i) {
    const std::optional<int64_t> operand = atom.operands[i].evaluate(values);
    if (!operand || (atom.kind == Dim::AtomKind::quotient && *operand < 1)) return std::nullopt;
    result = atom.kind == Dim::AtomKind::quotient  ? floor_divide(*result, *operand)
             : atom.kind == Dim::AtomKind::minimum ? std::min(*result, *operand)
                                                   : std::max(*result, *operand);
  }
  return result;
}

}  // namespace

std::set<std::string> Dim::symbols() const {
  std::set<std::string> names;
  collect_symbols(*this, names);
  return names;
}

Dim Dim::substitute(const std::map<std::string, Dim>& values) const {
  if (!mentions(*this, values)) return *this;
  Dim result = polynomial().constant;
  for (const SharedTerm& term : polynomial().terms) {
    Dim product = term.coefficient;
    for (const AtomPointer& atom : term.factors->atoms) product = product * substitute_atom(atom, values);
    result = result + product;
  }
  return result;
}

std::optional<int64_t> Dim::evaluate(const std::map<std::string, int64_t>& values) const {
  int64_t result = polynomial().constant;
  for (const SharedTerm& term : polynomial().terms) {
    int64_t product = term.coefficient;
    for (const AtomPointer& atom : term.factors->atoms) {
      const std::optional<int64_t> value = evaluate_atom(*atom, values);
      if (!value || !multiply_checked(product, *value, product)) return std::nullopt;
    }
    if (!add_checked(result, product, result)) return std::nullopt;
  }
  return result;
}

std::vector<Dim::Term> Dim::terms() const {
  std::vector<Term> result;
  for (const SharedTerm& term : polynomial().terms) {
    Term& copy = result.emplace_back(Term{term.coefficient, {}});
    for (const AtomPointer& atom : term.factors->atoms)
      copy.factors.push_back({atom->kind, atom->name, atom->operands});
  }
  if (polynomial().constant != 0) result.push_back({polynomial().constant, {}});
  return result;
}

}  // namespace kiln::dim
