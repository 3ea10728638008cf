#pragma once

#include <string>

#include "elaborate/module.h"

namespace kiln::package {

/// The text of NAME.h: every function of the library with its documentation, shapes and units.
std::string write_c_header(const elaborate::Module& module, const std::string& name);

}  // namespace kiln::package
