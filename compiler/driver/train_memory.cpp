#include "driver/train_memory.h"

#include <fmt/format.h>

#include "source/diagnostic_table.h"
#include "transform/fit_train_memory.h"
#include "transform/improve_loops.h"
#include "transform/remove_dead.h"

namespace kiln::driver {

bool fit_train_memory(elaborate::Function& function, int64_t bytes, Diagnostics& diagnostics) {
  // What nobody reads is not made, so it keeps nothing.
  const graph::Function graph = transform::improve_loops(transform::remove_dead(function.graph));
  std::vector<transform::TrainMemoryProblem> problems;
  graph::Function fitting = transform::fit_train_memory(graph, bytes, problems);
  for (const transform::TrainMemoryProblem& problem : problems) {
    if (problem.unknown.empty()) {
      Diagnostic& diagnostic = diagnostics.add(
          diagnostics::train_memory, problem.span,
          fmt::format("this derivative keeps at least {} bytes until the way back", problem.least));
      diagnostic.label = fmt::format("`--train-memory` allows {}", bytes);
      diagnostic.help = fmt::format(
          "allow {} bytes, take smaller dims, or put `checkpoint` around parts of the block or in the heads "
          "of "
          "its loops",
          problem.least);
      continue;
    }
    std::string names, options;
    for (const std::string& dim : problem.unknown) {
      names += (names.empty() ? "`" : ", `") + dim + "`";
      options += (options.empty() ? "--dim " : " --dim ") + dim + "=…";
    }
    Diagnostic& diagnostic = diagnostics.add(diagnostics::train_memory, problem.span,
                                             "what this derivative keeps depends on dims that are not known");
    diagnostic.label = names;
    diagnostic.help = "say for which sizes the memory is to suffice: `" + options + "`";
  }
  if (!problems.empty()) return false;
  function.graph = std::move(fitting);
  return true;
}

}  // namespace kiln::driver
