#include "output_file.h"

#include <filesystem>

#include "command_line.h"
#include "package/write_files.h"

namespace kiln::tools {

ExitCode write_file(const std::string& path, const std::string& text) {
  package::StagedFiles files;
  std::optional<std::string> problem = files.add(path, text);
  if (!problem) problem = files.commit();
  return problem ? report(*problem) : ExitCode::success;
}

bool has_folder(const std::string& path) {
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  std::error_code failure;
  if (folder.empty() || std::filesystem::is_directory(folder, failure)) return true;
  report("there is no folder `" + folder.string() + "`");
  return false;
}

}  // namespace kiln::tools
