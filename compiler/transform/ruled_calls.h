#pragma once

#include <vector>

#include "graph/graph.h"
#include "transform/linearize.h"
#include "transform/transpose_loop.h"

namespace kiln::transform {

/// Appends the nodes of a function but for its inputs, for which `operands` stand; gives its outputs.
std::vector<graph::ValueId> append_body(graph::Function& function, const graph::Function& body,
                                        const std::vector<graph::ValueId>& operands);

/// The tangents of a call with a derivative rule of its own; the call stays.
/// - A forward rule is appended at tangents of zero and linearised in them: what it says is linear, so that
/// is
///   the rule again, but split into what depends on tangents and what does not, loops too, as the transpose
///   needs it.
/// - For a reverse rule a RuledTangent is appended.
void linearize_ruled_call(graph::Function& function, const graph::Node& node, Tangents& tangents);

/// The reverse rule of a RuledTangent for the cotangents of its results (invalid ids for zero): one for each
/// of its tangents.
std::vector<CotangentPart> transpose_ruled_tangent(graph::Function& function, const graph::Node& node,
                                                   const std::vector<graph::ValueId>& arriving);

}  // namespace kiln::transform
