#pragma once

#include "graph/graph.h"

namespace kiln::transform {

/// What `@precision(bf16)` and `@precision(f16)` mean: each sum of products of f32 takes its factors rounded
/// to `precision` and adds up in f32; everything else stays. A factor is what is multiplied, an element or an
/// expression. Runs after derivatives are expanded, so that the sums of the backward part are rounded too.
graph::Function round_contractions(const graph::Function& function, ElementType precision);

}  // namespace kiln::transform
