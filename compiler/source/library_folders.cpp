#include "source/library_folders.h"

namespace kiln {

namespace fs = std::filesystem;

std::vector<fs::path> standard_library_folders() {
  std::error_code ignored;
  const fs::path binary = fs::read_symlink("/proc/self/exe", ignored);
  const fs::path beside = binary.parent_path().parent_path() / "lib" / "kiln" / "stdlib";
  std::vector<fs::path> folders;
  if (fs::is_directory(beside, ignored)) folders.push_back(beside);
  return folders;
}

}  // namespace kiln
