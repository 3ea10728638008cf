#pragma once

#include <optional>
#include <string>

#include "graph/graph.h"

namespace kiln::graph {

/// What cuts a derivative off: a step, such as a comparison, whose derivative is zero.
struct Step {
  Span place;        // of the node that takes it
  std::string what;  // "`argmax`", "a comparison", "a cast to an integer"
};

/// How outputs of a differentiated block depend on some of its inputs if they do so by steps alone: their
/// derivative is zero everywhere. Nothing if floats lead from one of the inputs to one of the outputs (that
/// their derivative may be zero, as that of `floor`, does not matter), or if the outputs do not depend on
/// them at all, or only through `stop_gradient`.
///
/// `inputs` says which of the function's inputs are meant.
std::optional<Step> cut_off(const Function& function, const std::vector<bool>& inputs,
                            const std::vector<uint32_t>& outputs);

}  // namespace kiln::graph
