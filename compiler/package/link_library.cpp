#include "package/link_library.h"

#include <lld/Common/Driver.h>
#include <llvm/Support/raw_ostream.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>
#include <span>

#include "embedded/runtime_archive.h"

LLD_HAS_DRIVER(elf)

namespace kiln::package {
namespace {

namespace fs = std::filesystem;

/// A folder for what the linker reads and writes, removed with all that is in it.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::error_code failure;
    parent_ = fs::temp_directory_path(failure);
    if (failure) {
      const char* wanted = std::getenv("TMPDIR");
      problem_ =
          "there is no folder for temporary files: TMPDIR is `" + std::string(wanted ? wanted : "") + "`";
      return;
    }
    std::string pattern = (parent_ / "kilnc-XXXXXX").string();
    if (mkdtemp(pattern.data())) {
      path_ = pattern;
    } else {
      problem_ = cannot_write();
    }
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const fs::path& path() const { return path_; }
  const std::string& problem() const { return problem_; }  // empty if there is none
  /// After errno was set.
  std::string cannot_write() const {
    return "cannot write temporary files in `" + parent_.string() + "`: " + std::strerror(errno);
  }

 private:
  fs::path parent_, path_;
  std::string problem_;
};

bool write_file(const fs::path& path, std::span<const std::byte> bytes) {
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  file.close();
  return static_cast<bool>(file);
}

std::optional<std::vector<std::byte>> read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  if (!file) return std::nullopt;
  std::vector<std::byte> bytes(static_cast<size_t>(file.tellg()));
  file.seekg(0);
  file.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  if (!file) return std::nullopt;
  return bytes;
}

/// A version script: what is listed is seen, nothing else.
std::string version_script(const std::vector<std::string>& exported) {
  std::string text = "{\n  global:\n    kiln_module;\n";
  for (const std::string& name : exported) text += "    " + name + ";\n";
  return text + "  local: *;\n};\n";
}

}  // namespace

std::variant<std::vector<std::byte>, std::string> link_library(
    const std::vector<std::vector<std::byte>>& objects, const std::vector<std::string>& exported,
    const std::string& file_name, bool keep_debug_info) {
  const TemporaryFolder folder;
  if (!folder.problem().empty()) return folder.problem();

  const fs::path library = folder.path() / "library.so";
  const fs::path script = folder.path() / "exports.map";
  const fs::path archive = folder.path() / "runtime.a";
  std::vector<std::string> arguments = {"ld.lld",
                                        "-shared",
                                        "--whole-archive",
                                        archive.string(),
                                        "--no-whole-archive",
                                        "--gc-sections",
                                        "--icf=all",
                                        "-Bsymbolic",
                                        "-z",
                                        "relro",
                                        "-z",
                                        "now",
                                        "-z",
                                        "noexecstack",
                                        "--build-id=sha1",
                                        "--hash-style=gnu",
                                        "--version-script=" + script.string(),
                                        "-soname=" + file_name,
                                        "-o",
                                        library.string(),
                                        "-O2",
                                        "--no-undefined-version"};
  if (!keep_debug_info) arguments.push_back("--strip-all");
  const std::string text = version_script(exported);
  if (!write_file(script, std::as_bytes(std::span(text))) || !write_file(archive, runtime_archive()))
    return folder.cannot_write();
  for (size_t i = 0; i < objects.size(); ++i) {
    const fs::path object = folder.path() / ("part" + std::to_string(i) + ".o");
    if (!write_file(object, objects[i])) return folder.cannot_write();
    arguments.push_back(object.string());
  }

  std::vector<const char*> pointers;
  for (const std::string& argument : arguments) pointers.push_back(argument.c_str());
  std::string messages;
  llvm::raw_string_ostream errors(messages);
  const lld::Result result = lld::lldMain(pointers, llvm::nulls(), errors, {{lld::Gnu, &lld::elf::link}});
  if (result.retCode != 0) return "the linker failed: " + errors.str();
  std::optional<std::vector<std::byte>> bytes = read_file(library);
  if (!bytes) return "the linker's result cannot be read: " + library.string();
  return std::move(*bytes);
}

}  // namespace kiln::package
