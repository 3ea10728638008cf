#include <unistd.h>

#include <iostream>

#include "command_line.h"
#include "line_editor.h"
#include "verb.h"
#include "workspace.h"

namespace kiln::tools {
namespace {

struct Command {
  const char* name;
  const char* help;
};

constexpr Command commands[] = {
    {":help", "this list"},
    {":type EXPRESSION", "the type of an expression, without running it"},
    {":load FILE.model", "forgets all, and takes the declarations of a file"},
    {":list", "what has been said so far and is kept"},
    {":clear", "forgets all"},
    {":quit", "ends, as the end of the input does"},
};

void print_help() {
  for (const Command& command : commands) {
    std::string name = command.name;
    name.resize(20, ' ');
    std::cout << name << command.help << "\n";
  }
  std::cout << "\nAnything else is an expression, which is evaluated and changes nothing, or `let`, `var`, "
               "an assignment or "
               "a call\nwithout a result, or a declaration, which are kept. Brackets may stay open at the "
               "end of a line. "
               "The modules of\nthe standard library need no import.\n";
}

std::string trimmed(const std::string& text) {
  const size_t begin = text.find_first_not_of(" \t\r\n");
  return begin == std::string::npos ? "" : text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

class Repl {
 public:
  explicit Repl(bool is_terminal) : is_terminal_(is_terminal) {
    if (is_terminal) editor_.emplace();
  }

  Workspace& workspace() { return workspace_; }

  /// Until the end of the input; whether every line was right.
  bool run() {
    std::string input;
    while (read(input)) {
      if (!input.empty() && input[0] == ':') {
        if (!command(input)) break;
      } else {
        are_all_good_ = take(input) && are_all_good_;
      }
      std::cout.flush();
    }
    if (is_terminal_) std::cout << "\n";
    return are_all_good_;
  }

 private:
  bool read(std::string& input) {
    input.clear();
    std::string line;
    for (;;) {
      if (!read_line(input.empty() ? "kiln> " : "  ... ", line)) return !trimmed(input).empty();
      input += (input.empty() ? "" : "\n") + line;
      const bool ends = trimmed(line).empty() || trimmed(input).starts_with(":") || !is_unfinished(input);
      if (ends) break;
    }
    input = trimmed(input);
    if (editor_) editor_->remember(input);
    return true;
  }

  bool read_line(const char* prompt, std::string& line) {
    if (!editor_) return static_cast<bool>(std::getline(std::cin, line));
    std::optional<std::string> typed = editor_->read(prompt);
    if (!typed) return false;
    line = std::move(*typed);
    return true;
  }

  bool take(const std::string& input) {
    switch (kind_of_input(input)) {
      case InputKind::nothing: return true;
      case InputKind::import: return workspace_.add_import(input);
      case InputKind::declarations: return workspace_.add_declarations(input);
      case InputKind::statements: return workspace_.add_statements(input);
      case InputKind::expression: break;
    }
    // A call without a result is a statement: `opt.step(&m, g, lr)`.
    if (input.back() == ')' && workspace_.can_add_statements(input)) return workspace_.add_statements(input);
    return show(input, false);
  }

  bool show(const std::string& expression, bool only_type) {
    ExitCode exit = ExitCode::success;
    const auto value = workspace_.evaluate(expression, only_type, exit);
    if (value) std::cout << (only_type ? value->type : value->to_string()) << "\n";
    return value.has_value();
  }

  /// False: the end.
  bool command(const std::string& input) {
    const size_t blank = std::min(input.find(' '), input.size());
    const std::string name = input.substr(0, blank), rest = trimmed(input.substr(blank));
    if (name == ":quit" || name == ":q") return false;
    if (name == ":help" || name == ":h") {
      print_help();
    } else if (name == ":type" || name == ":t") {
      are_all_good_ = show(rest, true) && are_all_good_;
    } else if (name == ":load") {
      are_all_good_ = workspace_.load(rest) && are_all_good_;
    } else if (name == ":list") {
      std::cout << workspace_.to_string();
    } else if (name == ":clear") {
      workspace_.clear();
    } else {
      report("there is no command `" + name + "`; :help tells which there are");
      are_all_good_ = false;
    }
    return true;
  }

  Workspace workspace_;
  bool is_terminal_;
  std::optional<LineEditor> editor_;  // of a terminal
  bool are_all_good_ = true;
};

}  // namespace

ExitCode repl(const std::vector<std::string>& arguments) {
  options::options_description visible("Options");
  const CommandLine line = parse_command_line(arguments, "kilnc repl [FILE.model]",
                                              "Reads expressions, statements and declarations line by line "
                                              "and runs them by the interpreter, with the "
                                              "declarations of a file.\n`:help` tells its commands. If the "
                                              "input is no terminal, a mistake makes the exit code 1.",
                                              visible, {"[file]"});
  if (line.exit) return *line.exit;
  const bool is_terminal = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
  Repl repl(is_terminal);
  if (line.has("file") && !repl.workspace().load(line.get<std::string>("file"))) return ExitCode::mistake;
  if (is_terminal) std::cout << "Kiln " KILN_VERSION ". `:help` tells what can be said here.\n";
  const bool is_good = repl.run();
  return is_good || is_terminal ? ExitCode::success : ExitCode::mistake;
}

}  // namespace kiln::tools
