#include "fuse/linear_offset.h"

namespace kiln::fuse {

using namespace graph;

namespace {

bool is_call(const Expr& expr, ScalarFunction function) {
  return expr.kind == ExprKind::call && expr.function == function;
}

/// Replaces one pair c*S * (e / S) + c * (e % S) by c * e; false if there is none.
bool rejoin(const Expressions& expressions, Affine& offset) {
  for (const auto& [atom, coefficient] : offset.atoms) {
    const Expr& rest = expressions[atom];
    if (!is_call(rest, ScalarFunction::remainder)) continue;
    const std::optional<Affine> divisor = affine_of(expressions, rest.operands[1]);
    if (!divisor || !divisor->is_constant()) continue;
    for (const auto& [other, factor] : offset.atoms) {
      const Expr& whole = expressions[other];
      if (!is_call(whole, ScalarFunction::quotient) || whole.operands != rest.operands) continue;
      if (!(factor == coefficient * divisor->constant)) continue;
      const std::optional<Affine> joined = affine_of(expressions, rest.operands[0]);
      if (!joined) continue;
      const Affine term = *joined * coefficient;
      const ExprId first = atom, second = other;
      offset.atoms.erase(first);
      offset.atoms.erase(second);
      offset = offset + term;
      return true;
    }
  }
  return false;
}

}  // namespace

std::optional<Affine> linear_offset_with(const Expressions& expressions,
                                         const std::vector<ExprId>& subscripts,
                                         const std::vector<dim::Dim>& strides) {
  Affine offset;
  for (size_t axis = 0; axis < subscripts.size(); ++axis) {
    if (strides[axis].overflowed()) return std::nullopt;
    if (strides[axis].is_constant(0)) continue;
    std::optional<Affine> subscript = affine_of(expressions, subscripts[axis]);
    if (!subscript) {
      subscript.emplace();
      subscript->atoms.emplace(subscripts[axis], dim::Dim(1));
    }
    offset = offset + *subscript * strides[axis];
  }
  while (rejoin(expressions, offset)) {
  }
  return offset;
}

std::optional<Affine> linear_offset(const Expressions& expressions, const std::vector<ExprId>& subscripts,
                                    const std::vector<dim::Dim>& shape) {
  std::vector<dim::Dim> strides(shape.size(), dim::Dim(1));
  for (size_t axis = shape.size(); axis-- > 1;) strides[axis - 1] = strides[axis] * shape[axis];
  return linear_offset_with(expressions, subscripts, strides);
}

}  // namespace kiln::fuse
