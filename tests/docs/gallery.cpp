#include "gallery.h"

#include <algorithm>
#include <sstream>

#include "checked_program.h"
#include "library_places.h"

namespace kiln::docs {
namespace {

namespace fs = std::filesystem;

const std::string heading = "// kilnc says:\n";

fs::path gallery_folder() { return fs::path(KILN_SOURCE_DIR) / "tests" / "errors"; }

std::string without_comment_signs(const std::string& comment) {
  std::istringstream lines(comment);
  std::string text, line;
  while (std::getline(lines, line)) text += (line.size() > 3 ? line.substr(3) : "") + "\n";
  return text;
}

/// The text of the file with this expectation.
std::string with_expectation(const std::string& program, const std::string& said) {
  std::string text = program + "\n" + heading;
  std::istringstream lines(said);
  for (std::string line; std::getline(lines, line);) text += line.empty() ? "//\n" : "// " + line + "\n";
  return text;
}

}  // namespace

std::vector<GalleryProgram> read_gallery() {
  std::vector<GalleryProgram> programs;
  for (const fs::directory_entry& entry : fs::directory_iterator(gallery_folder())) {
    if (entry.path().extension() != ".model") continue;
    const std::string text = read_text(entry.path());
    const size_t at = text.find("\n" + heading);
    if (at == std::string::npos) {
      programs.push_back({entry.path(), text, ""});
    } else {
      programs.push_back(
          {entry.path(), text.substr(0, at), without_comment_signs(text.substr(at + 1 + heading.size()))});
    }
  }
  for (GalleryProgram& program : programs) {
    if (!rewriting()) break;
    program.expected = without_library_lines(
        check_program(program.program, program.file.filename(), gallery_help(), true).said);
    write_text(program.file, with_expectation(program.program, program.expected));
  }
  std::sort(programs.begin(), programs.end(),
            [](const auto& a, const auto& b) { return a.file.filename() < b.file.filename(); });
  return programs;
}

fs::path gallery_help() { return gallery_folder() / "help"; }

}  // namespace kiln::docs
