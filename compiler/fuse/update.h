#pragma once

#include <optional>

#include "graph/graph.h"

namespace kiln::fuse {

/// A map that changes a part of an older value of its type and keeps the rest:
///   new[i, t] = select(conditions at (i, t), fresh, old[i, t])
/// The older value is read at the point alone, so that the new one may take its memory; then only the points
/// have to be visited where the conditions hold, and at least one of them bounds an index.
struct Update {
  graph::ValueId old;
  graph::ExprId fresh;
  std::vector<graph::ExprId> conditions;  // all must hold, each is meant under those before it
};
std::optional<Update> match_update(const graph::Function& function, graph::ValueId value);

/// How a condition of an update limits an index.
enum class Limited { no, range, single };
Limited limited_by(const graph::Function& function, const Update& update, uint32_t index);

}  // namespace kiln::fuse
