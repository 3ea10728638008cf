#include "fuse/inside.h"

#include <algorithm>

#include "fuse/shape.h"
#include "graph/affine.h"

namespace kiln::fuse {

using namespace graph;

namespace {

bool is_at_least(const dim::Dim& dim, int64_t least) {
  const std::optional<int64_t> constant = dim.constant();
  return constant && *constant >= least;
}

/// A sum of indices, each as far apart as a number or a dim says, that the extents keep inside.
bool stays_inside(const Affine& subscript, const Compute& compute, const dim::Dim& extent) {
  dim::Dim least = subscript.constant, greatest = subscript.constant;
  for (const auto& [index, factor] : subscript.indices) {
    const dim::Dim reach = factor * (compute.domain[index].extent - dim::Dim(1));
    const std::optional<int64_t> constant = factor.constant();
    if (constant && *constant < 0)
      least = least + reach;
    else
      greatest = greatest + reach;  // a symbol is at least 0
    if (!constant && !factor.bare_symbol()) return false;
  }
  return is_at_least(least, 0) && is_at_least(extent - dim::Dim(1) - greatest, 0);
}

}  // namespace

bool reads_inside(const Function& function, const Compute& compute, const std::set<uint32_t>& bounded) {
  const Expressions& expressions = function.expressions;
  for (const ExprId id : reads_of(expressions, compute)) {
    const Expr& read = expressions[id];
    const std::vector<dim::Dim>& shape = function.type_of(read.value).shape;
    for (size_t axis = 0; axis < shape.size(); ++axis) {
      const std::optional<Affine> subscript = affine_of(expressions, read.operands[axis]);
      if (!subscript) return false;
      if (subscript->has_atoms()) {
        const std::vector<uint32_t> indices = indices_in(expressions, read.operands[axis]);
        const bool kept = std::any_of(indices.begin(), indices.end(),
                                      [&](uint32_t index) { return bounded.contains(index); });
        if (!kept) return false;
      } else if (!stays_inside(*subscript, compute, shape[axis])) {
        return false;
      }
    }
  }
  return true;
}

}  // namespace kiln::fuse
