#pragma once

#include <string>
#include <vector>

#include "elaborate/module.h"

namespace kiln::package {

/// The text of NAME.h: every function of the library with its documentation, shapes and units.
std::string write_c_header(const elaborate::Module& module, const std::string& name);

/// The names that the header declares, which are those that the library exports beside kiln_module.
std::vector<std::string> exported_names(const elaborate::Module& module, const std::string& name);

}  // namespace kiln::package
