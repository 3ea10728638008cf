#include "fuse/shape.h"

#include "graph/walk.h"

namespace kiln::fuse {

using namespace graph;

WriteShape write_shape(const Function& function, const Compute& compute, const std::vector<dim::Dim>& shape) {
  WriteShape result;
  const Expressions& expressions = function.expressions;
  bool prefix = true, bare = true;
  std::vector<bool> used(compute.domain.size(), false);
  for (uint32_t axis = 0; axis < compute.write.size(); ++axis) {
    const Expr& expr = expressions[compute.write[axis]];
    const bool distinct = expr.kind == ExprKind::index && !used[expr.index];
    const bool whole = distinct && compute.domain[expr.index].extent == shape[axis];
    if (distinct) used[expr.index] = true;
    bare = bare && whole;
    prefix = prefix && whole && expr.index == axis;
    if (prefix) result.leading = axis + 1;
  }
  result.scatters = !bare;
  result.covers = bare && result.leading == shape.size();
  result.reduces = compute.domain.size() > compute.write.size();
  result.is_map = result.covers && !result.reduces && compute.guard.empty();
  return result;
}

bool is_ordered(const Compute& compute) {
  return compute.reducer == Reducer::last || compute.reducer == Reducer::argmax ||
         compute.reducer == Reducer::argmin;
}

bool reads_at_point(const Expressions& expressions, const Expr& read, uint32_t count) {
  if (read.operands.size() < count) return false;
  for (uint32_t i = 0; i < count; ++i) {
    const Expr& subscript = expressions[read.operands[i]];
    if (subscript.kind != ExprKind::index || subscript.index != i) return false;
  }
  return true;
}

std::vector<ExprId> reads_of(const Expressions& expressions, const Compute& compute) {
  std::vector<ExprId> reads;
  const std::vector<ExprId> roots = roots_of(compute);
  for (const ExprId id : reachable(expressions, roots))
    if (expressions[id].kind == ExprKind::read) reads.push_back(id);
  return reads;
}

bool is_data_dependent(const Expressions& expressions, const Compute& compute) {
  for (const ExprId write : compute.write)
    if (!values_in(expressions, write).empty()) return true;
  for (const ExprId read : reads_of(expressions, compute))
    for (const ExprId subscript : expressions[read].operands)
      if (!values_in(expressions, subscript).empty()) return true;
  return false;
}

dim::Dim volume(const std::vector<dim::Dim>& shape) {
  dim::Dim product = 1;
  for (const dim::Dim& extent : shape) product = product * extent;
  return product;
}

dim::Dim points(const Compute& compute) {
  dim::Dim product = 1;
  for (const Index& index : compute.domain) product = product * index.extent;
  return product;
}

dim::Dim points(const Compute& compute, const std::vector<uint32_t>& indices) {
  dim::Dim product = 1;
  for (const uint32_t index : indices) product = product * compute.domain[index].extent;
  return product;
}

const Compute* compute_of(const Function& function, ValueId value) {
  return std::get_if<Compute>(&function.node_of(value).op);
}

}  // namespace kiln::fuse
