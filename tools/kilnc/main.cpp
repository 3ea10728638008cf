#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <new>
#include <stdexcept>

#include "verb.h"

namespace kiln::tools {

std::span<const Verb> verbs() {
  static constexpr std::array table = {
      Verb{"build", "compile a .model file to a shared library with C and C++ headers", build},
      Verb{"check", "report mistakes without compiling", check},
      Verb{"run", "call one exported function and print or save its results", run},
      Verb{"test", "run the `test` blocks of a file, interpreted and compiled", test},
      Verb{"bench", "measure one exported function on random inputs", bench},
      Verb{"explain", "show the kernels of one exported function: fusion, FLOPs, bytes, memory", explain},
      Verb{"fmt", "lay files out in the one style", fmt},
      Verb{"doc", "write documentation from `///` comments as HTML or Markdown", doc},
      Verb{"new", "make a project that builds and runs at once", new_project},
      Verb{"repl", "evaluate expressions and declarations line by line", repl},
  };
  return table;
}

namespace {

void print_help(std::FILE* to) {
  std::fprintf(to,
               "usage: kilnc VERB FILE.model [options]\n       kilnc FILE.model [options]      (the same as "
               "build)\n\n");
  for (const Verb& verb : verbs()) std::fprintf(to, "  %-9s %s\n", verb.name, verb.summary);
  std::fprintf(
      to,
      "\n`kilnc VERB --help` tells the options of a verb.\n"
      "Exit codes: 0 success, 1 a mistake in the program or the call, 2 a known limit, 3 a bug in kilnc.\n");
}

}  // namespace

int run_verb(std::vector<std::string> arguments) {
  if (arguments.empty()) {
    print_help(stderr);
    return static_cast<int>(ExitCode::mistake);
  }
  const std::string first = arguments.front();
  if (first == "--help" || first == "-h" || first == "help") {
    print_help(stdout);
    return 0;
  }
  if (first == "--version") {
    std::printf("kilnc %s\n", KILN_VERSION);
    return 0;
  }
  const auto table = verbs();
  const auto verb =
      std::find_if(table.begin(), table.end(), [&](const Verb& row) { return first == row.name; });
  if (verb != table.end()) {
    arguments.erase(arguments.begin());
    return static_cast<int>(verb->run(arguments));
  }
  if (first.ends_with(".model")) return static_cast<int>(build(arguments));
  std::fprintf(stderr, "kilnc: there is no verb `%s`\n\n", first.c_str());
  print_help(stderr);
  return static_cast<int>(ExitCode::mistake);
}

}  // namespace kiln::tools

int main(int count, char** arguments) {
  // A full quota is a failed write with a message, not a signal.
  std::signal(SIGXFSZ, SIG_IGN);
  try {
    return kiln::tools::run_verb({arguments + 1, arguments + count});
  } catch (const std::bad_alloc&) {
    std::fprintf(stderr, "kilnc: there is not enough memory for this\n");
  } catch (const std::length_error&) {
    std::fprintf(stderr, "kilnc: there is not enough memory for this\n");
  }
  return static_cast<int>(kiln::ExitCode::mistake);
}
