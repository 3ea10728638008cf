#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <iostream>
#include <nlohmann/json.hpp>

#include "call_values.h"
#include "command_line.h"
#include "compiled_call.h"
#include "verb.h"

namespace kiln::tools {
namespace {

using Clock = std::chrono::steady_clock;

double milliseconds_of(Clock::duration time) {
  return std::chrono::duration<double, std::milli>(time).count();
}

/// Times of single calls in ms, sorted: a quarter of a second of warm-up, then at least 0.8 s and 10 calls.
std::vector<double> measure(CompiledCall& call, std::string& problem) {
  constexpr auto warm_up = std::chrono::milliseconds(250);
  constexpr auto least = std::chrono::milliseconds(800);
  for (const auto start = Clock::now(); Clock::now() - start < warm_up;)
    if (problem = call.run(); !problem.empty()) return {};
  std::vector<double> times;
  for (const auto start = Clock::now(); times.size() < 10 || Clock::now() - start < least;) {
    const auto before = Clock::now();
    if (problem = call.run(); !problem.empty()) return {};
    times.push_back(milliseconds_of(Clock::now() - before));
  }
  std::sort(times.begin(), times.end());
  return times;
}

}  // namespace

ExitCode bench(const std::vector<std::string>& arguments) {
  using Strings = std::vector<std::string>;
  options::options_description visible("Options");
  visible.add_options()("dim", options::value<Strings>()->composing(),
                        "NAME=N, for each dim that no argument says")(
      "arg", options::value<Strings>()->composing(),
      "as for `kilnc run`; tensors that are not given are drawn")(
      "seed", options::value<uint64_t>()->default_value(1), "of what is drawn")(
      "threads", options::value<int>()->default_value(1), "")("json", "print the figures as one JSON object")(
      "static", "compile the dims in as constants");
  const CommandLine line =
      parse_command_line(arguments, "kilnc bench FILE.model FUNCTION [options]",
                         "Measures one exported function on random inputs.", visible, {"file", "function"});
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
  request.random_tensors = true;
  CallValues values;
  if (const std::string problem = make_call_values(module, *function, request, values); !problem.empty())
    return report(problem);

  Diagnostics diagnostics;
  std::string problem;
  driver::LibraryOptions library_options;
  library_options.target = "native";
  if (line.has("static")) library_options.dims = values.dims;
  const auto library = LoadedLibrary::build(module, library_options, diagnostics, problem);
  print_diagnostics(diagnostics, program.files);
  if (!library) return diagnostics.has_errors() ? driver::exit_code_of(diagnostics) : report(problem);
  CompiledCall call(library->api(), module, *function, values, line.get<int>("threads"));
  if (!call.problem().empty()) return report(call.problem());
  const std::vector<double> times = measure(call, problem);
  if (!problem.empty()) return report(problem);

  double flops = 0;
  double bytes = 0;
  const auto kernels = driver::kernels_of(*function, "native", library_options, diagnostics);
  for (const kernel::Kernel& kernel : kernels->kernels) {
    flops += static_cast<double>(kernel.explanation.flops.evaluate(values.dims).value_or(0));
    bytes += static_cast<double>(kernel.explanation.bytes.evaluate(values.dims).value_or(0));
  }
  const double median = times[times.size() / 2];
  const double p90 = times[times.size() * 9 / 10];
  if (line.has("json")) {
    const nlohmann::ordered_json figures = {{"function", name},
                                            {"dims", values.dims},
                                            {"threads", line.get<int>("threads")},
                                            {"calls", times.size()},
                                            {"median_ms", median},
                                            {"min_ms", times.front()},
                                            {"p90_ms", p90},
                                            {"gflops", flops / median * 1e-6},
                                            {"gbytes_per_s", bytes / median * 1e-6},
                                            {"workspace_bytes", call.workspace_bytes()}};
    std::cout << figures.dump() << "\n";
    return ExitCode::success;
  }
  std::cout << fmt::format("{}", name);
  for (const auto& [dim, value] : values.dims) std::cout << fmt::format(" {}={}", dim, value);
  std::cout << fmt::format(
      ": median {:.4f} ms, min {:.4f}, p90 {:.4f} ({} calls, {} thread{})\n  {:.2f} GFLOP/s, {:.2f} GB/s "
      "between kernels, "
      "workspace {} bytes\n",
      median, times.front(), p90, times.size(), line.get<int>("threads"),
      line.get<int>("threads") == 1 ? "" : "s", flops / median * 1e-6, bytes / median * 1e-6,
      call.workspace_bytes());
  return ExitCode::success;
}

}  // namespace kiln::tools
