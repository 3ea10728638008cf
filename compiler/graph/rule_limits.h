#pragma once

#include <optional>

#include "graph/graph.h"

namespace kiln::graph {

struct RuleProblem {
  enum class Kind {
    forward_through_reverse,  // a forward derivative of a call with a reverse rule
    constant_argument,        // a derivative through an argument for which the rule has no tangent
    residual,  // a second derivative through a result for which a reverse rule has no cotangent
    captured,  // a derivative through what the body of the call reads beside its arguments
  };
  Kind kind;
  Span span;  // of the call
};

/// A call with an own rule through which a derivative with respect to the first `wrt_count` inputs would go,
/// though its rule does not give it. Nothing if there is none.
std::optional<RuleProblem> derivative_without_rule(const Function& function, uint32_t wrt_count,
                                                   Derivative::Mode mode);

}  // namespace kiln::graph
