#pragma once

#include <string>

#include "elaborate/module.h"

namespace kiln::package {

/// The text of NAME.hpp (C++17): a namespace NAME with a class for each model type and a function for each
/// export over NAME.h. Tensor results are views that the function fills; scalar results are returned.
std::string write_cpp_header(const elaborate::Module& module, const std::string& name);

}  // namespace kiln::package
