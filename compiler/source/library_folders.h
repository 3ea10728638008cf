#pragma once

#include <filesystem>
#include <vector>

namespace kiln {

/// Where the standard library lies for the program that is running: beside the binary (`../lib/kiln/stdlib`).
std::vector<std::filesystem::path> standard_library_folders();

}  // namespace kiln
