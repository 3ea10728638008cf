#include <fmt/format.h>

#include <charconv>
#include <iostream>

#include "apply_fixes.h"
#include "command_line.h"
#include "error_page.h"
#include "verb.h"

namespace kiln::tools {
namespace {

/// A fix may uncover the next mistake; this many times the file is read again.
constexpr int most_rounds = 10;

driver::FrontEnd check_file(const std::string& file) {
  // Elaborated too, so that what cannot be compiled yet is told here as well.
  driver::FrontEnd program =
      driver::run_front_end(file, driver::standard_library_folders(), driver::FrontEndGoal::diagnostics);
  driver::add_warnings(program);
  return program;
}

std::string counted_fixes(size_t count) { return count == 1 ? "1 fix" : fmt::format("{} fixes", count); }

/// Applies what can be fixed until nothing is left; `program` is what the last round says.
ExitCode fix_file(const std::string& file, driver::FrontEnd& program) {
  size_t count = 0;
  for (int round = 0; round < most_rounds; ++round) {
    const ChosenFixes fixes =
        choose_fixes(program.diagnostics, program.files, driver::standard_library_folders());
    if (fixes.done.empty()) break;
    if (const std::string problem = write_fixed(fixes, program.files); !problem.empty())
      return report(problem);
    for (const std::string& what : fixes.done) std::cerr << "fixed " << what << "\n";
    count += fixes.done.size();
    program = check_file(file);
  }
  std::cerr << "kilnc: " << (count == 0 ? "nothing that can be fixed" : counted_fixes(count) + " applied")
            << "\n";
  return ExitCode::success;
}

ExitCode show_fixes(const driver::FrontEnd& program) {
  const ChosenFixes fixes =
      choose_fixes(program.diagnostics, program.files, driver::standard_library_folders());
  std::cout << unified_diff(fixes, program.files);
  for (const std::string& what : fixes.done) std::cerr << "would fix " << what << "\n";
  std::cerr << "kilnc: "
            << (fixes.done.empty() ? "nothing that can be fixed"
                                   : counted_fixes(fixes.done.size()) + " in the first round")
            << "\n";
  return driver::exit_code_of(program.diagnostics);
}

}  // namespace

ExitCode check(const std::vector<std::string>& arguments) {
  options::options_description visible("Options");
  visible.add_options()("json", "print the diagnostics as one JSON object on stdout")(
      "fix", "change the files where a fix is surely meant, and check again")(
      "dry-run", "with --fix: show the changes as a diff and write nothing")(
      "max-errors", options::value<int>(), "show at most N of them; 0 for all (100; with --json all)")(
      "explain", options::value<std::string>(), "print the page about a code such as E0312");
  // The page needs no file.
  for (size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i] == "--explain" && i + 1 < arguments.size()) return print_error_page(arguments[i + 1]);
    if (arguments[i].rfind("--explain=", 0) == 0) return print_error_page(arguments[i].substr(10));
  }
  const CommandLine line = parse_command_line(arguments, "kilnc check FILE.model [options]",
                                              "Reports mistakes without compiling.", visible, {"file"});
  if (line.exit) return *line.exit;
  const std::string file = line.get<std::string>("file");
  const bool json = line.has("json");
  const int most = line.has("max-errors") ? line.get<int>("max-errors") : json ? 0 : most_errors_shown;
  if (most < 0) return report("--max-errors takes a number from 0 on");
  if (line.has("dry-run") && !line.has("fix")) return report("--dry-run goes with --fix");
  if (line.has("dry-run") && json) return report("--dry-run shows a diff, not JSON");
  driver::FrontEnd program = check_file(file);
  if (line.has("dry-run")) return show_fixes(program);
  if (line.has("fix"))
    if (const ExitCode code = fix_file(file, program); code != ExitCode::success) return code;
  print_diagnostics(program.diagnostics, program.files, json, most);
  return driver::exit_code_of(program.diagnostics);
}

}  // namespace kiln::tools
