#pragma once

#include <vector>

#include "transform/linearize.h"

namespace kiln::transform {

/// A function with the tangents of what some of its inputs give. Its inputs: the first `leading` inputs of
/// the body, a tangent for each of them that is in `active`, then the other inputs and theirs.
struct ForwardBody {
  graph::Function function;  // without outputs
  std::vector<graph::ValueId> outputs;
  std::vector<graph::ValueId> tangents;  // of the outputs; an invalid id for zero
};

/// Each node is followed by that of its tangent. A loop carries the tangents of what it carries with it, so
/// nothing is stacked, and loops without a limit have tangents too:
///   %h = loop t carried 1 (%h0) { … output %n as "h" }
///   -> %h, %dh = loop t carried 2 (%h0, %dh0) { … output %n as "h"   output %dn as "dh" }
ForwardBody forward_body(const graph::Function& body, size_t leading, const std::vector<bool>& active);

}  // namespace kiln::transform
