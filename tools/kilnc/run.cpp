#include <filesystem>
#include <iostream>
#include <thread>

#include "call_values.h"
#include "command_line.h"
#include "compiled_call.h"
#include "npy_file.h"
#include "safetensors_file.h"
#include "tensor_text.h"
#include "verb.h"

namespace kiln::tools {
namespace {

namespace fs = std::filesystem;
using elaborate::Direction;
using sema::ArgumentKind;

/// Prints what the call changed and gave, or writes it to a folder.
std::string show(const elaborate::Module& module, const elaborate::Function& function,
                 const CallValues& values, const std::string* folder) {
  for (size_t i = 0; i < function.arguments.size(); ++i) {
    const elaborate::Argument& argument = function.arguments[i];
    if (argument.direction == Direction::in) continue;
    const std::vector<graph::Tensor>& leaves = values.arguments[i];
    std::string problem;
    if (argument.kind == ArgumentKind::model) {
      if (folder)
        problem = write_safetensors(*folder + "/" + argument.name + ".safetensors",
                                    module.models[argument.model], leaves);
    } else if (folder) {
      problem = write_npy(*folder + "/" + argument.name + ".npy", leaves[0]);
    } else {
      std::cout << argument.name << ": " << argument.source_type << " = " << tensor_text(leaves[0]) << "\n";
    }
    if (!problem.empty()) return problem;
  }
  return "";
}

}  // namespace

ExitCode run(const std::vector<std::string>& arguments) {
  using Strings = std::vector<std::string>;
  options::options_description visible("Options");
  visible.add_options()("arg", options::value<Strings>()->composing(),
                        "NAME=VALUE (a number or nested list), NAME=@FILE.npy, MODEL=@FILE.safetensors")(
      "dim", options::value<Strings>()->composing(), "NAME=N, where no argument says it")(
      "seed", options::value<uint64_t>()->default_value(1), "for models and streams that are not given")(
      "out", options::value<std::string>(),
      "write each result as NAME.npy, each changed model as NAME.safetensors, here")(
      "interpret", "run by the reference interpreter instead of compiled code")(
      "threads",
      options::value<int>()->default_value(
          static_cast<int>(std::max(1u, std::thread::hardware_concurrency()))),
      "for compiled code; all cores if not given")("repeat", options::value<int>()->default_value(1),
                                                   "call it N times, each on what the call before changed");
  const CommandLine line = parse_command_line(arguments, "kilnc run FILE.model FUNCTION [options]",
                                              "Calls one exported function and prints or saves its results.",
                                              visible, {"file", "function"});
  if (line.exit) return *line.exit;
  const driver::FrontEnd program = load_program(line.get<std::string>("file"));
  if (!program.module) return driver::exit_code_of(program.diagnostics);
  const elaborate::Module& module = *program.module;
  const std::string name = line.get<std::string>("function");
  const elaborate::Function* function = find_function(module, name);
  if (!function)
    return report("there is no exported function `" + name + "`; there are: " + function_names(module));

  CallRequest request;
  const auto pairs = parse_pairs(line.has("arg") ? line.get<Strings>("arg") : Strings{}, "arg");
  const auto dims = parse_dims(line.has("dim") ? line.get<Strings>("dim") : Strings{});
  if (!pairs || !dims) return ExitCode::mistake;
  request.arguments = *pairs;
  request.dims = *dims;
  request.seed = line.get<uint64_t>("seed");
  CallValues values;
  if (const std::string problem = make_call_values(module, *function, request, values); !problem.empty())
    return report(problem);
  const int repeat = line.get<int>("repeat");
  if (repeat < 1) return report("--repeat takes a number from 1");
  const std::string folder = line.has("out") ? line.get<std::string>("out") : "";
  if (line.has("out")) {
    std::error_code failure;
    fs::create_directories(folder, failure);
    if (!fs::is_directory(folder, failure)) return report("cannot make the folder `" + folder + "`");
  }

  if (line.has("interpret")) {
    for (int i = 0; i < repeat; ++i)
      if (const std::string problem = call_interpreted(*function, values); !problem.empty())
        return report(problem);
  } else {
    Diagnostics diagnostics;
    std::string problem;
    driver::LibraryOptions library_options;
    library_options.target = "native";
    const auto library = LoadedLibrary::build(module, library_options, diagnostics, problem);
    print_diagnostics(diagnostics, program.files);
    if (!library) return diagnostics.has_errors() ? driver::exit_code_of(diagnostics) : report(problem);
    CompiledCall call(library->api(), module, *function, values, line.get<int>("threads"));
    if (!call.problem().empty()) return report(call.problem());
    for (int i = 0; i < repeat; ++i)
      if (problem = call.run(); !problem.empty()) return report(problem);
    call.fetch();
  }

  const std::string problem = show(module, *function, values, folder.empty() ? nullptr : &folder);
  return problem.empty() ? ExitCode::success : report(problem);
}

}  // namespace kiln::tools
