#include "call_setup.h"

#include <algorithm>
#include <thread>

#include "cache_settings.h"

namespace kiln::tools {

using Strings = std::vector<std::string>;

void add_call_options(options::options_description& visible, int default_threads) {
  const int cores = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  const int threads = default_threads > 0 ? default_threads : cores;
  visible.add_options()(
      "arg", options::value<Strings>()->composing(),
      "NAME=VALUE (a number or nested list), NAME=@FILE.npy, MODEL=@FILE.safetensors; lengths of "
      "rows also as NAME=offsets:VALUE")("dim", options::value<Strings>()->composing(),
                                         "NAME=N, where no argument says it")(
      "seed", options::value<uint64_t>()->default_value(1), "of models, streams and what else is drawn")(
      "threads", options::value<int>()->default_value(threads),
      default_threads > 0 ? "for compiled code" : "for compiled code; all cores if not given");
}

std::optional<ExitCode> set_up_function(const CommandLine& line, CallSetup& setup) {
  setup.program = load_program(line.get<std::string>("file"));
  if (!setup.program.module) return driver::exit_code_of(setup.program.diagnostics);
  const std::string name = line.get<std::string>("function");
  setup.function = find_function(setup.module(), name);
  if (!setup.function)
    return report("there is no exported function `" + name +
                  "`; there are: " + function_names(setup.module()));
  const auto dims = parse_dims(line.has("dim") ? line.get<Strings>("dim") : Strings{});
  if (!dims) return ExitCode::mistake;
  setup.values.dims = *dims;
  setup.threads = line.get<int>("threads");
  if (const std::string problem = unknown_dim(*setup.function, *dims); !problem.empty())
    return report(problem);
  return std::nullopt;
}

std::optional<ExitCode> set_up_call(const CommandLine& line, bool random_tensors, CallSetup& setup) {
  if (const auto exit = set_up_function(line, setup)) return exit;
  const auto pairs = parse_pairs(line.has("arg") ? line.get<Strings>("arg") : Strings{}, "arg");
  if (!pairs) return ExitCode::mistake;
  const CallRequest request{*pairs, setup.values.dims, line.get<uint64_t>("seed"), random_tensors};
  const std::string problem = make_call_values(setup.module(), *setup.function, request, setup.values);
  if (!problem.empty()) return report(problem);
  return std::nullopt;
}

std::unique_ptr<LoadedLibrary> open_library(const elaborate::Module& module, const SourceFiles& files,
                                            driver::LibraryOptions library_options, ExitCode& exit) {
  if (const auto mistake = use_cache(library_options)) {
    exit = *mistake;
    return nullptr;
  }
  library_options.sources = &files;
  Diagnostics diagnostics;
  std::string problem;
  auto library = LoadedLibrary::build(module, library_options, diagnostics, problem);
  print_diagnostics(diagnostics, files);
  if (!library) exit = diagnostics.has_errors() ? driver::exit_code_of(diagnostics) : report(problem);
  return library;
}

}  // namespace kiln::tools
