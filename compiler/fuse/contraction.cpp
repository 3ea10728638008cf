#include "fuse/contraction.h"

#include <algorithm>

#include "fuse/index_bound.h"
#include "fuse/inside.h"
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

bool contains(const std::vector<uint32_t>& indices, uint32_t index) {
  return std::find(indices.begin(), indices.end(), index) != indices.end();
}

/// The indices that an offset depends on, also under data.
bool depends_on(const Expressions& expressions, const Affine& offset, uint32_t index) {
  return offset.indices.contains(index) || contains(indices_of(expressions, offset), index);
}

/// Contractions of one kernel, one for each point of the residues: more would be much code.
constexpr int64_t most_residues = 32;
/// Points of an index that may be residues though a guard on it alone could be that of a window.
constexpr int64_t small_residue = 4;

/// What a guard says: an affine difference that is at least 0.
std::optional<Affine> difference_of(const Expressions& expressions, ExprId guard) {
  const Expr& expr = expressions[guard];
  if (expr.kind != ExprKind::call) return std::nullopt;
  if (expr.function != ScalarFunction::less && expr.function != ScalarFunction::less_equal)
    return std::nullopt;
  if (expressions[expr.operands[0]].type != ElementType::i64) return std::nullopt;
  const std::optional<Affine> low = affine_of(expressions, expr.operands[0]),
                              high = affine_of(expressions, expr.operands[1]);
  if (!low || !high || low->has_atoms() || high->has_atoms()) return std::nullopt;
  Affine difference = *high - *low;
  if (expr.function == ScalarFunction::less) difference.constant = difference.constant - dim::Dim(1);
  return difference;
}

/// Whether a guard says of one summed index how far it goes for written ones that are less than a step of it
/// together, or is a condition on few points of written ones.
bool bounds_by_residues(const Expressions& expressions, const Compute& compute, ExprId guard,
                        uint32_t written, const Contraction& form) {
  const std::optional<Affine> difference = difference_of(expressions, guard);
  if (!difference) return false;
  int64_t step = 0, span = 0;
  bool is_few = true, any = false;
  for (const auto& [index, coefficient] : difference->indices) {
    const std::optional<int64_t> number = coefficient.constant(),
                                 extent = compute.domain[index].extent.constant();
    if (!number || (index >= written && (*number > 0 || step != 0))) return false;
    if (index >= written) {
      step = -*number;
      continue;
    }
    if (!extent || *extent > most_residues) return false;
    const bool in_a = depends_on(expressions, form.a.offset, index),
               in_b = depends_on(expressions, form.b.offset, index);
    is_few = is_few && !(in_a && in_b) && (!(in_a || in_b) || *extent <= small_residue);
    span += std::abs(*number) * (*extent - 1);
    any = true;
  }
  return any && (step > 0 ? span < step : is_few && difference->constant.constant());
}

/// Whether another guard bounds the same sum from the other end: then it is a window that hangs over edges.
bool has_other_end(const Expressions& expressions, const std::vector<ExprId>& guards, ExprId guard) {
  const Affine opposite = *difference_of(expressions, guard) * dim::Dim(-1);
  return std::any_of(guards.begin(), guards.end(), [&](ExprId other) {
    const std::optional<Affine> difference = difference_of(expressions, other);
    return difference && difference->indices == opposite.indices;
  });
}

/// Takes the guards on residues out of `guards`, if there are not too many of these.
void find_residues(const Expressions& expressions, const Compute& compute, uint32_t written,
                   std::vector<ExprId>& guards, Contraction& form) {
  std::vector<ExprId> on_residues;
  std::vector<uint32_t> residues;
  int64_t points = 1;
  for (const ExprId guard : guards) {
    if (!bounds_by_residues(expressions, compute, guard, written, form)) continue;
    if (has_other_end(expressions, guards, guard)) continue;
    on_residues.push_back(guard);
    for (const uint32_t index : indices_in(expressions, guard)) {
      if (index >= written || std::find(residues.begin(), residues.end(), index) != residues.end()) continue;
      residues.push_back(index);
      points *= *compute.domain[index].extent.constant();
      if (points > most_residues) return;
    }
  }
  std::sort(residues.begin(), residues.end());
  form.residues = std::move(residues);
  form.residue_guards = std::move(on_residues);
  std::erase_if(guards, [&](ExprId guard) {
    return std::find(form.residue_guards.begin(), form.residue_guards.end(), guard) !=
           form.residue_guards.end();
  });
}

/// Whether a guard is a limit of a subscript of this operand, which is linear in the batch's, the residues,
/// the summed and its own indices (`side`).
bool keeps_inside(const Expressions& expressions, ExprId guard, const LinearRead& operand,
                  const std::vector<uint32_t>& side, const Contraction& form) {
  const Expr& expr = expressions[guard];
  const bool compares = expr.kind == ExprKind::call && (expr.function == ScalarFunction::less ||
                                                        expr.function == ScalarFunction::less_equal);
  if (!compares || expressions[expr.operands[0]].type != ElementType::i64) return false;
  const std::optional<Affine> left = affine_of(expressions, expr.operands[0]),
                              right = affine_of(expressions, expr.operands[1]);
  if (!left || !right) return false;
  const Affine difference = *left - *right;
  if (difference.has_atoms()) return false;
  for (const auto& [index, factor] : difference.indices)
    if (!contains(form.batch, index) && !contains(form.residues, index) && !contains(form.k, index) &&
        !contains(side, index))
      return false;
  const Affine opposite = difference * dim::Dim(-1);
  for (const ExprId id : expressions[operand.read].operands) {
    const std::optional<Affine> subscript = affine_of(expressions, id);
    if (!subscript || subscript->has_atoms()) continue;
    if (subscript->indices == difference.indices || subscript->indices == opposite.indices) return true;
  }
  return false;
}

/// The class of each guard: it bounds the one summed index, or one of m and n, by what the batch indices
/// determine, so that all results of a tile sum the same points; or it is a condition on those; or it keeps
/// a window inside an operand; or it is a mask. False if one is none of these.
bool sort_guards(const Function& function, const Compute& compute, const std::vector<ExprId>& guards,
                 uint32_t written, Contraction& form) {
  const Expressions& expressions = function.expressions;
  const bool is_inside = reads_inside(function, compute);
  const auto are_batch = [&](const std::vector<uint32_t>& indices) {
    return std::all_of(indices.begin(), indices.end(),
                       [&](uint32_t index) { return contains(form.batch, index); });
  };
  for (const ExprId guard : guards) {
    if (are_batch(indices_in(expressions, guard))) {
      form.written_guards.push_back(guard);
      continue;
    }
    bool sorted = false;
    for (const uint32_t index : indices_in(expressions, guard)) {
      const auto bound = index_bound(expressions, guard, index);
      if (!bound || !are_batch(indices_of(expressions, bound->limit))) continue;
      const bool is_summed = contains(form.k, index);
      if (is_summed && form.k.size() != 1) continue;
      if (!is_summed && bound->relation != IndexBound::Relation::below) return false;
      (is_summed ? form.summed_guards : form.written_guards).push_back(guard);
      sorted = true;
      break;
    }
    if (sorted) continue;
    if (is_inside && !depends_on_summed(expressions, guard, written))
      form.masks.push_back(guard);
    else if (keeps_inside(expressions, guard, form.a, form.m, form))
      form.a.inside.push_back(guard);
    else if (keeps_inside(expressions, guard, form.b, form.n, form))
      form.b.inside.push_back(guard);
    else
      return false;
  }
  return !form.has_padding() || (form.written_guards.empty() && form.summed_guards.empty());
}

/// Whether there is more than one point along these indices.
bool has_points(const Compute& compute, const std::vector<uint32_t>& indices) {
  return std::any_of(indices.begin(), indices.end(),
                     [&](uint32_t index) { return !compute.domain[index].extent.is_constant(1); });
}

/// Of two operands one may be in panels, with lanes along a side; all else is as plain as can be.
bool is_of_panels(const Compute& compute, const Contraction& form) {
  if ((form.a.panel != 0) == (form.b.panel != 0) || form.k.size() != 1) return false;
  if (!compute.guard.empty() || !form.batch.empty() || !form.residues.empty()) return false;
  const LinearRead& operand = form.a.panel != 0 ? form.a : form.b;
  const std::vector<uint32_t>& side = form.a.panel != 0 ? form.m : form.n;
  return side == std::vector<uint32_t>{operand.lanes};
}

/// Data in an offset is known where the batch is.
bool data_is_of_batch(const Expressions& expressions, const Contraction& form) {
  for (const Affine* offset : {&form.a.offset, &form.b.offset})
    for (const auto& [atom, factor] : offset->atoms)
      for (const uint32_t index : indices_in(expressions, atom))
        if (!contains(form.batch, index)) return false;
  return true;
}

}  // namespace

dim::Dim summed_of_residue(const Expressions& expressions, const Contraction& contraction,
                           const std::vector<int64_t>& numbers, uint32_t index, const dim::Dim& extent) {
  dim::Dim count = extent;
  for (const ExprId guard : contraction.residue_guards) {
    const Affine difference = *difference_of(expressions, guard);
    dim::Dim least = difference.constant;
    int64_t step = 0;
    bool sums_other = false;
    for (const auto& [other, coefficient] : difference.indices) {
      const auto found = std::find(contraction.residues.begin(), contraction.residues.end(), other);
      if (found != contraction.residues.end())
        least = least +
                coefficient * dim::Dim(numbers[static_cast<size_t>(found - contraction.residues.begin())]);
      else if (other == index)
        step = -*coefficient.constant();
      else
        sums_other = true;
    }
    if (sums_other) continue;
    if (step == 0) {  // a condition on residues alone
      if (*least.constant() < 0) return 0;
      continue;
    }
    const dim::Dim bound = max((least + dim::Dim(step)) / dim::Dim(step), dim::Dim(0));
    const std::optional<int64_t> known = bound.constant(), most = count.constant();
    count = known && most ? dim::Dim(std::min(*known, *most)) : min(count, bound);
  }
  return count;
}

namespace {

/// An operand in panels has an offset with the quotient and the remainder of one index.
void find_panel(const Expressions& expressions, LinearRead& operand) {
  if (operand.offset.atoms.size() != 2) return;
  for (const auto& [rest, one] : operand.offset.atoms)
    for (const auto& [whole, distance] : operand.offset.atoms) {
      const Expr &remainder = expressions[rest], &quotient = expressions[whole];
      if (remainder.kind != ExprKind::call || remainder.function != ScalarFunction::remainder) continue;
      if (quotient.kind != ExprKind::call || quotient.function != ScalarFunction::quotient) continue;
      if (remainder.operands != quotient.operands || !one.is_constant(1)) continue;
      const Expr &index = expressions[remainder.operands[0]], &size = expressions[remainder.operands[1]];
      const std::optional<int64_t> far = distance.constant();
      if (index.kind != ExprKind::index || size.kind != ExprKind::literal || !far) continue;
      const int64_t panel = size.literal.integer;
      if (panel < 2 || *far % panel != 0 || operand.offset.indices.contains(index.index)) continue;
      operand.panel = panel;
      operand.lanes = index.index;
      operand.offset.indices.emplace(index.index, dim::Dim(*far / panel));
      operand.offset.atoms.clear();
      return;
    }
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
    if (!offset) return std::nullopt;
    operands.push_back({factor, expr.value, *offset});
    find_panel(expressions, operands.back());
  }
  // A factor that depends on no summed index belongs to the product if it is needed to make two operands: an
  // outer product summed over nothing else. That is a map, not a contraction.
  if (operands.size() != 2) return std::nullopt;
  result.a = operands[0];
  result.b = operands[1];
  std::vector<ExprId> guards = compute.guard;
  find_residues(expressions, compute, write.leading, guards, result);
  for (uint32_t index = 0; index < compute.domain.size(); ++index) {
    const bool in_a = depends_on(expressions, result.a.offset, index),
               in_b = depends_on(expressions, result.b.offset, index);
    const bool written = index < write.leading;
    if (contains(result.residues, index)) continue;
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
  if (!data_is_of_batch(expressions, result)) return std::nullopt;
  if ((result.a.panel != 0 || result.b.panel != 0) && !is_of_panels(compute, result)) return std::nullopt;
  if (!sort_guards(function, compute, guards, write.leading, result)) return std::nullopt;
  // One tap after the other serves a padded window better where nothing uses it twice, as of depthwise ones.
  const bool is_matrix = has_points(compute, result.m) && has_points(compute, result.n);
  if ((result.has_padding() || !result.residues.empty()) && !is_matrix) return std::nullopt;
  return result;
}

}  // namespace kiln::fuse
