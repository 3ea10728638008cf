#pragma once

#include <chrono>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "graph/graph.h"

namespace kiln::driver {

/// One row of a pipeline: a pass over graphs and its name for --print-after and --time-passes.
struct Pass {
  const char* name;
  graph::Function (*run)(const graph::Function&);
};

/// How long each stage took, in order; repeated names are added up when shown.
class Timings {
 public:
  void add(std::string name, std::chrono::nanoseconds time) { list_.emplace_back(std::move(name), time); }
  /// What else explains the times: a line below the table.
  void note(std::string text) { notes_.push_back(std::move(text)); }
  /// A table: name, milliseconds, share. Then the notes.
  std::string to_string() const;

 private:
  std::vector<std::pair<std::string, std::chrono::nanoseconds>> list_;
  std::vector<std::string> notes_;
};

struct PassOptions {
  bool verify = true;
  std::string print_after;                        // name of a pass, or "all"
  std::function<void(const std::string&)> print;  // where dumps go
  Timings* timings = nullptr;
};

/// Runs the passes in order. It, not the passes, verifies, times and prints, and names the guilty pass.
graph::Function run_passes(std::span<const Pass> passes, graph::Function function,
                           const PassOptions& options);

/// Runs and times one stage that is not a pass over graphs.
template <class Stage>
auto timed(const char* name, Timings* timings, Stage stage) {
  const auto start = std::chrono::steady_clock::now();
  auto result = stage();
  if (timings) timings->add(name, std::chrono::steady_clock::now() - start);
  return result;
}

}  // namespace kiln::driver
