#include "fuse/contraction.h"

#include <algorithm>

#include "fuse/index_bound.h"
#include "fuse/linear_offset.h"
#include "fuse/shape.h"
#include "graph/walk.h"

namespace kiln::fuse {

using namespace graph;

namespace {

bool depends_on_summed(const Expressions& expressions, ExprId id, uint32_t written) {
  for (const uint32_t index : indices_in(expressions, id))
    if (index >= written) return true;
  return false;
}

/// Each guard bounds the one summed index by what the batch indices determine, so that all results of a tile
/// sum the same points.
bool guards_bound_sum(const Expressions& expressions, const Compute& compute, const Contraction& form) {
  if (compute.guard.empty()) return true;
  if (form.k.size() != 1) return false;
  for (const ExprId guard : compute.guard) {
    const auto bound = index_bound(expressions, guard, form.k[0]);
    if (!bound) return false;
    for (const uint32_t index : indices_of(expressions, bound->limit))
      if (std::find(form.batch.begin(), form.batch.end(), index) == form.batch.end()) return false;
  }
  return true;
}

}  // namespace

std::optional<Contraction> match_contraction(const Function& function, const Compute& compute,
                                             const std::vector<dim::Dim>& shape) {
  const Expressions& expressions = function.expressions;
  const ElementType element = expressions[compute.body].type;
  if (compute.reducer != Reducer::sum) return std::nullopt;
  if (element != ElementType::f32 && element != ElementType::f64) return std::nullopt;
  const WriteShape write = write_shape(function, compute, shape);
  if (!write.covers || !write.reduces) return std::nullopt;

  Contraction result;
  std::vector<LinearRead> operands;
  for (const ExprId factor : operands_of_nested(expressions, compute.body, ScalarFunction::multiply)) {
    if (!depends_on_summed(expressions, factor, write.leading)) {
      result.scale.push_back(factor);
      continue;
    }
    const Expr& expr = expressions[factor];
    if (expr.kind != ExprKind::read) return std::nullopt;
    const std::optional<Affine> offset =
        linear_offset(expressions, expr.operands, function.type_of(expr.value).shape);
    if (!offset || offset->has_atoms()) return std::nullopt;
    operands.push_back({factor, expr.value, *offset});
  }
  // A factor that depends on no summed index belongs to the product if it is needed to make two operands: an
  // outer product summed over nothing else. That is a map, not a contraction.
  if (operands.size() != 2) return std::nullopt;
  result.a = operands[0];
  result.b = operands[1];
  for (uint32_t index = 0; index < compute.domain.size(); ++index) {
    const bool in_a = result.a.offset.indices.contains(index), in_b = result.b.offset.indices.contains(index);
    const bool written = index < write.leading;
    if (in_a && in_b)
      (written ? result.batch : result.k).push_back(index);
    else if (written && in_a)
      result.m.push_back(index);
    else if (written && in_b)
      result.n.push_back(index);
    else
      return std::nullopt;
  }
  if (result.k.empty() || (result.m.empty() && result.n.empty())) return std::nullopt;
  if (!guards_bound_sum(expressions, compute, result)) return std::nullopt;
  return result;
}

}  // namespace kiln::fuse
