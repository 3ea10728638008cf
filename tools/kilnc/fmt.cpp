#include <filesystem>
#include <iostream>
#include <iterator>

#include "command_line.h"
#include "format/format.h"
#include "model_files.h"
#include "package/write_files.h"
#include "verb.h"

namespace kiln::tools {
namespace {

namespace fs = std::filesystem;

enum class Use { write, check, print };

/// The text of one file in the one style. Nothing: `exit` says what it is, and it has been reported.
std::optional<std::string> formatted(const SourceFiles& files, uint32_t file, ExitCode& exit) {
  Diagnostics diagnostics;
  format::Formatted result = format::format(files, file, diagnostics);
  // Warnings are the business of `check`.
  if (diagnostics.has_errors()) print_diagnostics(diagnostics, files);
  if (!result.text) exit = ExitCode::mistake;
  if (!result.defect.empty()) {
    report("a bug in kilnc: `" + files[file].path() +
           "` is left as it is, for it would not stay the same program: " + result.defect);
    exit = ExitCode::internal_error;
  }
  return result.text;
}

ExitCode format_file(const fs::path& path, Use use) {
  SourceFiles files;
  const std::optional<uint32_t> file = files.load(path);
  if (!file) return report("cannot read `" + path.string() + "`");
  ExitCode exit = ExitCode::success;
  const auto text = formatted(files, *file, exit);
  if (!text) return exit;
  if (use == Use::print) {
    std::cout << *text;
    return exit;
  }
  if (*text == files[*file].text()) return exit;
  if (use == Use::check) {
    std::cout << "would format " << path.string() << "\n";
    return ExitCode::mistake;
  }
  // The file behind a link, with the rights that it has.
  std::error_code failure;
  const fs::path target = fs::canonical(path, failure);
  const auto rights = fs::status(target, failure).permissions();
  if (const auto problem = package::write_whole(target, std::as_bytes(std::span(*text))))
    return report(*problem);
  fs::permissions(target, rights, failure);
  std::cout << "formatted " << path.string() << "\n";
  return exit;
}

ExitCode format_input(Use use) {
  SourceFiles files;
  const std::string input{std::istreambuf_iterator<char>(std::cin), {}};
  const uint32_t file = files.add("standard input", input);
  ExitCode exit = ExitCode::success;
  const auto text = formatted(files, file, exit);
  if (!text) return exit;
  if (use != Use::check) {
    std::cout << *text;
    return exit;
  }
  if (*text == input) return exit;
  std::cout << "would format standard input\n";
  return ExitCode::mistake;
}

}  // namespace

ExitCode fmt(const std::vector<std::string>& arguments) {
  options::options_description visible("Options");
  visible.add_options()("check",
                        "write nothing; list the files that would change, and exit with 1 if there are any")(
      "stdout", "print the text instead of writing the files");
  const CommandLine line = parse_command_line(arguments, "kilnc fmt FILE.model|FOLDER|-... [options]",
                                              "Lays files out in the one style, in place. A folder stands "
                                              "for the .model files in it and below; `-` reads "
                                              "standard input\nand prints. A file with syntax errors is left "
                                              "as it is. That each program stays the same is "
                                              "proved each time.",
                                              visible, {"files..."});
  if (line.exit) return *line.exit;
  if (!line.has("files"))
    return report("there is nothing to format\nusage: kilnc fmt FILE.model|FOLDER|-...");
  if (line.has("check") && line.has("stdout")) return report("--check and --stdout exclude each other");
  const Use use = line.has("check") ? Use::check : line.has("stdout") ? Use::print : Use::write;

  std::vector<std::string> paths = line.get<std::vector<std::string>>("files");
  ExitCode exit = ExitCode::success;
  const auto add = [&](ExitCode code) { exit = std::max(exit, code); };
  if (std::erase(paths, "-") > 0) add(format_input(use));
  int problems = 0;
  const auto files = model_files(paths, problems);
  if (problems > 0) add(ExitCode::mistake);
  for (const fs::path& file : files) add(format_file(file, use));
  return exit;
}

}  // namespace kiln::tools
