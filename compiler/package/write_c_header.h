#pragma once

#include <string>
#include <vector>

#include "elaborate/module.h"

namespace kiln::package {

/// The text of NAME.h: every function of the library with its documentation, shapes and units.
std::string write_c_header(const elaborate::Module& module, const std::string& name);

/// Two declarations of one name in the headers, because of how a function is called.
struct NameClash {
  const elaborate::Function* function;
  std::string message, help;
};
std::vector<NameClash> find_name_clashes(const elaborate::Module& module);

}  // namespace kiln::package
