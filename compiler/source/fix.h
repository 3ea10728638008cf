#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "source/diagnostic.h"
#include "source/source_excerpt.h"
#include "source/source_file.h"

namespace kiln {

/// The edits in the order of their places. Nothing if two overlap (two insertions at one place do) or one
/// does not lie in its file.
std::optional<std::vector<Edit>> in_order(std::vector<Edit> edits, const SourceFiles& files);

/// What a file's text becomes by edits that are in order and all of that file.
std::string apply_edits(std::string_view text, const std::vector<Edit>& edits);

/// What a fix does, in words: its own title, else the diagnostic's help, else told from the edits.
std::string title_of(const Fix& fix, const Diagnostic& diagnostic, const SourceFiles& files);

/// The lines that a fix changes, as they become: what is new is marked with `+`, what takes the place of
/// something with `~`.
///     14 |   let y[b, o] = sum[i] x[b, i] * w[o, i]
///        |                                    ~~~~
/// Empty where many lines change, or several files.
std::string draw_fix(const Fix& fix, const SourceFiles& files, int gutter, const Palette& palette);

/// The digits of the line numbers that `draw_fix` shows; 0 if it draws nothing.
int gutter_width(const Fix& fix, const SourceFiles& files);

}  // namespace kiln
