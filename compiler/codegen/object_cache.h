#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "codegen/target.h"

namespace kiln::codegen {

/// A folder with objects of earlier builds, and how many bytes they may have together.
struct CacheFolder {
  std::filesystem::path path;
  int64_t most_bytes = int64_t{512} << 20;
};

/// Objects of kernels by what they were made from: content, target, and the very compiler, by its build id.
/// Any number of threads and processes may use a folder at once. What is found there is whole, or is not
/// found; what cannot be written is not kept. All functions may be called from several threads.
class ObjectCache {
 public:
  /// Makes the folder if it is missing.
  explicit ObjectCache(CacheFolder folder);

  /// Why nothing is found or kept; empty if there is no reason.
  const std::string& problem() const { return problem_; }

  /// What an object goes by: equal for equal `content` (SharedKernel::content) and target.
  std::string key_of(std::string_view content, const Target& target) const;
  std::optional<std::vector<std::byte>> find(const std::string& key) const;
  /// False: it could not be written.
  bool add(const std::string& key, const std::vector<std::byte>& object) const;
  /// Removes what was used least recently, until the rest is within the folder's bytes.
  void prune() const;

 private:
  CacheFolder folder_;
  std::string compiler_;  // its build id
  std::string problem_;
};

}  // namespace kiln::codegen
