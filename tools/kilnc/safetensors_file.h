#pragma once

#include <string>
#include <vector>

#include "elaborate/module.h"
#include "graph/interpret.h"

namespace kiln::tools {

/// For the interpreter, which has no runtime: the leaves of a model from and to a safetensors file. Empty, or
/// all that is wrong; on failure `leaves` and a file that was there are unchanged.
std::string read_safetensors(const std::string& path, const elaborate::ModelType& model,
                             std::vector<graph::Tensor>& leaves);
std::string write_safetensors(const std::string& path, const elaborate::ModelType& model,
                              const std::vector<graph::Tensor>& leaves);

}  // namespace kiln::tools
