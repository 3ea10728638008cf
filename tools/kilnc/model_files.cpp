#include "model_files.h"

#include <algorithm>

#include "command_line.h"

namespace kiln::tools {

namespace fs = std::filesystem;

static void walk(const fs::path& folder, std::vector<fs::path>& files) {
  std::vector<fs::path> entries;
  std::error_code failure;
  for (fs::directory_iterator at(folder, failure), end; !failure && at != end; at.increment(failure))
    entries.push_back(at->path());
  std::sort(entries.begin(), entries.end());
  for (const fs::path& entry : entries) {
    if (entry.filename().string().starts_with(".")) continue;
    const auto status = fs::symlink_status(entry, failure);
    if (fs::is_directory(status)) walk(entry, files);  // no links: they may go round
    if (entry.extension() == ".model" && fs::is_regular_file(entry, failure)) files.push_back(entry);
  }
}

std::vector<fs::path> model_files(const std::vector<std::string>& paths, int& problems) {
  std::vector<fs::path> files;
  for (const std::string& path : paths) {
    std::error_code failure;
    const size_t before = files.size();
    if (fs::is_directory(path, failure)) {
      walk(path, files);
      if (files.size() == before) report("there is no .model file in `" + path + "`"), ++problems;
    } else if (fs::exists(path, failure)) {
      files.push_back(path);
    } else {
      report("cannot read `" + path + "`: there is no such file");
      ++problems;
    }
  }
  std::vector<fs::path> unique;
  for (const fs::path& file : files)
    if (std::find(unique.begin(), unique.end(), file) == unique.end()) unique.push_back(file);
  return unique;
}

}  // namespace kiln::tools
