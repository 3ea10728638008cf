#pragma once

#include <string>

#include "elaborate/module.h"

namespace kiln::package {

/// The description that a library carries, as JSON: name, documentation, model types with their leaves,
/// functions with dims, conditions and arguments. A program needs nothing else to call any export.
std::string describe(const elaborate::Module& module, const std::string& name);

}  // namespace kiln::package
