#pragma once

#include <optional>
#include <string>

#include "source/diagnostic.h"
#include "source/source_file.h"

/// The one style of Kiln: `kilnc fmt` and editors. Lines of at most 100 columns, two blanks of indentation, a
/// comma behind the last item of a list that has a line for each, at most one blank line, comments where they
/// were.
namespace kiln::format {

inline constexpr int line_width = 100;

struct Formatted {
  /// Absent if the file has mistakes of syntax, which are then in the diagnostics, or if there is a `defect`.
  std::optional<std::string> text;
  /// Not empty: a bug of the formatter. Its text would not be the same program with the same comments.
  std::string defect;
};

/// The file in the one style. Formatting the text that it gives changes nothing. Each time it is proved that
/// the text has the same tokens (but for commas before closing brackets), the same comments and the same
/// syntax tree.
Formatted format(const SourceFiles& files, uint32_t file, Diagnostics& diagnostics);

}  // namespace kiln::format
