#pragma once

#include <memory>

#include "source/diagnostic.h"
#include "source/source_file.h"
#include "syntax/ast.h"

namespace kiln::syntax {

/// Which declarations a tree holds: those without a mistake, or also those in which statements, fields or
/// methods with mistakes were left out.
enum class Kept : uint8_t { faultless, all };

/// The syntax tree of a file. Never null; whatever the bytes are, mistakes become diagnostics and nothing
/// else. If there were any, `is_complete` is false and the tree holds only the declarations that have none:
/// names may then seem to be missing, so it is no input for sema (but to learn what an editor can show, with
/// `Kept::all`). Several mistakes are reported in one run, at most `most_mistakes`.
std::unique_ptr<File> parse(const SourceFiles& files, uint32_t file, Diagnostics& diagnostics,
                            Kept kept = Kept::faultless);

inline constexpr int most_mistakes = 50;
inline constexpr size_t largest_source = size_t{16} << 20;  // bytes
inline constexpr size_t deepest_brackets = 200;
inline constexpr size_t longest_list = 4096;  // parameters, indices, axes, arguments, fields of a tuple
inline constexpr size_t longest_constant = 100'000;  // numbers of a vector

}  // namespace kiln::syntax
