#pragma once

#include <optional>
#include <vector>

#include "fuse/contraction.h"
#include "fuse/index_bound.h"
#include "graph/graph.h"

namespace kiln::fuse {

/// A product whose one operand is made from another product's results row by row, as attention is:
///   %s[.., t, u] = sum[e] %q[.., t, e] * %k[.., u, e]          scores
///   %m[.., t] = max[u] %s[.., t, u]                            inner: maps of scores, reductions over u
///   %w[.., t, u] = exp(%s[.., t, u] - %m[.., t])
///   %y[.., t, d] = sum[u] %w[.., t, u] * %v[.., u, d]          product
/// Nobody else reads what stands between, so a kernel may make it for some t at a time, and never as a whole.
/// The axes of the scores are the first indices of every inner compute; u is the last of them.
struct Stream {
  graph::ValueId scores, weights, product;  // weights: what the product reads; an inner value, or the scores
  std::vector<graph::ValueId> inner;        // in order
  /// For the scores (0) and each inner value: how many reductions over u, one after the other, have to be
  /// whole before it can be computed.
  std::vector<uint32_t> level;
  uint32_t axes = 0;                   // of the scores
  uint32_t lane = 0;                   // an axis of the scores on which neither keys nor values depend: t
  LinearRead keys;                     // of the scores' domain, without t
  std::vector<graph::ExprId> queries;  // the other factors of the scores, without u
  LinearRead values;                   // of the product's domain, without t
  uint32_t width = 0;                  // the product's index d
  std::vector<uint32_t> index_of;      // for each axis of the scores: the product's index
  /// Keys outside of which nothing is added to any row's reduction and the weights are 0.
  std::vector<IndexBound> bounds;
  /// The same for rows whose `tops` (reductions among the inner values) are not -inf, as those of softmax.
  std::vector<IndexBound> bounds_under_tops;
  std::vector<graph::ValueId> tops;

  uint32_t key() const { return axes - 1; }
  uint32_t levels() const;  // of the weights, and one more
};

/// The stream that ends in this product; nothing if it is no such product.
std::optional<Stream> match_stream(const graph::Function& function, graph::ValueId product);

/// By value: the product of the stream for which alone it is made, if there is one.
std::vector<graph::ValueId> find_streams(const graph::Function& function);

}  // namespace kiln::fuse
