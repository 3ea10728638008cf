#pragma once

#include <string>

#include "base/internal_check.h"

namespace kiln::tools {

/// Prints the page of docs/errors about a code on stdout: what the message means, a wrong program, a right
/// one, and why the rule is as it is. Says so where there is no such code.
ExitCode print_error_page(const std::string& code);

/// Whether a word is written like a code: "E0312".
bool is_error_code(const std::string& word);

}  // namespace kiln::tools
