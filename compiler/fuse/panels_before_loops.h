#pragma once

#include "graph/graph.h"

namespace kiln::fuse {

/// Large matrices that each round of a loop multiplies with a few rows are brought into panels once, before
/// the first round, so that the rounds read them from end to end:
///   loop … (%w) { %s[b, k] = sum[j] %h[b, j] * %w[k, j] }
///   -> %w_panels[p, j, l] = %w[32*p + l, j]
///      loop … (%w, %w_panels) { %s[b, k] = sum[j] %h[b, j] * %w_panels[k / 32, j, k % 32] }
/// match_contraction knows such reads (LinearRead::panel).
void panels_before_loops(graph::Function& function);

}  // namespace kiln::fuse
