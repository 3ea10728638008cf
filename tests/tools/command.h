#pragma once

#include <gmock/gmock.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace kiln::tests {

/// What a run of kilnc left. A signal that ended it is a code of 128 and more, as a shell says it.
struct Outcome {
  int code = -1;
  std::string out, error;
};

/// How kilnc is run.
struct Settings {
  std::string folder;                    // where; here if empty
  std::vector<std::string> environment;  // "TMPDIR=/nowhere", added
  int64_t largest_file = -1;             // bytes; RLIMIT_FSIZE
  std::string input;                     // the file that is standard input; ours if empty
  bool own_cache = false;                // the user's cache, as `environment` says; none if not
};

Outcome kilnc(const std::vector<std::string>& arguments, const Settings& settings = {});

/// A folder of a test, removed when it ends.
class Folder {
 public:
  Folder();
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  /// The path of a file in it.
  std::string operator/(const std::string& name) const { return (path_ / name).string(); }
  std::string path() const { return path_.string(); }
  /// Writes a file in it and gives its path.
  std::string write(const std::string& name, const std::string& text) const;
  /// The names in it, sorted.
  std::vector<std::string> names() const;

 private:
  std::filesystem::path path_;
};

std::string read(const std::string& path);

/// An .npy file as numpy would write it: version 1.
std::string npy(const std::string& header, const std::string& data);
template <class T>
std::string bytes_of(const std::vector<T>& values) {
  return std::string(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
}
/// A safetensors file.
std::string safetensors(const std::string& header, const std::string& data);

/// A program of the tests.
inline std::string model(const std::string& name) { return MODELS "/" + name + ".model"; }

}  // namespace kiln::tests
