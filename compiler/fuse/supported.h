#pragma once

#include <optional>
#include <string>

#include "graph/graph.h"

namespace kiln::fuse {

/// What of a function has no kernels yet, for the diagnostic `not_yet_supported`.
struct Unsupported {
  std::string what;  // "elements of type f8e4m3"
  Span span;
};

/// To be asked before `plan`. Print nodes are not a reason: compiled code leaves them out.
std::optional<Unsupported> first_unsupported(const graph::Function& function);

}  // namespace kiln::fuse
