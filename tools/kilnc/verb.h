#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/internal_check.h"

namespace kiln::tools {

/// One verb of kilnc. `arguments` are those after the verb.
struct Verb {
  const char* name;
  const char* summary;
  ExitCode (*run)(const std::vector<std::string>& arguments);
};

/// All verbs, in the order in which --help lists them.
std::span<const Verb> verbs();

/// The whole of kilnc: finds the verb and runs it; gives the exit code.
int run_verb(std::vector<std::string> arguments);

ExitCode build(const std::vector<std::string>& arguments);
ExitCode check(const std::vector<std::string>& arguments);
ExitCode run(const std::vector<std::string>& arguments);
ExitCode test(const std::vector<std::string>& arguments);
ExitCode bench(const std::vector<std::string>& arguments);
ExitCode explain(const std::vector<std::string>& arguments);
ExitCode fmt(const std::vector<std::string>& arguments);
ExitCode doc(const std::vector<std::string>& arguments);
ExitCode new_project(const std::vector<std::string>& arguments);
ExitCode repl(const std::vector<std::string>& arguments);

}  // namespace kiln::tools
