#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "base/internal_check.h"
#include "elaborate/module.h"
#include "sema/modules.h"
#include "sema/typed.h"
#include "source/diagnostic.h"
#include "source/library_folders.h"
#include "source/source_file.h"

namespace kiln::driver {

using kiln::standard_library_folders;

/// A .model file after the front end. `module` is absent if there are errors or known limits, `diagnostics`
/// say which, and where it was not asked for.
struct FrontEnd {
  SourceFiles files;
  Diagnostics diagnostics;
  uint32_t root = 0;  // of the file itself in `files`; 0: it could not be read
  sema::TreeCache trees;
  std::optional<sema::TypedProgram> program;
  std::optional<elaborate::Module> module;
};

/// What is wanted of a file.
enum class FrontEndGoal : uint8_t {
  typed,        // `program`
  diagnostics,  // all that there is to say, also of what cannot be compiled; `module` stays absent
  module,
};

/// Reads, parses, checks and elaborates a file, as far as the goal needs it. `library_folders` are searched
/// for imports after the file's own folder.
FrontEnd run_front_end(const std::filesystem::path& file,
                       const std::vector<std::filesystem::path>& library_folders,
                       FrontEndGoal goal = FrontEndGoal::module);

/// Adds the warnings about the file itself (sema/lint.h), if it has no mistakes.
void add_warnings(FrontEnd& program);

/// The exit code that the diagnostics call for: known_limit if there are limits and no errors.
ExitCode exit_code_of(const Diagnostics& diagnostics);

}  // namespace kiln::driver
