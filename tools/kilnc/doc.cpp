#include <filesystem>
#include <iostream>

#include "command_line.h"
#include "doc_pages.h"
#include "model_files.h"
#include "package/write_files.h"
#include "verb.h"

namespace kiln::tools {

namespace fs = std::filesystem;

ExitCode doc(const std::vector<std::string>& arguments) {
  options::options_description visible("Options");
  visible.add_options()("output,o", options::value<std::string>()->default_value("doc"),
                        "the folder of the pages")("format",
                                                   options::value<std::string>()->default_value("html"),
                                                   "html or markdown")("stdlib", "the standard library too");
  const CommandLine line = parse_command_line(arguments, "kilnc doc FILE.model|FOLDER... [options]",
                                              "Writes a page for each module, and an index, from `///` "
                                              "comments: what it declares, with whole signatures and "
                                              "the conditions\nthat were inferred. Pages need no network.",
                                              visible, {"files..."});
  if (line.exit) return *line.exit;
  const std::string format = line.get<std::string>("format");
  if (format != "html" && format != "markdown")
    return report("--format takes html or markdown, not `" + format + "`");
  std::vector<std::string> paths;
  if (line.has("files")) paths = line.get<std::vector<std::string>>("files");
  if (line.has("stdlib"))
    for (const fs::path& folder : driver::standard_library_folders()) paths.push_back(folder.string());
  if (paths.empty())
    return report("there is nothing to document\nusage: kilnc doc FILE.model|FOLDER... [options]");

  int problems = 0;
  ExitCode exit = ExitCode::success;
  std::vector<DocModule> modules;
  for (const fs::path& file : model_files(paths, problems)) {
    auto module = read_documentation(file, exit);
    if (!module) continue;
    const bool is_index = module->name == (format == "html" ? "index" : "README");
    for (const DocModule& other : modules)
      if (other.name == module->name) return report("two of the modules are called `" + module->name + "`");
    if (is_index) return report("the page of `" + module->name + "` would be the index: rename the file");
    modules.push_back(std::move(*module));
  }
  if (exit != ExitCode::success || problems > 0) return std::max(exit, ExitCode::mistake);

  const fs::path folder = line.get<std::string>("output");
  std::error_code failure;
  fs::create_directories(folder, failure);
  if (!fs::is_directory(folder, failure)) return report("cannot make the folder `" + folder.string() + "`");
  const bool is_html = format == "html";
  package::StagedFiles files;
  for (const DocModule& module : modules)
    if (const auto problem = files.add(folder / (module.name + (is_html ? ".html" : ".md")),
                                       is_html ? html_page(module, modules) : markdown_page(module)))
      return report(*problem);
  const fs::path index = folder / (is_html ? "index.html" : "README.md");
  if (const auto problem = files.add(index, is_html ? html_index(modules) : markdown_index(modules)))
    return report(*problem);
  if (const auto problem = files.commit()) return report(*problem);
  std::cout << index.string() << "\n";
  return exit;
}

}  // namespace kiln::tools
