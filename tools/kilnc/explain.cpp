#include <iostream>

#include "call_setup.h"
#include "codegen/target.h"
#include "driver/build_library.h"
#include "error_page.h"
#include "machine_limits.h"
#include "measure_kernels.h"
#include "output_file.h"
#include "report/report.h"
#include "verb.h"

namespace kiln::tools {
namespace {

std::string names_of(const std::vector<std::string>& dims) {
  std::string text;
  for (const std::string& dim : dims) text += (text.empty() ? "" : ", ") + dim;
  return text;
}

std::string name_of_target(const std::string& target) {
  return target == "native" ? std::string(codegen::native_target()->name) : target;
}

/// The arguments of the function are needed only to measure it.
std::optional<ExitCode> set_up(const CommandLine& line, CallSetup& setup) {
  if (line.has("measure")) return set_up_call(line, true, setup);
  for (const char* option : {"arg", "threads"})
    if (line.has(option) && !line.values[option].defaulted())
      return report(std::string("--") + option + " is for --measure");
  return set_up_function(line, setup);
}

}  // namespace

ExitCode explain(const std::vector<std::string>& arguments) {
  options::options_description visible("Options");
  add_call_options(visible, 1);
  visible.add_options()("target", options::value<std::string>()->default_value("native"),
                        "native, x86-64-v3 or x86-64-v4")(
      "train-memory", options::value<std::string>(),
      "2GiB: as `kilnc build --train-memory` makes it, for these dims")(
      "html", options::value<std::string>(), "FILE: write a page that needs no network; takes all dims")(
      "json", "print all of it as one JSON object")(
      "measure", "call it and time each kernel; arguments that are not given are drawn")(
      "limits", options::value<std::string>(),
      "270GFLOP/s,12GB/s: what the machine can do; measured if not given");
  if (arguments.size() == 1 && is_error_code(arguments[0])) return print_error_page(arguments[0]);
  const CommandLine line =
      parse_command_line(arguments, "kilnc explain FILE.model FUNCTION [options], or kilnc explain E0312",
                         "Shows the kernels of one exported function in the order in which they run: what "
                         "was fused into each, FLOPs, "
                         "bytes, the\nschedule, what was not fused and why, and the work memory between "
                         "them: as text, as JSON, or as "
                         "a page.",
                         visible, {"file", "function"});
  if (line.exit) return *line.exit;
  const bool is_measured = line.has("measure");
  const std::string target = line.get<std::string>("target");
  if (is_measured && target != "native")
    return report("--measure runs on this machine: it takes --target native");
  if (line.has("html") && line.has("json")) return report("--html and --json are two forms of one thing");
  if (line.has("html") && !has_folder(line.get<std::string>("html"))) return ExitCode::mistake;
  CallSetup setup;
  if (const auto exit = set_up(line, setup)) return *exit;

  driver::LibraryOptions library_options;
  library_options.target = target;
  if (line.has("train-memory")) {
    library_options.train_memory = parse_bytes("--train-memory", line.get<std::string>("train-memory"));
    if (!library_options.train_memory) return ExitCode::mistake;
    library_options.dims = setup.values.dims;
  }
  Diagnostics diagnostics;
  const auto kernels = driver::kernels_of(*setup.function, target, library_options, diagnostics);
  const auto kept = kernels ? driver::kept_for_backward(*setup.function, target, library_options, diagnostics)
                            : std::nullopt;
  print_diagnostics(diagnostics, setup.program.files);
  if (!kernels) return driver::exit_code_of(diagnostics);
  report::Report report = report::make_report(
      {*setup.function, *kernels, kept, setup.program.files, setup.program.root, name_of_target(target)},
      setup.values.dims);
  if (line.has("html") && !report.unknown_dims.empty())
    return tools::report("a page shows numbers: give " + names_of(report.unknown_dims) +
                         " with --dim NAME=N");

  if (line.has("limits") || line.has("html") || line.has("json") || is_measured) {
    const auto limits = line.has("limits") ? parse_limits(line.get<std::string>("limits"), setup.threads)
                                           : measure_limits(target, setup.threads);
    if (!limits) return ExitCode::mistake;
    report::predict(report, *limits);
  }
  if (is_measured)
    if (const auto exit = measure_kernels(setup, library_options, report)) return *exit;
  if (line.has("html"))
    return write_file(line.get<std::string>("html"), write_page(report, setup.program.files));
  std::cout << (line.has("json") ? write_json(report, setup.program.files) : write_text(report));
  return ExitCode::success;
}

}  // namespace kiln::tools
