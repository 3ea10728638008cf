#include "package/link_library.h"

#include <lld/Common/Driver.h>
#include <llvm/Support/raw_ostream.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "embedded/runtime_archive.h"

LLD_HAS_DRIVER(elf)

namespace kiln::package {
namespace {

namespace fs = std::filesystem;

/// A folder for the linker's inputs, removed with all that is in it.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (fs::temp_directory_path() / "kilnc-XXXXXX").string();
    if (mkdtemp(pattern.data())) path_ = pattern;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

bool write_file(const fs::path& path, std::span<const std::byte> bytes) {
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  file.close();
  return static_cast<bool>(file);
}

/// A version script: what is listed is seen, nothing else.
std::string version_script(const std::vector<std::string>& exported) {
  std::string text = "{\n  global:\n    kiln_module;\n";
  for (const std::string& name : exported) text += "    " + name + ";\n";
  return text + "  local: *;\n};\n";
}

}  // namespace

std::optional<std::string> link_library(const std::vector<std::vector<std::byte>>& objects,
                                        const std::vector<std::string>& exported, const fs::path& path,
                                        bool keep_debug_info) {
  const TemporaryFolder folder;
  const std::string no_space = "cannot write the objects to link in " + fs::temp_directory_path().string();
  if (folder.path().empty()) return no_space;

  const fs::path unfinished = path.string() + ".unfinished-" + std::to_string(getpid());
  const fs::path script = folder.path() / "exports.map";
  const fs::path archive = folder.path() / "runtime.a";
  std::vector<std::string> arguments = {"ld.lld",
                                        "-shared",
                                        "--whole-archive",
                                        archive.string(),
                                        "--no-whole-archive",
                                        "--gc-sections",
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
                                        "-soname=" + path.filename().string(),
                                        "-o",
                                        unfinished.string(),
                                        "-O2", "--icf=all",
                                        "--no-undefined-version"};
  if (!keep_debug_info) arguments.push_back("--strip-all");
  const std::string text = version_script(exported);
  if (!write_file(script, std::as_bytes(std::span(text))) || !write_file(archive, runtime_archive()))
    return no_space;
  for (size_t i = 0; i < objects.size(); ++i) {
    const fs::path object = folder.path() / ("part" + std::to_string(i) + ".o");
    if (!write_file(object, objects[i])) return no_space;
    arguments.push_back(object.string());
  }

  std::vector<const char*> pointers;
  for (const std::string& argument : arguments) pointers.push_back(argument.c_str());
  std::string messages;
  llvm::raw_string_ostream errors(messages);
  const lld::Result result = lld::lldMain(pointers, llvm::nulls(), errors, {{lld::Gnu, &lld::elf::link}});
  std::error_code failure;
  if (result.retCode != 0) {
    fs::remove(unfinished, failure);
    return "the linker failed: " + errors.str();
  }
  fs::rename(unfinished, path, failure);
  if (failure) {
    std::error_code ignored;
    fs::remove(unfinished, ignored);
    return "cannot write `" + path.string() + "`: " + failure.message();
  }
  return std::nullopt;
}

}  // namespace kiln::package
