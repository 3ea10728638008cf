#include "pipeline.h"

#include <array>

#include "call_values.h"
#include "compiled_call.h"
#include "driver/pass_runner.h"
#include "driver/pipeline.h"
#include "elaborate/elaborate.h"
#include "sema/check.h"
#include "small_runs.h"
#include "source/render_diagnostic.h"
#include "targets.h"
#include "transform/expand_derivatives.h"
#include "transform/remove_dead.h"

namespace kiln::fuzz {
namespace {

using Result = std::variant<std::vector<graph::Tensor>, graph::RuntimeFailure>;

/// As little as the interpreter needs: what the passes make is held against it.
graph::Function with_derivatives_expanded(const graph::Function& function) {
  constexpr std::array passes = {driver::Pass{"remove-dead", transform::remove_dead},
                                 driver::Pass{"expand-derivatives", transform::expand_derivatives}};
  return driver::run_passes(passes, function, {});
}

void hold_against(const Result& a, const Result& b, const std::string& what) {
  if (a.index() != b.index())
    finding(what + ": one run failed: " + (a.index() == 1 ? std::get<1>(a).message : std::get<1>(b).message));
  if (a.index() == 0 && !agree(std::get<0>(a), std::get<0>(b))) finding(what + ": the results differ");
}

/// Interprets a function before and after the passes.
void interpret(const elaborate::Function& function, const PipelineOptions& options) {
  const auto dims = small_dims(function.graph, options.seed);
  const graph::Function prepared = driver::prepare(function, {});
  for (const dim::Condition& fact : function.graph.facts)
    if (!fact.evaluate(dims).value_or(false)) return;
  if (!is_small(prepared, dims)) return;
  const auto inputs = small_inputs(function.graph, dims, options.seed);
  const Result after = graph::interpret(prepared, dims, inputs);
  if (!options.compare) return;
  const graph::Function expanded = with_derivatives_expanded(function.graph);
  if (!is_small(expanded, dims)) return;
  hold_against(graph::interpret(expanded, dims, inputs), after, function.name + " after the passes");
}

/// The exported functions as machine code on the same inputs.
void compile(const elaborate::Module& module, const PipelineOptions& options) {
  Diagnostics diagnostics;
  driver::LibraryOptions library_options;
  library_options.target = "native";
  std::string problem;
  const auto library = tools::LoadedLibrary::build(module, library_options, diagnostics, problem);
  if (!library) {
    if (!diagnostics.has_errors()) finding("no library and no diagnostic: " + problem);
    return;
  }
  for (const elaborate::Function& function : module.functions) {
    const auto dims = small_dims(function.graph, options.seed);
    tools::CallRequest request;
    request.random_tensors = true;
    request.dims = dims;
    request.seed = options.seed;
    tools::CallValues values;
    if (!tools::make_call_values(module, function, request, values).empty()) continue;
    const graph::Function prepared = driver::prepare(function, {});
    if (!is_small(prepared, dims)) continue;
    tools::CallValues interpreted = values;
    const std::string interpreted_failure = tools::call_interpreted(function, interpreted);
    tools::CompiledCall call(library->api(), module, function, values, 1);
    if (!call.problem().empty()) finding(function.name + " cannot be called: " + call.problem());
    const std::string failure = call.run();
    if (!options.compare) continue;
    if (failure.empty() != interpreted_failure.empty())
      finding(function.name + " fails one way only: " + failure + interpreted_failure);
    if (!failure.empty()) continue;
    call.fetch();
    for (size_t i = 0; i < function.arguments.size(); ++i)
      if (!agree(values.arguments[i], interpreted.arguments[i]))
        finding(function.name + " compiled: `" + function.arguments[i].name + "` differs");
  }
}

}  // namespace

driver::FrontEnd run_pipeline(std::string text, const PipelineOptions& options) {
  driver::FrontEnd result;
  result.root = result.files.add("fuzzed.model", std::move(text));
  {
    const CurrentPass pass("check");
    result.program =
        sema::check(result.files, result.root, {{KILN_SOURCE_DIR "/stdlib"}}, result.diagnostics);
  }
  if (result.program) {
    const CurrentPass pass("elaborate");
    sema::print(*result.program);
    result.module = elaborate::elaborate(*result.program, result.files, result.diagnostics);
  }
  render(result.diagnostics, result.files, false);
  if (!result.module) {
    if (!result.diagnostics.has_errors()) finding("the front end failed without a diagnostic");
    return result;
  }
  for (const elaborate::Function& function : result.module->functions) interpret(function, options);
  for (const elaborate::Function& test : result.module->tests) interpret(test, options);
  if (options.compile && !result.module->functions.empty()) compile(*result.module, options);
  return result;
}

}  // namespace kiln::fuzz
