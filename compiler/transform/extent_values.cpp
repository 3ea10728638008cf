#include "transform/extent_values.h"

#include <algorithm>

namespace kiln::transform {

using dim::Condition;
using dim::Dim;

ExtentValues::ExtentValues(const graph::Function& function) {
  for (const std::string& name : function.dims) facts_.add_dim(name);
  for (const Condition& fact : function.facts) facts_.add(fact);
}

bool ExtentValues::has_value(const Dim& dim) const {
  for (const Dim::Term& term : dim.terms())
    for (const Dim::Atom& atom : term.factors) {
      for (const Dim& operand : atom.operands)
        if (!has_value(operand)) return false;
      if (atom.kind == Dim::AtomKind::quotient && !proves(facts_, Condition::less_equal(1, atom.operands[1])))
        return false;
    }
  return true;
}

bool ExtentValues::is_extent(const Dim& dim) const {
  if (dim.bare_symbol()) return true;
  if (const std::optional<int64_t> constant = dim.constant()) return *constant >= 0;
  return proves(facts_, Condition::less_equal(0, dim));  // its divisors with it
}

bool ExtentValues::is_type(const graph::Type& type) const {
  return std::all_of(type.shape.begin(), type.shape.end(), [&](const Dim& dim) { return is_extent(dim); });
}

}  // namespace kiln::transform
