#include <algorithm>
#include <iostream>
#include <thread>

#include "call_setup.h"
#include "verb.h"

namespace kiln::tools {

ExitCode test(const std::vector<std::string>& arguments) {
  options::options_description visible("Options");
  visible.add_options()("filter", options::value<std::string>()->default_value(""),
                        "only tests whose title holds this text");
  const CommandLine line =
      parse_command_line(arguments, "kilnc test FILE.model [options]",
                         "Runs the `test` blocks of a file, interpreted and compiled.", visible, {"file"});
  if (line.exit) return *line.exit;
  const driver::FrontEnd program = load_program(line.get<std::string>("file"));
  if (!program.module) return driver::exit_code_of(program.diagnostics);

  // The tests as functions of a library without exports, so that titles cannot clash with names.
  elaborate::Module module;
  module.name = program.module->name;
  for (const elaborate::Function& test : program.module->tests) {
    if (test.name.find(line.get<std::string>("filter")) == std::string::npos) continue;
    module.functions.push_back(test);
    module.functions.back().name = "test_" + std::to_string(module.functions.size() - 1);
    module.functions.back().documentation = test.name;
  }
  driver::LibraryOptions library_options;
  library_options.target = "native";
  ExitCode exit{};
  const auto library = open_library(module, program.files, library_options, exit);
  if (!library) return exit;
  const int cores = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));

  int passed = 0;
  int failed = 0;
  const auto tell = [&](const std::string& title, const char* how, const std::string& what) {
    std::cout << (what.empty() ? "ok      " : "FAILED  ") << title << " (" << how << ")\n";
    if (!what.empty()) std::cout << "        " << what << "\n";
    ++(what.empty() ? passed : failed);
  };
  for (const elaborate::Function& function : module.functions) {
    CallValues values;
    tell(function.documentation, "interpreted", call_interpreted(function, values));
    CompiledCall call(library->api(), module, function, values, cores);
    tell(function.documentation, "compiled", call.problem().empty() ? call.run() : call.problem());
  }
  std::cout << passed << " passed, " << failed << " failed\n";
  return failed == 0 ? ExitCode::success : ExitCode::mistake;
}

}  // namespace kiln::tools
