#pragma once

#include <optional>

#include "graph/affine.h"
#include "graph/graph.h"

namespace kiln::fuse {

/// Where an element of a value lies, counted from its start: row-major, as a sum over indices.
struct LinearRead {
  graph::ExprId read;
  graph::ValueId value;
  graph::Affine offset;  // atoms are data that batch indices determine: where a row begins
  /// Of an operand of a contraction: guards of the compute that keep its subscripts inside, as those of a
  /// padded window. Where they do not hold it counts as 0.
  std::vector<graph::ExprId> inside = {};
  /// Of an operand in panels, read at `[k / panel, j, k % panel]`: so many neighbours of index k lie
  /// together. `offset` holds where k is a multiple of it; `lanes` is k.
  int64_t panel = 0;
  uint32_t lanes = UINT32_MAX;
};

/// A sum of products of two tensors: result[write] = scale * sum over K of a[..] * b[..], each offset linear
/// in the indices. Guards of the compute bound K, if it is one index, or one of the m and n, by what batch
/// indices determine, or keep the subscripts of one operand inside, or are masks. Every index of the domain
/// is in one class: batch (result, a and b), m (result and a), n (result and b), k (a and b, summed), or
/// residue.
struct Contraction {
  LinearRead a, b;
  std::vector<graph::ExprId> scale;  // factors without summed indices: literals, reads at the result's point
  std::vector<uint32_t> batch, m, n, k;
  /// Written indices of few points, on whose number the summed points depend: each of their points is a
  /// contraction for itself.
  std::vector<uint32_t> residues;
  /// Guards on residues, alone or with one of the summed indices, of which they are an upper bound.
  std::vector<graph::ExprId> residue_guards;
  /// Guards on the result's indices: `index < limit` of an m or n, limits of batch indices; or of batch
  /// indices alone.
  std::vector<graph::ExprId> written_guards;
  /// Guards on the one summed index, with limits of batch indices.
  std::vector<graph::ExprId> summed_guards;
  /// Other conditions on the result's indices, as `u <= t` of causal attention: a sum outside of them is 0.
  /// Both operands can be read there too, so tiles are computed whole.
  std::vector<graph::ExprId> masks;

  bool has_padding() const { return !a.inside.empty() || !b.inside.empty(); }
};

/// How many of one of the summed indices are left where the residues have these numbers, at most `extent`.
/// `numbers` has one for each of `Contraction::residues`.
dim::Dim summed_of_residue(const graph::Expressions& expressions, const Contraction& contraction,
                           const std::vector<int64_t>& numbers, uint32_t index, const dim::Dim& extent);

/// Nothing if the compute is not of that form: another reducer, another guard, more factors, subscripts that
/// hold data or are not linear, another element than f32 or f64, cells that are not written.
std::optional<Contraction> match_contraction(const graph::Function& function, const graph::Compute& compute,
                                             const std::vector<dim::Dim>& shape);

/// The row-major offset of subscripts into a value of this shape; nothing if it is not a sum over indices and
/// atoms.
std::optional<graph::Affine> linear_offset(const graph::Expressions& expressions,
                                           const std::vector<graph::ExprId>& subscripts,
                                           const std::vector<dim::Dim>& shape);

}  // namespace kiln::fuse
