#include "checked_program.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>
#include <stdexcept>

#include "driver/front_end.h"
#include "source/fix.h"
#include "source/render_diagnostic.h"

namespace kiln::docs {
namespace {

namespace fs = std::filesystem;

/// A new folder with a program and what it may import; removed with the object.
class ProgramFolder {
 public:
  explicit ProgramFolder(const fs::path& companions) {
    std::string name = (fs::temp_directory_path() / "kiln-docs-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    path_ = name;
    if (!companions.empty()) fs::copy(companions, path_ / companions.filename(), fs::copy_options::recursive);
  }
  ~ProgramFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  ProgramFolder(const ProgramFolder&) = delete;
  ProgramFolder& operator=(const ProgramFolder&) = delete;

  const fs::path& path() const { return path_; }
  /// In place of the program that it had.
  fs::path put(const std::string& text, const std::string& file_name) {
    if (program_.filename() != file_name) fs::remove(program_);
    program_ = path_ / file_name;
    write_text(program_, text);
    return program_;
  }

 private:
  fs::path path_, program_;
};

/// One for all programs with these companions: of thousands of checks, making folders would be a fifth.
ProgramFolder& folder_with(const fs::path& companions) {
  static std::map<fs::path, ProgramFolder> folders;
  return folders.try_emplace(companions, companions).first->second;
}

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
  ProgramFolder& folder = folder_with(companions);
  const fs::path file = folder.put(text, file_name);
  const fs::path library = fs::path(KILN_SOURCE_DIR) / "stdlib";
  driver::FrontEnd program = driver::run_front_end(file, {library});
  if (with_warnings) driver::add_warnings(program);
  std::string said = render(program.diagnostics, program.files, false);
  shorten(said, folder.path().string() + "/", "");
  shorten(said, library.string() + "/", "stdlib/");
  return {driver::exit_code_of(program.diagnostics), said, mended_by(program)};
}

}  // namespace kiln::docs
