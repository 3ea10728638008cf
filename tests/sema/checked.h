#pragma once

#include <optional>
#include <string>

#include "sema/check.h"

namespace kiln::sema {

/// What checking a program gives. `mistakes` has a line "CODE line:column message" for each diagnostic.
struct Checked {
  std::optional<TypedProgram> program;
  std::string mistakes;
  std::string rendered;

  /// The typed program as text; empty if there is none.
  std::string text() const { return program ? print(*program) : ""; }
};

/// Checks a program that may import the standard library.
Checked check_text(const std::string& text);
Checked check_file(const std::string& path);

}  // namespace kiln::sema
