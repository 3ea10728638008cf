#pragma once

#include <string>

#include "source/diagnostic.h"
#include "source/source_file.h"

namespace kiln {

/// The text of a diagnostic as a terminal shows it: code, place, source lines with labelled carets, notes,
/// help. `colour` adds ANSI escapes; nothing else changes.
std::string render(const Diagnostic& diagnostic, const SourceFiles& files, bool colour);

/// All of them, and a last line such as "2 errors, 1 warning". `most_errors` > 0: no more than so many are
/// shown, and the last line says how many are not.
std::string render(const Diagnostics& diagnostics, const SourceFiles& files, bool colour,
                   int most_errors = 0);

/// All of them as one JSON object for tools; docs/kilnc.md describes it. A field may be added to it, none
/// changes its meaning.
std::string render_json(const Diagnostics& diagnostics, const SourceFiles& files, int most_errors = 0);

}  // namespace kiln
