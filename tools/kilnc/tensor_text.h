#pragma once

#include <string>
#include <variant>

#include "graph/interpret.h"

namespace kiln::tools {

/// A value of the command line: a number, `true`, `false`, a nested list "[[1, 2], [3, 4]]" or "@file.npy",
/// as a tensor of the element; or what is wrong with it.
std::variant<graph::Tensor, std::string> parse_tensor(const std::string& text, ElementType element);

/// As nested lists; long axes show their ends. Whole, if `all`.
std::string tensor_text(const graph::Tensor& tensor, bool all = false);

}  // namespace kiln::tools
