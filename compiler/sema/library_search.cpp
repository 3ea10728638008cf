#include "sema/library_search.h"

#include <algorithm>
#include <fstream>
#include <iterator>

#include <fmt/format.h>

#include "sema/session.h"

namespace kiln::sema {

namespace {

/// In the order of their names, so that what is said does not depend on the file system.
std::vector<std::filesystem::path> files_in(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(folder, ignored))
    if (entry.path().extension() == ".model") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

bool declares(const std::filesystem::path& file, const std::string& name) {
  std::ifstream stream(file, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(stream), {}};
  const std::vector<std::string> names = syntax::declared_names(text);
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

std::string advice_on_other_file(const Body& body, const Module& module, const std::string& name) {
  if (name.starts_with('_')) return "";  // private
  for (const std::filesystem::path& folder : body.session.options.library_folders) {
    for (const std::filesystem::path& file : files_in(folder)) {
      const std::string other = file.stem().string();
      if (other != module.name && other != "prelude" && declares(file, name))
        return fmt::format("`{0}` is in the file `{1}`: `import {1}`, then `{1}.{0}`", name, other);
    }
  }
  return "";
}

}  // namespace kiln::sema
