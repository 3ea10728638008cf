#pragma once

#include <cstdint>
#include <vector>

#include "graph/graph.h"

namespace kiln::transform {

/// Replaces each Derivative node by what it means, innermost first:
///   %l, %g = reverse [%x] { loss(%x) } seeded with %one
///   -> the nodes of the block, then those of the cotangent of %x
/// What the derivative reads of the forward computation is shared with it: the fusion planner keeps it or
/// makes it again; within loops choose_kept has chosen. A cotangent to which no path leads is zero. Values of
/// the way back are marked `is_backward`.
///
/// StopGradient nodes have then done their work and become their operands.
///
/// It stands first of all passes: it works on what was elaborated, and leaves dead nodes and views behind,
/// which simplify, share_subexpressions and remove_dead clear away.
graph::Function expand_derivatives(const graph::Function& function);

/// The derivatives within a function that is itself to be differentiated: what only derivatives heed stays.
graph::Function expand_within(const graph::Function& function);

/// A function of the body's inputs and then one cotangent for each output in `seeded`; it returns the body's
/// outputs and then one cotangent for each of the first `wrt_count` inputs.
graph::Function reverse_of(const graph::Function& body, uint32_t wrt_count,
                           const std::vector<uint32_t>& seeded);

/// A function of the body's inputs and then one tangent for each of the first `wrt_count` inputs; it returns
/// the body's outputs and then one tangent for each output in `seeded`.
graph::Function forward_of(const graph::Function& body, uint32_t wrt_count,
                           const std::vector<uint32_t>& seeded);

}  // namespace kiln::transform
