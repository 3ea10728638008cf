#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace kiln::docs {

/// A bad program of tests/errors with what kilnc says about it, which stands behind the program as a comment:
///
///     // kilnc says:
///     // error[E0312]: …
struct GalleryProgram {
  std::filesystem::path file;
  std::string program;
  std::string expected;
};

/// All of them, sorted by name; while rewriting() with what kilnc says now. What they import lies in
/// tests/errors/help.
std::vector<GalleryProgram> read_gallery();
std::filesystem::path gallery_help();

}  // namespace kiln::docs
