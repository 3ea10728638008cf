#pragma once

#include <string>

#include "source/diagnostic.h"
#include "source/source_file.h"

namespace kiln {

/// The text of a diagnostic as a terminal shows it: code, place, source lines with labelled carets, notes,
/// help. `colour` adds ANSI escapes; nothing else changes.
std::string render(const Diagnostic& diagnostic, const SourceFiles& files, bool colour);

/// All of them, and a last line such as "2 errors, 1 warning".
std::string render(const Diagnostics& diagnostics, const SourceFiles& files, bool colour);

/// All of them as a JSON array for tools: `code`, `severity`, `message`, `label`, `span`, `labels`, `notes`,
/// `help`, `fixes`. A span is `file`, `line`, `column`, `end_line`, `end_column` (from 1, in bytes), `begin`,
/// `end` (from 0), or null where there is no place.
std::string render_json(const Diagnostics& diagnostics, const SourceFiles& files);

}  // namespace kiln
