#pragma once

#include <string>
#include <vector>

#include "source/source_file.h"

namespace kiln {

/// A marked piece of source. The primary one is drawn with `^`, others with `-`, unless a sign is given.
struct Mark {
  Span span;
  bool primary;
  std::string text;
  char sign = '\0';
};

/// What surrounds the pieces of a diagnostic: ANSI escapes, or nothing.
struct Palette {
  const char* bold = "";
  const char* primary = "";
  const char* secondary = "";
  const char* reset = "";
};

/// The digits needed for the line numbers of the marks.
int gutter_width(const std::vector<Mark>& marks, const SourceFiles& files);

/// The marked lines of one file in order, each with its marks and their texts below:
///     14 |   let y[b, o] = sum[i] x[b, i] * w[i, o]
///        |                             -      - here `i` runs over Out = 512
///        |                             here `i` runs over In = 784
/// All marks are of that file. A mark over several lines shows its first and last lines. `lines_before` is
/// added to the numbers of the lines, for a file that is a piece of another.
std::string draw_excerpt(const SourceFile& file, const std::vector<Mark>& marks, int gutter,
                         const Palette& palette, int lines_before = 0);

}  // namespace kiln
