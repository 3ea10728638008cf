#include "driver/train_memory.h"

#include <fmt/format.h>

#include <algorithm>

#include "graph/text.h"
#include "source/diagnostic_table.h"
#include "transform/improve_loops.h"
#include "transform/remove_dead.h"
#include "transform/train_memory_forms.h"

namespace kiln::driver {

namespace {

void report_unknown(const std::set<std::string>& dims, Span place, Diagnostics& diagnostics) {
  std::string names, options;
  for (const std::string& dim : dims) {
    names += (names.empty() ? "`" : ", `") + dim + "`";
    options += (options.empty() ? "--dim " : " --dim ") + dim + "=…";
  }
  Diagnostic& diagnostic = diagnostics.add(
      diagnostics::train_memory, place,
      "the work memory of a function with this derivative depends on dims that are not known");
  diagnostic.label = names;
  diagnostic.help = "say for which sizes the memory is to suffice: `" + options + "`";
}

void report_least(const std::string& name, int64_t least, int64_t bytes, Span place,
                  Diagnostics& diagnostics) {
  Diagnostic& diagnostic = diagnostics.add(
      diagnostics::train_memory, place,
      fmt::format("`{}` with this derivative needs at least {} bytes of work memory", name, least));
  diagnostic.label = fmt::format("`--train-memory` allows {}", bytes);
  diagnostic.help = fmt::format(
      "allow {} bytes, take smaller dims, or put `checkpoint` around parts of the block or in the heads of "
      "its "
      "loops",
      least);
}

}  // namespace

bool fit_train_memory(elaborate::Function& function, int64_t bytes,
                      const std::function<std::optional<PeakMemory>(const elaborate::Function&)>& peak_of,
                      Diagnostics& diagnostics) {
  const std::optional<Span> place = transform::first_reverse_derivative(function.graph);
  if (!place) return true;
  // What nobody reads is not made, so it keeps nothing.
  const graph::Function given = transform::improve_loops(transform::remove_dead(function.graph));
  std::set<std::string> tried;  // the text of forms: a dearer byte often changes nothing
  std::optional<int64_t> least;
  for (const transform::TrainMemoryForm& form : transform::train_memory_forms()) {
    elaborate::Function candidate = function;
    candidate.graph = transform::in_form(given, form);
    if (!tried.insert(graph::print(candidate.graph)).second) continue;
    const std::optional<PeakMemory> peak = peak_of(candidate);
    if (!peak) return false;
    if (!peak->unknown.empty()) {
      report_unknown(peak->unknown, *place, diagnostics);
      return false;
    }
    if (peak->bytes <= bytes) {
      function = std::move(candidate);
      return true;
    }
    least = std::min(least.value_or(peak->bytes), peak->bytes);
  }
  report_least(function.name, *least, bytes, *place, diagnostics);
  return false;
}

}  // namespace kiln::driver
