#include "fuse/index_bound.h"

#include <algorithm>
#include <cstdlib>

#include "graph/graph.h"

namespace kiln::fuse {

using namespace graph;
using Relation = IndexBound::Relation;

using F = ScalarFunction;

namespace {

/// Of an index: products and sums with narrow numbers stay exact.
constexpr int64_t largest_factor = 1 << 16;

/// Whether an i64 is one of far fewer bits, so that sums of a few of them are exact: indices, dims and what
/// is converted from narrower integers are.
bool is_narrow(const Expressions& expressions, ExprId id) {
  const Expr& expr = expressions[id];
  if (expr.kind == ExprKind::index || expr.kind == ExprKind::dim) return true;
  if (expr.kind == ExprKind::literal) {
    constexpr int64_t wide = int64_t{1} << 40;
    return expr.literal.integer > -wide && expr.literal.integer < wide;
  }
  if (expr.kind != ExprKind::call) return false;
  switch (expr.function) {
    case F::convert: {
      const ElementType from = expressions[expr.operands[0]].type;
      return !is_float(from) && size_of(from) < 8;
    }
    case F::minimum:
    case F::maximum:
      return is_narrow(expressions, expr.operands[0]) && is_narrow(expressions, expr.operands[1]);
    case F::select:
      return is_narrow(expressions, expr.operands[1]) && is_narrow(expressions, expr.operands[2]);
    default: return false;
  }
}

bool is_bare(const Expressions& expressions, ExprId id, uint32_t index) {
  return expressions[id].kind == ExprKind::index && expressions[id].index == index;
}

/// Sums of the two sides are exact: one is the bare index, or all atoms are narrow.
bool is_exact(const Expressions& expressions, const Affine& limit, bool bare) {
  if (bare) return true;
  return std::all_of(limit.atoms.begin(), limit.atoms.end(),
                     [&](const auto& term) { return is_narrow(expressions, term.first); });
}

Relation mirrored(Relation relation) {
  switch (relation) {
    case Relation::below: return Relation::above;
    case Relation::at_most: return Relation::at_least;
    case Relation::above: return Relation::below;
    case Relation::at_least: return Relation::at_most;
    case Relation::equal: break;
  }
  return relation;
}

}  // namespace

std::optional<ScaledBound> scaled_bound(const Expressions& expressions, ExprId condition, uint32_t index) {
  const Expr& expr = expressions[condition];
  if (expr.kind != ExprKind::call) return std::nullopt;
  Relation relation = Relation::below;
  if (expr.function == F::less_equal)
    relation = Relation::at_most;
  else if (expr.function == F::equal)
    relation = Relation::equal;
  else if (expr.function != F::less)
    return std::nullopt;
  const ExprId left = expr.operands[0], right = expr.operands[1];
  if (expressions[left].type != ElementType::i64) return std::nullopt;
  const std::optional<Affine> a = affine_of(expressions, left), b = affine_of(expressions, right);
  if (!a || !b) return std::nullopt;
  Affine difference = *a - *b;  // relation to 0
  const std::optional<int64_t> factor = difference.coefficient_of(index).constant();
  if (!factor || *factor == 0 || std::abs(*factor) > largest_factor) return std::nullopt;
  difference.indices.erase(index);
  ScaledBound scaled{std::abs(*factor), {}};
  scaled.bound.relation = *factor > 0 ? relation : mirrored(relation);
  scaled.bound.limit = *factor > 0 ? difference * dim::Dim(-1) : difference;
  const bool bare =
      scaled.factor == 1 && (is_bare(expressions, left, index) || is_bare(expressions, right, index));
  if (!is_exact(expressions, scaled.bound.limit, bare)) return std::nullopt;
  const std::vector<uint32_t> used = indices_of(expressions, scaled.bound.limit);
  if (std::find(used.begin(), used.end(), index) != used.end()) return std::nullopt;
  return scaled;
}

std::optional<IndexBound> index_bound(const Expressions& expressions, ExprId condition, uint32_t index) {
  const std::optional<ScaledBound> scaled = scaled_bound(expressions, condition, index);
  return scaled && scaled->factor == 1 ? std::optional(scaled->bound) : std::nullopt;
}

std::optional<IndexBound> opposite(const IndexBound& bound) {
  IndexBound other = bound;
  switch (bound.relation) {
    case Relation::below: other.relation = Relation::at_least; return other;
    case Relation::at_most: other.relation = Relation::above; return other;
    case Relation::above: other.relation = Relation::at_most; return other;
    case Relation::at_least: other.relation = Relation::below; return other;
    case Relation::equal: break;
  }
  return std::nullopt;
}

std::vector<uint32_t> indices_of(const Expressions& expressions, const Affine& limit) {
  std::vector<uint32_t> indices;
  for (const auto& [index, factor] : limit.indices) indices.push_back(index);
  for (const auto& [atom, factor] : limit.atoms)
    for (const uint32_t index : indices_in(expressions, atom)) indices.push_back(index);
  return indices;
}

}  // namespace kiln::fuse
