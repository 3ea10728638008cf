#pragma once

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "query/analysis.h"

namespace kiln::query {

inline Workspace workspace() {
  Workspace workspace;
  workspace.library_folders = {std::filesystem::path(KILN_SOURCE_DIR) / "stdlib"};
  return workspace;
}

inline std::string read_text(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  std::stringstream text;
  text << stream.rdbuf();
  return text.str();
}

/// A program with one `^`, which is taken out: its analysis, and where the `^` stood.
struct Marked {
  explicit Marked(std::string program, const Workspace& in = workspace(),
                  const std::string& path = "/nowhere/t.model") {
    const size_t mark = program.find('^');
    if (mark != std::string::npos) program.erase(mark, 1), at = static_cast<uint32_t>(mark);
    analysis = analyze(path, std::move(program), in);
  }
  /// The symbol named at the mark; null if there is none.
  const Symbol* symbol() const {
    const Occurrence* occurrence = analysis->occurrence_at(at);
    return occurrence == nullptr ? nullptr : &analysis->symbol(occurrence->symbol);
  }

  std::shared_ptr<const Analysis> analysis;
  uint32_t at = 0;
};

/// All programs of the repository that check.
inline std::vector<std::filesystem::path> all_programs() {
  std::vector<std::filesystem::path> programs;
  for (const char* folder : {"stdlib", "samples", "tests/programs"}) {
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator(std::filesystem::path(KILN_SOURCE_DIR) / folder)) {
      if (entry.path().extension() == ".model") programs.push_back(entry.path());
    }
  }
  return programs;
}

}  // namespace kiln::query
