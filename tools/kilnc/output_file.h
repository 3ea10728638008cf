#pragma once

#include <string>

#include "base/internal_check.h"

namespace kiln::tools {

/// Writes a file whole or not at all; a problem is reported.
ExitCode write_file(const std::string& path, const std::string& text);

/// Reports, and gives nothing but a mistake, if there is no folder for a file: before the work of making it.
bool has_folder(const std::string& path);

}  // namespace kiln::tools
