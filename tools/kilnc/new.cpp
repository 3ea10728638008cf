#include <algorithm>
#include <cctype>
#include <filesystem>
#include <iostream>

#include "command_line.h"
#include "package/write_files.h"
#include "project_files.h"
#include "sema/reserved_words.h"
#include "syntax/tokens.h"
#include "verb.h"

namespace kiln::tools {
namespace {

namespace fs = std::filesystem;

/// What prevents a name: it becomes the name of a folder, a library, a C++ namespace and a CMake target.
std::string name_problem(const std::string& name) {
  const bool is_word = !name.empty() && !std::isdigit(static_cast<unsigned char>(name[0])) &&
                       std::all_of(name.begin(), name.end(), [](char c) {
                         return std::islower(static_cast<unsigned char>(c)) || c == '_' ||
                                std::isdigit(static_cast<unsigned char>(c));
                       });
  if (!is_word) return "a name is made of the letters a to z, digits and `_`, and begins with a letter";
  // Names that the headers, CMake or the build folder use themselves.
  constexpr const char* taken[] = {"kiln",  "std",  "test",    "tests", "all",
                                   "clean", "help", "install", "build", "main"};
  if (sema::is_reserved_in_c(name) || std::find(std::begin(taken), std::end(taken), name) != std::end(taken))
    return "C, C++ or CMake use this name themselves";
  return "";
}

std::string with_name(std::string text, const std::string& name) {
  for (size_t at = 0; (at = text.find("@NAME@", at)) != std::string::npos; at += name.size())
    text.replace(at, 6, name);
  return text;
}

}  // namespace

ExitCode new_project(const std::vector<std::string>& arguments) {
  options::options_description visible("Options");
  const CommandLine line = parse_command_line(arguments, "kilnc new NAME",
                                              "Makes a folder NAME with a small model that learns, a C++ "
                                              "program that trains it, tests, CMakeLists.txt and "
                                              "README.md.\nNothing that exists is overwritten.",
                                              visible, {"name"});
  if (line.exit) return *line.exit;
  const fs::path folder = line.get<std::string>("name");
  const std::string name = folder.filename().string();
  if (const std::string problem = name_problem(name); !problem.empty())
    return report("`" + name + "` cannot be the name of a project: " + problem);
  std::error_code failure;
  if (fs::exists(fs::symlink_status(folder, failure)))
    return report("`" + folder.string() + "` exists already");
  fs::create_directories(folder, failure);
  if (failure) return report("cannot make the folder `" + folder.string() + "`: " + failure.message());
  package::StagedFiles files;
  for (const ProjectFile& file : project_files())
    if (const auto problem = files.add(folder / with_name(file.path, name), with_name(file.text, name)))
      return report(*problem);
  if (const auto problem = files.commit()) return report(*problem);
  std::cout << "made " << folder.string() << "\n\n  cd " << folder.string()
            << "\n  kilnc test\n  cmake -B build && cmake --build build && build/" << name << "\n";
  return ExitCode::success;
}

}  // namespace kiln::tools
