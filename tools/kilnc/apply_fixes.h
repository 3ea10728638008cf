#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "source/diagnostic.h"
#include "source/source_file.h"

namespace kiln::tools {

/// The fixes of one run of the checker that can be applied together.
struct ChosenFixes {
  std::map<uint32_t, std::vector<Edit>> edits;  // by file, in order
  std::vector<std::string> done;                // "net.model:3:5: write `f32(x)`", one each
};

/// The first certain fix of each diagnostic, as far as none overlaps one before. Files below `untouched` (the
/// standard library) stay as they are.
ChosenFixes choose_fixes(const Diagnostics& diagnostics, const SourceFiles& files,
                         const std::vector<std::filesystem::path>& untouched);

/// What the edits change, as `diff -u` shows it.
std::string unified_diff(const ChosenFixes& fixes, const SourceFiles& files);

/// Writes the changed files, all of them or none; gives what went wrong, or "".
std::string write_fixed(const ChosenFixes& fixes, const SourceFiles& files);

}  // namespace kiln::tools
