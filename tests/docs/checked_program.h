#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/internal_check.h"

namespace kiln::docs {

/// Set in the environment by KILN_REWRITE_EXPECTED=1: expectations are written instead of compared.
bool rewriting();

std::string read_text(const std::filesystem::path& file);
/// Does nothing if the file holds the text already.
void write_text(const std::filesystem::path& file, const std::string& text);

/// What `kilnc check` does with a program: its exit code and what it prints. Paths are short: the file by its
/// name, the standard library as `stdlib/…`.
struct Checked {
  ExitCode exit;
  std::string said;

  /// One fix of one diagnostic, with what the program becomes by it.
  struct Mended {
    std::string code, message, title;
    bool is_certain;
    std::string text;
  };
  std::vector<Mended> mended;
};

/// The program as a file of this name in a folder of its own, with a copy of `companions` (a folder, or
/// nothing) beside it.
/// `with_warnings`: also those that look at the file alone, as `kilnc check` does.
Checked check_program(const std::string& text, const std::string& file_name,
                      const std::filesystem::path& companions = {}, bool with_warnings = false);

}  // namespace kiln::docs
