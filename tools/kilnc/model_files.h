#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace kiln::tools {

/// The files that a command line names: a folder stands for the .model files in it and in the folders below,
/// in the order of their names, without hidden ones. Each once. Reports a path that does not exist, and a
/// folder without such files, and gives nothing for them: `problems` counts these.
std::vector<std::filesystem::path> model_files(const std::vector<std::string>& paths, int& problems);

}  // namespace kiln::tools
