#pragma once

#include <optional>

#include "graph/affine.h"

namespace kiln::fuse {

/// What a condition says of one index: `index RELATION limit`. The limit does not depend on the index, and
/// can be computed in 64 bits wherever the condition can: its parts are narrow enough that their sum is
/// exact.
struct IndexBound {
  enum class Relation { below, at_most, above, at_least, equal } relation = Relation::below;
  graph::Affine limit;

  friend bool operator==(const IndexBound&, const IndexBound&) = default;
};

/// What holds where the bound does not; nothing for `equal`.
std::optional<IndexBound> opposite(const IndexBound& bound);

/// `factor * index RELATION limit`, with a positive factor, as windows with a stride have it.
struct ScaledBound {
  int64_t factor = 1;
  IndexBound bound;
};

/// Nothing if the condition is no comparison of 64-bit integers that is linear in the index.
std::optional<ScaledBound> scaled_bound(const graph::Expressions& expressions, graph::ExprId condition,
                                        uint32_t index);
/// The same with factor 1.
std::optional<IndexBound> index_bound(const graph::Expressions& expressions, graph::ExprId condition,
                                      uint32_t index);

/// The indices on which a limit depends.
std::vector<uint32_t> indices_of(const graph::Expressions& expressions, const graph::Affine& limit);

}  // namespace kiln::fuse
