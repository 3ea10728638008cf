#include "command_line.h"
#include "verb.h"

namespace kiln::tools {

ExitCode check(const std::vector<std::string>& arguments) {
  options::options_description visible("Options");
  visible.add_options()("json", "print the diagnostics as JSON on stdout");
  const CommandLine line = parse_command_line(arguments, "kilnc check FILE.model [options]",
                                              "Reports mistakes without compiling.", visible, {"file"});
  if (line.exit) return *line.exit;
  // Elaborated too, so that what cannot be compiled yet is told here as well.
  const driver::FrontEnd program = load_program(line.get<std::string>("file"), false, line.has("json"));
  return driver::exit_code_of(program.diagnostics);
}

}  // namespace kiln::tools
