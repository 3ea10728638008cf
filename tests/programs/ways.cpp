#include "ways.h"

#include <algorithm>
#include <array>

#include "driver/pass_runner.h"
#include "source/render_diagnostic.h"
#include "transform/expand_derivatives.h"
#include "transform/remove_dead.h"

namespace kiln::tests {
namespace {

/// The dims that the shapes of given tensors say.
void bind_dims(const elaborate::Argument& argument, const std::vector<int64_t>& extents,
               std::map<std::string, int64_t>& dims) {
  for (size_t axis = 0; axis < extents.size() && axis < argument.type.shape.size(); ++axis)
    if (const auto symbol = argument.type.shape[axis].bare_symbol()) dims.emplace(*symbol, extents[axis]);
}

graph::Function with_derivatives_expanded(const graph::Function& function) {
  constexpr std::array passes = {driver::Pass{"remove-dead", transform::remove_dead},
                                 driver::Pass{"expand-derivatives", transform::expand_derivatives}};
  return driver::run_passes(passes, function, {});
}

Outcome call(const tools::LoadedLibrary& library, const elaborate::Module& module,
             const elaborate::Function& function, const tools::CallValues& before, int threads,
             bool freeze = false) {
  Outcome outcome{before, ""};
  // What a call gives it must write itself: results start as garbage.
  for (size_t i = 0; i < function.arguments.size(); ++i)
    if (function.arguments[i].direction == elaborate::Direction::out)
      for (graph::Tensor& leaf : outcome.values.arguments[i])
        std::fill(leaf.data.begin(), leaf.data.end(), std::byte{0x5b});
  tools::CompiledCall call(library.api(), module, function, outcome.values, threads);
  outcome.message = call.problem();
  if (!outcome.message.empty()) return outcome;
  if (freeze) outcome.message = call.freeze();
  if (!outcome.message.empty()) return outcome;
  outcome.message = call.run();
  call.fetch();
  return outcome;
}

}  // namespace

std::vector<std::filesystem::path> library_folders() { return {KILN_SOURCE_DIR "/stdlib"}; }

std::string text_of(const Diagnostics& diagnostics, const SourceFiles& files) {
  return render(diagnostics, files, false);
}

Program::Program(const std::filesystem::path& file)
    : front_end_(driver::run_front_end(file, library_folders())) {
  if (!front_end_.module) {
    problem_ = text_of(front_end_.diagnostics, front_end_.files);
    return;
  }
  Diagnostics diagnostics;
  driver::LibraryOptions options;
  options.target = "native";
  library_ = tools::LoadedLibrary::build(module(), options, diagnostics, problem_);
  if (diagnostics.has_errors()) problem_ = text_of(diagnostics, front_end_.files);
}

const elaborate::Function& Program::function_of(const Case& one) const {
  const elaborate::Function* function = tools::find_function(module(), one.function);
  if (!function) throw std::runtime_error("there is no export `" + one.function + "`");
  return *function;
}

std::string Program::arguments_of(const Case& one, tools::CallValues& values) const {
  const elaborate::Function& function = function_of(one);
  tools::CallRequest request;
  request.random_tensors = true;
  request.dims = one.dims;
  std::map<std::string, RecordedTensor> given = one.arguments;
  for (const elaborate::Argument& argument : function.arguments) {
    const auto found = given.find(argument.name);
    if (found == given.end()) continue;
    if (argument.kind == sema::ArgumentKind::rng) {
      request.arguments.emplace_back(argument.name,
                                     std::to_string(static_cast<int64_t>(found->second.values.at(0))));
      given.erase(found);
    } else if (argument.kind == sema::ArgumentKind::tensor) {
      bind_dims(argument, found->second.shape, request.dims);
      request.tensors.emplace(argument.name, to_tensor(found->second, argument.type.element));
    }
  }
  if (std::string problem = tools::make_call_values(module(), function, request, values); !problem.empty())
    return problem;
  for (size_t i = 0; i < function.arguments.size(); ++i) {
    const elaborate::Argument& argument = function.arguments[i];
    if (argument.direction == elaborate::Direction::out) continue;
    if (argument.kind == sema::ArgumentKind::model) {
      const std::vector<sema::Leaf>& leaves = module().models[argument.model].leaves;
      for (size_t leaf = 0; leaf < leaves.size(); ++leaf) {
        const auto found = given.find(argument.name + "." + leaves[leaf].path);
        if (found == given.end()) continue;
        values.arguments[i][leaf] = to_tensor(found->second, leaves[leaf].type.element);
        given.erase(found);
      }
    } else if (argument.kind == sema::ArgumentKind::tensor) {
      const auto found = given.find(argument.name);
      if (found == given.end()) return "`" + argument.name + "` is not given";
      graph::Tensor tensor = to_tensor(found->second, argument.type.element);
      if (tensor.extents != values.arguments[i][0].extents)
        return "`" + argument.name + "` has another shape";
      values.arguments[i][0] = std::move(tensor);
      given.erase(found);
    }
  }
  return given.empty() ? "" : "there is no argument `" + given.begin()->first + "`";
}

Outcome Program::interpret(const Case& one, const tools::CallValues& before) const {
  const elaborate::Function& function = function_of(one);
  const graph::Function expanded = with_derivatives_expanded(function.graph);
  Outcome outcome{before, ""};
  std::vector<graph::Tensor> inputs(expanded.inputs.size());
  for (size_t i = 0; i < function.arguments.size(); ++i)
    for (uint32_t leaf = 0; leaf < function.arguments[i].input_count; ++leaf)
      inputs[function.arguments[i].first_input + leaf] = before.arguments[i][leaf];
  auto result = graph::interpret(expanded, before.dims, inputs);
  if (const auto* failure = std::get_if<graph::RuntimeFailure>(&result)) {
    outcome.message = failure->message;
    return outcome;
  }
  const auto& outputs = std::get<std::vector<graph::Tensor>>(result);
  for (size_t i = 0; i < function.arguments.size(); ++i)
    for (uint32_t leaf = 0; leaf < function.arguments[i].output_count; ++leaf)
      outcome.values.arguments[i][leaf] = outputs[function.arguments[i].first_output + leaf];
  return outcome;
}

Outcome Program::interpret_prepared(const Case& one, const tools::CallValues& before) const {
  Outcome outcome{before, ""};
  outcome.message = tools::call_interpreted(function_of(one), outcome.values);
  return outcome;
}

Outcome Program::call_symbolic(const Case& one, const tools::CallValues& before, int threads,
                               bool freeze) const {
  return call(*library_, module(), function_of(one), before, threads, freeze);
}

bool Program::reads_model(const Case& one) const {
  const std::vector<elaborate::Argument>& arguments = function_of(one).arguments;
  return std::any_of(arguments.begin(), arguments.end(), [](const elaborate::Argument& argument) {
    return argument.kind == sema::ArgumentKind::model && argument.direction == elaborate::Direction::in;
  });
}

Outcome Program::train(const Case& one, const tools::CallValues& before, double& first, double& last) const {
  const elaborate::Function& function = function_of(one);
  Outcome outcome{before, ""};
  tools::CompiledCall call(library_->api(), module(), function, outcome.values, 2);
  outcome.message = call.problem();
  for (int round = 0; round < one.training->rounds && outcome.message.empty(); ++round) {
    outcome.message = call.run();
    for (size_t i = 0; i < function.arguments.size(); ++i) {
      if (function.arguments[i].name != one.training->result) continue;
      last = outcome.values.arguments[i].at(0).at(0).real;
      if (round == 0) first = last;
    }
  }
  return outcome;
}

std::vector<Program::Fixed> Program::call_static(const std::vector<Case>& cases,
                                                 const std::vector<tools::CallValues>& before) const {
  elaborate::Module fixed;
  fixed.name = module().name;
  fixed.models = module().models;
  for (size_t i = 0; i < cases.size(); ++i) {
    std::map<std::string, int64_t> dims = before[i].dims;
    const elaborate::Function& function = function_of(cases[i]);
    for (const elaborate::Argument& argument : function.arguments)
      if (argument.kind == sema::ArgumentKind::dim) dims.erase(argument.dim);  // stays an argument
    fixed.functions.push_back(driver::specialise(function, dims));
    fixed.functions.back().name = "case_" + std::to_string(i);
  }
  Diagnostics diagnostics;
  driver::LibraryOptions options;
  options.target = "x86-64-v3";
  std::string problem;
  const auto library = tools::LoadedLibrary::build(fixed, options, diagnostics, problem);
  std::vector<Fixed> outcomes;
  for (size_t i = 0; i < cases.size(); ++i) {
    const auto outcome = [&](bool freeze) {
      return library
                 ? call(*library, fixed, fixed.functions[i], before[i], 1, freeze)
                 : Outcome{before[i], "cannot build: " + problem + text_of(diagnostics, front_end_.files)};
    };
    outcomes.push_back({outcome(false), std::nullopt});
    if (reads_model(cases[i])) outcomes.back().frozen = outcome(true);
  }
  return outcomes;
}

}  // namespace kiln::tests
