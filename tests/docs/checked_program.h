#pragma once

#include <filesystem>
#include <string>

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
};

/// The program as a file of this name in a folder of its own, with a copy of `companions` (a folder, or
/// nothing) beside it.
Checked check_program(const std::string& text, const std::string& file_name,
                      const std::filesystem::path& companions = {});

}  // namespace kiln::docs
