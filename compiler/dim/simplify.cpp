#include "dim/facts.h"
#include "dim/prover.h"
#include "dim/structure.h"
#include "dim/system.h"

namespace kiln::dim {
namespace {

/// How much there is to read and to compute.
size_t weight(const Dim& dim) {
  size_t result = dim.polynomial().constant != 0;
  for (const SharedTerm& term : dim.polynomial().terms) {
    result += std::abs(term.coefficient) == 1 ? 1 : 2;
    for (const AtomPointer& atom : term.factors->atoms) {
      result += 2;
      for (const Dim& operand : atom->operands) result += 1 + weight(operand);
    }
  }
  return result;
}

}  // namespace

Dim simplify(const Facts& facts, const Dim& dim) {
  if (dim.constant() || dim.overflowed()) return dim;
  if (has_many_conditions(facts)) return simplify(facts_for(facts, dim.symbols()), dim);
  System system = prepared(facts);
  Polynomial value = system.import(dim);
  if (value.overflowed) return dim;
  Dim best = dim;
  const auto consider = [&](const Polynomial& candidate) {
    if (candidate.overflowed) return;
    const Dim written = system.algebra().export_normalised(candidate);
    if (weight(written) < weight(best)) best = written;
  };
  consider(value);
  // What a substitution took apart may be whole again: `Heads * (D / Heads)` is D where Heads divides D.
  const std::vector<System::Solved> solved = system.solved();
  for (auto entry = solved.rbegin(); entry != solved.rend(); ++entry) {
    if (entry->value.terms.empty() || entry->value.constant()) continue;
    const Division division = divide(value, entry->value);
    if (division.quotient.overflowed || division.quotient.is_zero()) continue;
    const Polynomial folded = division.quotient * Polynomial::atom(entry->atom) + division.remainder;
    consider(folded);
  }
  return best;
}

}  // namespace kiln::dim
