#include "elaborate/elaborate.h"

#include "base/internal_check.h"
#include "elaborate/elaborator.h"
#include "graph/loop_limits.h"
#include "source/diagnostic_table.h"

namespace kiln::elaborate {
namespace {

uint32_t model_number(const Module& module, const std::string& name) {
  for (uint32_t i = 0; i < module.models.size(); ++i)
    if (module.models[i].name == name) return i;
  internal_error("elaborate: the exported model `" + name + "` does not exist");
}

Argument argument_of(const sema::ExportedArgument& source, const sema::ValueType& type,
                     const Module& module) {
  Argument argument;
  argument.name = source.name;
  argument.documentation = source.documentation;
  argument.kind = source.kind;
  argument.direction = source.is_inout ? Direction::inout : Direction::in;
  argument.dim = source.dim;
  argument.source_type = source.source_type;
  if (source.kind == sema::ArgumentKind::model) {
    argument.model = model_number(module, source.model);
  } else if (source.kind != sema::ArgumentKind::dim) {
    const sema::TensorType& leaf = type.leaves[source.first_leaf].type;
    argument.type = {leaf.element, leaf.shape};
  }
  return argument;
}

void report_endless_loops(const Function& function, Diagnostics& diagnostics) {
  for (const Span place : graph::endless_loops(function.graph)) {
    Diagnostic& diagnostic =
        diagnostics.add(diagnostics::endless_realtime, place, "nothing says that this loop ends");
    diagnostic.labels.push_back({function.span, "`@realtime` promises that a call ends"});
    diagnostic.help = "say how many rounds there are at most: `max N` behind the condition";
  }
}

Function elaborate_export(const sema::ExportedFunction& exported, const Module& module,
                          const SourceFiles& files, Diagnostics& diagnostics,
                          const sema::TypedProgram& program) {
  const sema::TypedFunction& body = *exported.function;
  Function function;
  function.name = exported.name;
  function.documentation = exported.documentation;
  function.span = exported.span;
  function.annotations = exported.annotations;
  Elaborator elaborator(files, diagnostics, exported.name, exported.dims, exported.where, program);

  std::vector<Leaves> values = elaborator.add_inputs(body);
  std::vector<uint32_t> first_input(body.parameters.size());
  uint32_t inputs = 0;
  for (size_t i = 0; i < body.parameters.size(); ++i) {
    first_input[i] = inputs;
    inputs += static_cast<uint32_t>(values[i].size());
  }
  std::vector<uint32_t> first_output(body.parameters.size());
  uint32_t outputs = 0;
  for (size_t i = 0; i < body.parameters.size(); ++i) {
    first_output[i] = outputs;
    if (body.parameters[i].is_inout) outputs += static_cast<uint32_t>(values[i].size());
  }
  for (const sema::ExportedArgument& source : exported.arguments) {
    const bool is_dim = source.kind == sema::ArgumentKind::dim;
    Argument argument = argument_of(
        source, is_dim ? sema::ValueType{} : body.slots[body.parameters[source.parameter].slot].type, module);
    if (!is_dim) {
      argument.first_input = first_input[source.parameter] + source.first_leaf;
      argument.input_count = source.leaf_count;
      argument.first_output = first_output[source.parameter] + source.first_leaf;
      argument.output_count = source.is_inout ? source.leaf_count : 0;
    }
    function.arguments.push_back(std::move(argument));
  }

  const Leaves results = elaborator.run(body, std::move(values));
  if (diagnostics.has_errors()) return function;
  internal_check(results.size() == outputs + body.result_type.leaves.size(),
                 "elaborate: a wrong number of results");
  size_t next = 0;
  for (const sema::TypedParameter& parameter : body.parameters) {
    if (!parameter.is_inout) continue;
    const sema::SlotInfo& info = body.slots[parameter.slot];
    for (const sema::Leaf& leaf : info.type.leaves)
      elaborator.add_output(results[next++], leaf.path.empty() ? info.name : info.name + "." + leaf.path,
                            leaf.type.shape);
  }
  for (const sema::ExportedResult& source : exported.results) {
    Argument argument;
    argument.name = source.name;
    argument.documentation = source.documentation;
    argument.direction = Direction::out;
    argument.source_type = source.source_type;
    argument.kind = source.kind;
    if (source.kind == sema::ArgumentKind::model) {
      argument.model = model_number(module, source.model);
    } else {
      const sema::TensorType& leaf = body.result_type.leaves[source.leaf].type;
      argument.type = {leaf.element, leaf.shape};
    }
    argument.first_output = outputs + source.leaf;
    argument.output_count = source.leaf_count;
    for (uint32_t i = 0; i < source.leaf_count; ++i) {
      const std::string& path = body.result_type.leaves[source.leaf + i].path;
      const bool is_whole = source.kind != sema::ArgumentKind::model;
      elaborator.add_output(results[outputs + source.leaf + i],
                            is_whole ? source.name : source.name + "." + path,
                            body.result_type.leaves[source.leaf + i].type.shape);
    }
    function.arguments.push_back(std::move(argument));
  }
  function.graph = elaborator.finish();
  function.calls = elaborator.calls();
  if (function.annotations.contains("realtime")) report_endless_loops(function, diagnostics);
  // Tensors as they are stored: ragged ones are packed.
  for (Argument& argument : function.arguments) {
    if (argument.kind == sema::ArgumentKind::model || argument.kind == sema::ArgumentKind::dim) continue;
    argument.type =
        function.graph.type_of(argument.input_count > 0 ? function.graph.inputs[argument.first_input]
                                                        : function.graph.outputs[argument.first_output]);
  }
  return function;
}

/// (rng: u64[2]) -> the leaves of the model.
Function elaborate_initialiser(const sema::ExportedModel& exported, const SourceFiles& files,
                               Diagnostics& diagnostics, const sema::TypedProgram& program) {
  const sema::ModelInstance& model = *exported.model;
  Function function;
  function.name = exported.name + ".init";
  Elaborator elaborator(files, diagnostics, function.name, {}, {}, program);

  const sema::ValueType rng_type{{{"", sema::LeafRole::plain, {ElementType::u64, {dim::Dim(2)}}}}, true};
  Argument rng;
  rng.name = "rng";
  rng.kind = sema::ArgumentKind::rng;
  rng.type = {ElementType::u64, {dim::Dim(2)}};
  rng.source_type = "Rng";
  rng.input_count = 1;
  function.arguments.push_back(rng);
  const Leaves leaves = elaborator.initialise(model, elaborator.add_input("rng", rng_type)[0]);
  if (diagnostics.has_errors()) return function;
  for (uint32_t i = 0; i < leaves.size(); ++i) {
    const sema::Leaf& leaf = model.type.leaves[i];
    Argument result;
    result.name = leaf.path;
    result.direction = Direction::out;
    result.type = {leaf.type.element, leaf.type.shape};
    result.first_output = i;
    result.output_count = 1;
    elaborator.add_output(leaves[i], leaf.path, leaf.type.shape);
    function.arguments.push_back(std::move(result));
  }
  function.graph = elaborator.finish();
  function.calls = elaborator.calls();
  return function;
}

}  // namespace

std::optional<Function> elaborate_variable(const sema::TypedTest& test, std::optional<sema::Slot> variable,
                                           const sema::TypedProgram& program, const SourceFiles& files,
                                           Diagnostics& diagnostics) {
  Function function;
  function.name = test.title;
  function.span = test.span;
  Elaborator elaborator(files, diagnostics, test.title, {}, {}, program);
  const Leaves leaves = elaborator.run_test(*test.function, variable);
  if (diagnostics.has_errors()) return std::nullopt;
  for (uint32_t i = 0; i < leaves.size(); ++i) {
    const sema::Leaf& leaf = test.function->slots[*variable].type.leaves[i];
    Argument result;
    result.name = leaf.path;
    result.direction = Direction::out;
    result.type = {leaf.type.element, leaf.type.shape};
    result.source_type = sema::to_string(leaf.type);
    result.first_output = i;
    result.output_count = 1;
    elaborator.add_output(leaves[i], leaf.path, leaf.type.shape);
    function.arguments.push_back(std::move(result));
  }
  function.graph = elaborator.finish();
  function.calls = elaborator.calls();
  for (Argument& argument : function.arguments)
    argument.type = function.graph.type_of(function.graph.outputs[argument.first_output]);
  return function;
}

namespace {

/// Makes the functions of a program, one after the other, and gives each to `take`.
template <class Take>
void make_all(const sema::TypedProgram& program, const SourceFiles& files, Diagnostics& diagnostics,
              const Inspection& inspect, Module& module, Take take) {
  module.name = program.name;
  module.documentation = program.documentation;
  for (const sema::ExportedModel& exported : program.models) {
    module.models.push_back({exported.name,
                             exported.documentation,
                             {exported.model->type.leaves.begin(), exported.model->type.leaves.end()},
                             take(elaborate_initialiser(exported, files, diagnostics, program))});
  }
  for (const sema::ExportedFunction& exported : program.functions) {
    Function made = elaborate_export(exported, module, files, diagnostics, program);
    if (inspect && !diagnostics.has_errors()) inspect(made, diagnostics);
    module.functions.push_back(take(std::move(made)));
  }
  for (const sema::TypedTest& test : program.tests)
    if (auto function = elaborate_variable(test, std::nullopt, program, files, diagnostics))
      module.tests.push_back(take(std::move(*function)));
  for (const sema::ExportedFunction& property : program.properties)
    module.properties.push_back(take(elaborate_export(property, module, files, diagnostics, program)));
}

}  // namespace

std::optional<Module> elaborate(const sema::TypedProgram& program, const SourceFiles& files,
                                Diagnostics& diagnostics, const Inspection& inspect) {
  Module module;
  make_all(program, files, diagnostics, inspect, module, [](Function made) { return made; });
  if (diagnostics.has_errors()) return std::nullopt;
  return module;
}

void find_limits(const sema::TypedProgram& program, const SourceFiles& files, Diagnostics& diagnostics,
                 const Inspection& inspect) {
  Module module;
  make_all(program, files, diagnostics, inspect, module, [](const Function&) { return Function{}; });
}

}  // namespace kiln::elaborate
