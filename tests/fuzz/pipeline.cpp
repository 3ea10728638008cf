#include "pipeline.h"

#include <array>

#include "call_values.h"
#include "compiled_call.h"
#include "driver/build_library.h"
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
  const graph::Function prepared = driver::prepare(function, {});
  const auto call = small_call(function.graph, options.seed);
  if (!call || !is_small(prepared, call->dims)) return;
  const Result after = graph::interpret(prepared, call->dims, call->inputs);
  if (!options.compare) return;
  const graph::Function expanded = with_derivatives_expanded(function.graph);
  if (!is_small(expanded, call->dims)) return;
  hold_against(graph::interpret(expanded, call->dims, call->inputs), after,
               function.name + " after the passes");
}

/// The values that were interpreted; models and what else is no tensor are drawn.
tools::CallRequest request_of(const elaborate::Function& function, const SmallCall& small, uint64_t seed) {
  tools::CallRequest request;
  request.random_tensors = true;
  request.seed = seed;
  request.dims = small.dims;
  for (const graph::DerivedDim& derived : function.graph.derived) request.dims.erase(derived.dim);
  for (const elaborate::Argument& argument : function.arguments)
    if (argument.kind == sema::ArgumentKind::tensor && argument.input_count == 1)
      request.tensors.emplace(argument.name, small.inputs[argument.first_input]);
  return request;
}

/// All kernels of all functions, for one of the targets, without machine code.
void schedule(const elaborate::Module& module, uint64_t seed) {
  Diagnostics diagnostics;
  driver::LibraryOptions library_options;
  library_options.target = seed % 2 == 0 ? "x86-64-v3" : "x86-64-v4";
  driver::emit_text(module, driver::Emit::kernels, library_options, diagnostics);
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
    const auto small = small_call(function.graph, options.seed);
    if (!small) continue;
    const tools::CallRequest request = request_of(function, *small, options.seed);
    tools::CallValues values;
    if (!tools::make_call_values(module, function, request, values).empty()) continue;
    if (!is_small(driver::prepare(function, {}), values.dims)) continue;
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
        sema::check(result.files, result.root,
                    {{KILN_SOURCE_DIR "/tests/fuzz/library", KILN_SOURCE_DIR "/stdlib"}}, result.diagnostics);
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
  for (const elaborate::Function& property : result.module->properties) interpret(property, options);
  if (options.schedule) schedule(*result.module, options.seed);
  if (options.compile && !result.module->functions.empty()) compile(*result.module, options);
  return result;
}

}  // namespace kiln::fuzz
