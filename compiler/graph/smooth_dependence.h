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

/// How an output of a differentiated block depends on some of its inputs if it does so by steps alone: its
/// derivative is zero everywhere. Nothing if floats lead from one of the inputs to the output (that their
/// derivative may be zero, as that of `floor`, does not matter), or if the output does not depend on them at
/// all, or only through `stop_gradient`.
///
/// `inputs` says which of the function's inputs are meant.
std::optional<Step> cut_off(const Function& function, const std::vector<bool>& inputs, uint32_t output);

}  // namespace kiln::graph
