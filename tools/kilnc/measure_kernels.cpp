#include "measure_kernels.h"

#include <algorithm>
#include <chrono>

#include "trace_events.h"

namespace kiln::tools {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto warm_up = std::chrono::milliseconds(150);
constexpr auto least_time = std::chrono::milliseconds(500);
constexpr size_t least_calls = 5, most_calls = 10'000;

double median(std::vector<double>& values) {
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2),
                   values.end());
  return values[values.size() / 2];
}

}  // namespace

std::optional<ExitCode> measure_kernels(CallSetup& setup, driver::LibraryOptions library_options,
                                        report::Report& report) {
  library_options.target = "native";
  ExitCode exit{};
  const auto library = open_library(setup.module(), setup.program.files, library_options, exit);
  if (!library) return exit;
  TraceEvents events;
  CompiledCall call(library->api(), setup.module(), *setup.function, setup.values, setup.threads, &events);
  if (!call.problem().empty()) return tools::report(call.problem());
  for (const auto begin = Clock::now(); Clock::now() - begin < warm_up;)
    if (const std::string problem = call.run(); !problem.empty()) return tools::report(problem);
  std::vector<std::vector<double>> times(report.kernels.size());
  std::vector<double> calls;
  for (const auto begin = Clock::now();
       calls.size() < least_calls || (Clock::now() - begin < least_time && calls.size() < most_calls);) {
    events.clear();
    if (const std::string problem = call.run(); !problem.empty()) return tools::report(problem);
    std::vector<double> sums(times.size());
    for (const auto& [event, thread] : events.all()) {
      const double seconds = 1e-9 * static_cast<double>(event.end - event.begin);
      if (event.kind == KILN_TRACE_CALL) calls.push_back(seconds);
      if (event.kind == KILN_TRACE_KERNEL) sums.at(static_cast<size_t>(event.kernel)) += seconds;
    }
    for (size_t i = 0; i < sums.size(); ++i) times[i].push_back(sums[i]);
  }
  for (size_t i = 0; i < times.size(); ++i) report.kernels[i].measured = median(times[i]);
  report.measurement = {median(calls), static_cast<int>(calls.size()), setup.threads};
  return std::nullopt;
}

}  // namespace kiln::tools
