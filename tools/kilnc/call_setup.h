#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "call_values.h"
#include "command_line.h"
#include "compiled_call.h"

namespace kiln::tools {

/// What the verbs that call an exported function share: its options, the program, the values of the
/// arguments.
struct CallSetup {
  driver::FrontEnd program;
  const elaborate::Function* function = nullptr;
  CallValues values;
  int threads = 1;

  const elaborate::Module& module() const { return *program.module; }
};

/// --arg, --dim, --seed, --threads, which is all cores if no default is given.
void add_call_options(options::options_description& visible, int default_threads = 0);

/// The program, the function and the dims alone, from a command line with `file` and `function`. The verb's
/// exit code, if something is wrong; it has been reported.
std::optional<ExitCode> set_up_function(const CommandLine& line, CallSetup& setup);

/// From a command line with `file` and `function`. The verb's exit code, if something is wrong; it has been
/// reported.
std::optional<ExitCode> set_up_call(const CommandLine& line, bool random_tensors, CallSetup& setup);

/// The module as a library of this machine, open. Null, with `exit` set, if that failed; it has been
/// reported.
std::unique_ptr<LoadedLibrary> open_library(const elaborate::Module& module, const SourceFiles& files,
                                            driver::LibraryOptions library_options, ExitCode& exit);

}  // namespace kiln::tools
