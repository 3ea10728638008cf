#include "checked_program.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "driver/front_end.h"
#include "source/fix.h"
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

std::vector<Checked::Mended> mended_by(const driver::FrontEnd& program) {
  std::vector<Checked::Mended> mended;
  for (const Diagnostic& diagnostic : program.diagnostics.all())
    for (const Fix& fix : diagnostic.fixes) {
      const auto edits = in_order(fix.edits, program.files);
      const bool is_here = edits && std::all_of(edits->begin(), edits->end(), [&](const Edit& edit) {
                             return edit.span.file == program.root;
                           });
      const std::string title = title_of(fix, diagnostic, program.files);
      const std::string text = is_here ? apply_edits(program.files[program.root].text(), *edits) : "";
      mended.push_back({diagnostic.kind->code, diagnostic.message, title, fix.is_certain, text});
    }
  return mended;
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

Checked check_program(const std::string& text, const std::string& file_name, const fs::path& companions,
                      bool with_warnings) {
  const TemporaryFolder folder;
  if (!companions.empty())
    fs::copy(companions, folder.path() / companions.filename(), fs::copy_options::recursive);
  write_text(folder.path() / file_name, text);
  const fs::path library = fs::path(KILN_SOURCE_DIR) / "stdlib";
  driver::FrontEnd program = driver::run_front_end(folder.path() / file_name, {library});
  if (with_warnings) driver::add_warnings(program);
  std::string said = render(program.diagnostics, program.files, false);
  shorten(said, folder.path().string() + "/", "");
  shorten(said, library.string() + "/", "stdlib/");
  return {driver::exit_code_of(program.diagnostics), said, mended_by(program)};
}

}  // namespace kiln::docs
