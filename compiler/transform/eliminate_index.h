#pragma once

#include "transform/point_facts.h"

namespace kiln::transform {

/// Puts `solved` in the place of an index in the write map, the guard and the body, and guards that it stays
/// within the index's range, where that is not known. Nothing mentions the index any more; it stays in the
/// domain for the caller to drop.
///
/// `facts` are those of the domain without the index, whose range may be empty where the others are not.
/// `before` guards come before the one that gave the equality; those of them that mention the index must not
/// be evaluated outside of its range, while `solved` itself may need the others. What is so asked before the
/// range, and may read only because the range is not empty, is guarded by that.
void eliminate_index(Folder& folder, PointFacts facts, graph::Compute& compute, uint32_t index,
                     const dim::Dim& solved, size_t before);

}  // namespace kiln::transform
