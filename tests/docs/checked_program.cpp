#include "checked_program.h"

#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "driver/front_end.h"
#include "source/render_diagnostic.h"

namespace kiln::docs {
namespace {

namespace fs = std::filesystem;

/// A new folder that is removed with the object.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (fs::temp_directory_path() / "kiln-docs-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    path_ = name;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

void shorten(std::string& text, const std::string& folder, const std::string& shown) {
  for (size_t at = 0; (at = text.find(folder, at)) != std::string::npos; at += shown.size())
    text.replace(at, folder.size(), shown);
}

}  // namespace

bool rewriting() {
  const char* value = std::getenv("KILN_REWRITE_EXPECTED");
  return value != nullptr && std::string(value) == "1";
}

std::string read_text(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) throw std::runtime_error("cannot read " + file.string());
  std::stringstream text;
  text << stream.rdbuf();
  return text.str();
}

void write_text(const fs::path& file, const std::string& text) {
  if (fs::exists(file) && read_text(file) == text) return;
  std::ofstream stream(file, std::ios::binary);
  stream << text;
  if (!stream.flush()) throw std::runtime_error("cannot write " + file.string());
}

Checked check_program(const std::string& text, const std::string& file_name, const fs::path& companions) {
  const TemporaryFolder folder;
  if (!companions.empty())
    fs::copy(companions, folder.path() / companions.filename(), fs::copy_options::recursive);
  write_text(folder.path() / file_name, text);
  const fs::path library = fs::path(KILN_SOURCE_DIR) / "stdlib";
  const driver::FrontEnd program = driver::run_front_end(folder.path() / file_name, {library});
  std::string said = render(program.diagnostics, program.files, false);
  shorten(said, folder.path().string() + "/", "");
  shorten(said, library.string() + "/", "stdlib/");
  return {driver::exit_code_of(program.diagnostics), said};
}

}  // namespace kiln::docs
