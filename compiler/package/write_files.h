#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace kiln::package {

/// Files that belong together. Each is written whole under another name in the folder where it goes; none can
/// be seen until `commit` renames them. What is not committed is removed.
class StagedFiles {
 public:
  StagedFiles() = default;
  ~StagedFiles();
  StagedFiles(const StagedFiles&) = delete;
  StagedFiles& operator=(const StagedFiles&) = delete;

  /// Nothing, or why the file cannot be written, with its path.
  std::optional<std::string> add(const std::filesystem::path& path, std::span<const std::byte> bytes,
                                 bool executable = false);
  std::optional<std::string> add(const std::filesystem::path& path, std::string_view text);
  /// Renames all, in the order in which they were added.
  std::optional<std::string> commit();

 private:
  struct Staged {
    std::filesystem::path path, unfinished;
  };
  std::vector<Staged> files_;
};

/// One file, whole or not at all.
std::optional<std::string> write_whole(const std::filesystem::path& path, std::span<const std::byte> bytes);

}  // namespace kiln::package
