#include <algorithm>
#include <filesystem>
#include <iostream>

#include "call_setup.h"
#include "chrome_trace.h"
#include "npy_file.h"
#include "output_file.h"
#include "safetensors_file.h"
#include "tensor_text.h"
#include "verb.h"
#include "workspace.h"

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

namespace {

/// What the calls told, with what there is to know of the kernels.
ExitCode write_trace(const std::string& path, const TraceEvents& events, const CallSetup& setup,
                     const driver::LibraryOptions& library_options) {
  Diagnostics diagnostics;
  const auto kernels =
      driver::kernels_of(*setup.function, library_options.target, library_options, diagnostics);
  internal_check(kernels.has_value(), "a function that ran has no kernels");
  const report::Report report =
      report::make_report({*setup.function, *kernels, std::nullopt, setup.program.files, setup.program.root,
                           library_options.target},
                          setup.values.dims);
  return write_file(path, chrome_trace(events.all(), report, setup.program.files));
}

}  // namespace

/// `kilnc run -e EXPRESSION [FILE.model]`.
static ExitCode run_expression(const std::vector<std::string>& arguments,
                               const options::options_description& visible, const char* usage) {
  const CommandLine line = parse_command_line(arguments, usage, "", visible, {"[file]"});
  if (line.exit) return *line.exit;
  Workspace workspace;
  if (line.has("file") && !workspace.load(line.get<std::string>("file"))) return ExitCode::mistake;
  const std::string expression = line.get<std::string>("eval");
  if (kind_of_input(expression) != InputKind::expression) return report("-e takes an expression");
  ExitCode exit = ExitCode::success;
  const auto value = workspace.evaluate(expression, false, exit);
  if (value) std::cout << value->to_string() << "\n";
  return exit;
}

ExitCode run(const std::vector<std::string>& arguments) {
  options::options_description visible("Options");
  add_call_options(visible);
  visible.add_options()("out", options::value<std::string>(),
                        "write each result as NAME.npy, each changed model as NAME.safetensors, here")(
      "interpret", "run by the reference interpreter instead of compiled code")(
      "freeze", "freeze the models that the calls only read, before the first one")(
      "repeat", options::value<int>()->default_value(1),
      "call it N times, each on what the call before changed")(
      "trace", options::value<std::string>(),
      "FILE.json: write when each kernel ran on which thread, for ui.perfetto.dev")(
      "eval,e", options::value<std::string>(),
      "an expression instead of a function: prints its value and type, found by the reference interpreter "
      "with the "
      "declarations of the file, if there is one");
  constexpr const char* usage =
      "kilnc run FILE.model FUNCTION [options]\n       kilnc run -e EXPRESSION [FILE.model]";
  const bool is_expression = std::any_of(arguments.begin(), arguments.end(), [](const std::string& argument) {
    return argument == "-e" || argument == "--eval" || argument.starts_with("--eval=");
  });
  const bool asks_for_help = std::any_of(arguments.begin(), arguments.end(), [](const std::string& argument) {
    return argument == "--help" || argument == "-h";
  });
  if (is_expression && !asks_for_help) return run_expression(arguments, visible, usage);
  const CommandLine line = parse_command_line(
      arguments, usage,
      "Calls one exported function and prints or saves its results, or evaluates an expression.", visible,
      {"file", "function"});
  if (line.exit) return *line.exit;
  CallSetup setup;
  if (const auto exit = set_up_call(line, false, setup)) return *exit;
  const int repeat = line.get<int>("repeat");
  if (repeat < 1) return report("--repeat takes a number from 1");
  const bool is_traced = line.has("trace");
  if (is_traced && line.has("interpret")) return report("--trace is of compiled code, not of --interpret");
  if (line.has("freeze") && line.has("interpret"))
    return report("--freeze is of compiled code, not of --interpret");
  if (is_traced && !has_folder(line.get<std::string>("trace"))) return ExitCode::mistake;
  const std::string folder = line.has("out") ? line.get<std::string>("out") : "";
  if (line.has("out")) {
    std::error_code failure;
    fs::create_directories(folder, failure);
    if (!fs::is_directory(folder, failure)) return report("cannot make the folder `" + folder + "`");
  }

  if (line.has("interpret")) {
    for (int i = 0; i < repeat; ++i)
      if (const std::string problem = call_interpreted(*setup.function, setup.values); !problem.empty())
        return report(problem);
  } else {
    driver::LibraryOptions library_options;
    library_options.target = "native";
    ExitCode exit{};
    const auto library = open_library(setup.module(), setup.program.files, library_options, exit);
    if (!library) return exit;
    TraceEvents events;
    CompiledCall call(library->api(), setup.module(), *setup.function, setup.values, setup.threads,
                      is_traced ? &events : nullptr);
    if (!call.problem().empty()) return report(call.problem());
    if (line.has("freeze"))
      if (const std::string problem = call.freeze(); !problem.empty()) return report(problem);
    for (int i = 0; i < repeat; ++i)
      if (const std::string problem = call.run(); !problem.empty()) return report(problem);
    call.fetch();
    if (is_traced)
      if (const ExitCode failed = write_trace(line.get<std::string>("trace"), events, setup, library_options);
          failed != ExitCode::success)
        return failed;
  }

  const std::string problem =
      show(setup.module(), *setup.function, setup.values, folder.empty() ? nullptr : &folder);
  return problem.empty() ? ExitCode::success : report(problem);
}

}  // namespace kiln::tools
