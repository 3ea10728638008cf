#include "driver/pass_runner.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/internal_check.h"
#include "graph/text.h"

namespace kiln::driver {

std::string Timings::to_string() const {
  std::vector<std::pair<std::string, std::chrono::nanoseconds>> sums;
  std::chrono::nanoseconds total{0};
  for (const auto& [name, time] : list_) {
    auto found = std::find_if(sums.begin(), sums.end(), [&](const auto& row) { return row.first == name; });
    if (found == sums.end()) {
      sums.emplace_back(name, time);
    } else {
      found->second += time;
    }
    total += time;
  }
  std::string text;
  for (const auto& [name, time] : sums)
    text += fmt::format(
        "{:<28}{:>10.2f} ms{:>7.1f} %\n", name, static_cast<double>(time.count()) * 1e-6,
        total.count() ? 100.0 * static_cast<double>(time.count()) / static_cast<double>(total.count()) : 0.0);
  text += fmt::format("{:<28}{:>10.2f} ms\n", "total", static_cast<double>(total.count()) * 1e-6);
  for (const std::string& note : notes_) text += note + "\n";
  return text;
}

graph::Function run_passes(std::span<const Pass> passes, graph::Function function,
                           const PassOptions& options) {
  const auto verify = [&](const char* when) {
    if (!options.verify) return;
    const auto problem = graph::verify(function);
    if (problem)
      internal_error("the graph of `" + function.name + "` is broken after " + when + ": " + *problem);
  };
  verify("elaborate");
  for (const Pass& pass : passes) {
    const CurrentPass current(pass.name);
    function = timed(pass.name, options.timings, [&] { return pass.run(function); });
    verify(pass.name);
    if (options.print && (options.print_after == pass.name || options.print_after == "all"))
      options.print(fmt::format("// after {}\n{}", pass.name, graph::print(function)));
  }
  return function;
}

}  // namespace kiln::driver
