#pragma once

#include <string>

#include "sema/body.h"

namespace kiln::sema {

/// "`GruCell` is in `recurrent`", where a file of the standard library other than `module` declares this
/// name; else "". Reads the library: for diagnostics.
std::string advice_on_other_file(const Body& body, const Module& module, const std::string& name);

}  // namespace kiln::sema
