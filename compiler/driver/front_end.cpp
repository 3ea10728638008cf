#include "driver/front_end.h"

#include "driver/in_place_promise.h"
#include "elaborate/elaborate.h"
#include "sema/check.h"
#include "sema/lint.h"
#include "source/diagnostic_table.h"
#include "syntax/parse.h"

namespace kiln::driver {

namespace fs = std::filesystem;

FrontEnd run_front_end(const fs::path& file, const std::vector<fs::path>& library_folders,
                       FrontEndGoal goal) {
  FrontEnd result;
  const std::optional<uint32_t> root = result.files.load(file);
  if (!root) {
    std::error_code ignored;
    const char* why = !fs::exists(file, ignored)        ? ": there is no such file"
                      : fs::is_directory(file, ignored) ? ": it is a folder"
                                                        : "";
    result.diagnostics.add(diagnostics::cannot_read_file, {}, "cannot read `" + file.string() + "`" + why);
    return result;
  }
  result.root = *root;
  {
    const CurrentPass pass("check");
    sema::CheckOptions options{library_folders};
    options.trees = &result.trees;
    result.program = sema::check(result.files, *root, options, result.diagnostics);
  }
  if (!result.program || goal == FrontEndGoal::typed) return result;
  if (goal == FrontEndGoal::module) {
    result.module =
        elaborate::elaborate(*result.program, result.files, result.diagnostics, check_in_place_promise);
  } else {
    elaborate::find_limits(*result.program, result.files, result.diagnostics, check_in_place_promise);
  }
  return result;
}

void add_warnings(FrontEnd& program) {
  if (program.root == 0 || program.diagnostics.has_errors()) return;
  const CurrentPass pass("lint");
  const SourceFile& file = program.files[program.root];
  const sema::TreeCache::Entry* kept =
      program.trees.find(sema::path_key(file.path()), file.text(), program.root);
  Diagnostics known_already;
  const std::shared_ptr<const syntax::File> tree =
      kept != nullptr ? kept->tree : syntax::parse(program.files, program.root, known_already);
  sema::lint(program.files, *tree, program.diagnostics);
}

ExitCode exit_code_of(const Diagnostics& diagnostics) {
  if (!diagnostics.has_errors()) return ExitCode::success;
  return diagnostics.has_limits_only() ? ExitCode::known_limit : ExitCode::mistake;
}

}  // namespace kiln::driver
