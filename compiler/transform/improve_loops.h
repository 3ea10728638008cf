#pragma once

#include "graph/graph.h"

namespace kiln::transform {

/// Takes out of loops what need not be in them:
/// - a carried value that no round changes is captured;
/// - a node that reads captured values alone is made once, before the loop (unless it may only be evaluated
/// where
///   there is a round: subscripts that are data or not plainly inside, divisions of integers);
/// - a product that a round makes of its slice of a captured value is made for all rounds at once, before the
///   loop (see batch_rounds.h);
/// - a carried value of which round t changes its own slice alone, and which no round reads, is stacked:
///     %ys = loop t below T carried 1 (%zeros, …) { %n = compute [i, s] select(eq(s, t), %h[i], %ys[i, s])
///     output %n }
///     -> %hs = loop t below T carried 0 (…) { output %h }   %ys = compute [i, s] %hs[s, i]
///
/// It goes into the bodies of loops and derivatives, and stands before expand_derivatives, since what is
/// stacked has the simpler transpose; and again behind simplify, which lays more of it open.
graph::Function improve_loops(const graph::Function& function);

}  // namespace kiln::transform
