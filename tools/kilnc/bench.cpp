#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <iostream>
#include <nlohmann/json.hpp>

#include "call_setup.h"
#include "kernel/explain.h"
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
  options::options_description visible("Options");
  add_call_options(visible);
  visible.add_options()("json", "print the figures as one JSON object")("static",
                                                                        "compile the dims in as constants")(
      "freeze", "freeze the models that the calls only read, before the first one")(
      "train-memory", options::value<std::string>(),
      "2GiB: as `kilnc build --train-memory` makes it, for these dims");
  const CommandLine line = parse_command_line(
      arguments, "kilnc bench FILE.model FUNCTION [options]",
      "Measures one exported function; tensors that are not given are drawn.", visible, {"file", "function"});
  if (line.exit) return *line.exit;
  CallSetup setup;
  if (const auto exit = set_up_call(line, true, setup)) return *exit;

  driver::LibraryOptions library_options;
  library_options.target = "native";
  if (line.has("static") || line.has("train-memory")) library_options.dims = setup.values.dims;
  if (line.has("train-memory")) {
    library_options.train_memory = parse_bytes("--train-memory", line.get<std::string>("train-memory"));
    if (!library_options.train_memory) return ExitCode::mistake;
  }
  ExitCode exit{};
  const auto library = open_library(setup.module(), setup.program.files, library_options, exit);
  if (!library) return exit;
  CompiledCall call(library->api(), setup.module(), *setup.function, setup.values, setup.threads);
  if (!call.problem().empty()) return report(call.problem());
  std::string problem = line.has("freeze") ? call.freeze() : "";
  if (!problem.empty()) return report(problem);
  const std::vector<double> times = measure(call, problem);
  if (!problem.empty()) return report(problem);

  double flops = 0;
  double bytes = 0;
  Diagnostics diagnostics;
  const auto kernels = driver::kernels_of(*setup.function, "native", library_options, diagnostics);
  for (uint32_t i = 0; i < kernels->kernels.size(); ++i) {
    const auto amount = [&](const dim::Dim& of_kernel) {
      return static_cast<double>(
          kernel::in_all_rounds(*kernels, i, of_kernel).evaluate(setup.values.dims).value_or(0));
    };
    flops += amount(kernels->kernels[i].explanation.flops);
    bytes += amount(kernels->kernels[i].explanation.bytes);
  }
  const double median = times[times.size() / 2];
  const double p90 = times[times.size() * 9 / 10];
  if (line.has("json")) {
    const nlohmann::ordered_json figures = {{"function", setup.function->name},
                                            {"dims", setup.values.dims},
                                            {"threads", setup.threads},
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
  std::cout << setup.function->name;
  for (const auto& [dim, value] : setup.values.dims) std::cout << fmt::format(" {}={}", dim, value);
  std::cout << fmt::format(
      ": median {:.4f} ms, min {:.4f}, p90 {:.4f} ({} calls, {} thread{})\n  {:.2f} GFLOP/s, {:.2f} GB/s "
      "between kernels, "
      "workspace {} bytes\n",
      median, times.front(), p90, times.size(), setup.threads, setup.threads == 1 ? "" : "s",
      flops / median * 1e-6, bytes / median * 1e-6, call.workspace_bytes());
  return ExitCode::success;
}

}  // namespace kiln::tools
