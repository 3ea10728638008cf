#include "package/write_c_header.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "package/c_names.h"

namespace kiln::package {
namespace {

/// One function that every library, or every model type of a library, has.
struct CommonFunction {
  const char* suffix;  // after NAME_ or NAME_TYPE_
  const char* result;
  const char* parameters;  // {model} is the handle's type
  const char* documentation;
};

constexpr std::array library_functions = {
    CommonFunction{"module", "const kiln_module_api*", "void",
                   "All of the library by position and name: see kiln.h."},
    CommonFunction{"context_create", "kiln_status",
                   "const kiln_context_options* options, kiln_context** context",
                   "Threads, memory and messages of one caller. `options` may be null: one thread."},
    CommonFunction{"context_destroy", "void", "kiln_context* context", "Null is allowed."},
    CommonFunction{"context_message", "const char*", "const kiln_context* context",
                   "What was wrong in the last call that failed."},
    CommonFunction{"context_trim", "void", "kiln_context* context",
                   "Gives back plans and work memory kept for later calls."},
    CommonFunction{"plan_workspace", "int64_t", "const kiln_plan* plan",
                   "The exact bytes of work memory that a run needs."},
    CommonFunction{"plan_free", "void", "kiln_plan* plan", "Null is allowed."},
};

constexpr std::array model_functions = {
    CommonFunction{"create", "kiln_status", "kiln_context* context, uint64_t seed, {model}** model",
                   "A model with the initial values of a seed."},
    CommonFunction{"create_zero", "kiln_status", "kiln_context* context, {model}** model",
                   "A model of zeros."},
    CommonFunction{"open", "kiln_status", "kiln_context* context, const char* path, {model}** model",
                   "A model from a safetensors file."},
    CommonFunction{"load", "kiln_status", "kiln_context* context, {model}* model, const char* path",
                   "Fills a model from a safetensors file; on failure it is unchanged."},
    CommonFunction{"save", "kiln_status", "kiln_context* context, const {model}* model, const char* path",
                   "Writes a safetensors file, whole or not at all."},
    CommonFunction{"copy", "kiln_status", "kiln_context* context, const {model}* model, {model}** copy",
                   "A new model with the same values."},
    CommonFunction{"assign", "kiln_status", "kiln_context* context, {model}* to, const {model}* from",
                   "Gives `to` the values of `from`."},
    CommonFunction{"freeze", "kiln_status", "kiln_context* context, {model}* model",
                   "Brings large weights into the form that calls read fastest, until the model changes."},
    CommonFunction{"free", "void", "{model}* model", "Null is allowed."},
    CommonFunction{"parameter_count", "int32_t", "const {model}* model", "How many tensors the model has."},
    CommonFunction{"parameter", "kiln_status",
                   "const {model}* model, int32_t index, kiln_parameter* parameter",
                   "One tensor: name, role, shape, memory. Set parameter->struct_size first."},
};

std::string declare(const CommonFunction& function, const std::string& prefix, const std::string& model) {
  std::string parameters = function.parameters;
  for (size_t at = parameters.find("{model}"); at != std::string::npos; at = parameters.find("{model}"))
    parameters.replace(at, 7, model);
  return fmt::format("/* {} */\n{} {}{}({});\n", function.documentation, function.result, prefix,
                     function.suffix, parameters);
}

std::string parameter(const elaborate::Argument& argument, const elaborate::Module& module,
                      const std::string& parameter_name, const std::string& name) {
  const bool is_in = argument.direction == elaborate::Direction::in;
  const std::string constant = is_in ? "const " : "";
  switch (argument.kind) {
    case sema::ArgumentKind::dim: return "int64_t " + parameter_name;
    case sema::ArgumentKind::rng: return constant + "kiln_rng* " + parameter_name;
    case sema::ArgumentKind::model:
      return constant + name + "_" + module.models[argument.model].name + "* " + parameter_name;
    case sema::ArgumentKind::tensor: break;
  }
  if (!is_scalar(argument)) return "const kiln_tensor* " + parameter_name;
  return c_scalar_type(argument.type.element) + (is_in ? " " : "* ") + parameter_name;
}

std::string declare(const elaborate::Function& function, const elaborate::Module& module,
                    const std::string& name) {
  std::string arguments;
  std::string comment = comment_lines(function.documentation, " * ");
  ScopeNames scope;
  const std::vector<std::string> names = parameter_names(function, scope);
  for (size_t i = 0; i < names.size(); ++i) {
    const elaborate::Argument& argument = function.arguments[i];
    arguments += ", " + parameter(argument, module, names[i], name);
    comment += comment_lines(argument_documentation(function, argument, module, names[i]), " *   ");
  }
  for (const std::string& line : derived_dim_documentation(function)) comment += " *   " + line + "\n";
  for (const dim::Condition& fact : function.graph.facts) comment += " * where " + fact.to_string() + "\n";
  std::string text = fmt::format("/*\n{} */\nkiln_status {}_{}(kiln_context* context{});\n", comment, name,
                                 function.name, arguments);
  std::string dims;
  for (const std::string& dim : function.graph.dims) dims += ", int64_t " + dim;
  text += fmt::format(
      "/* The same in two steps: a plan for given dims, then runs in memory of the caller (aligned to 64) "
      "that allocate\n"
      " * nothing. */\n"
      "kiln_status {0}_{1}_plan(kiln_context* context{2}, kiln_plan** plan);\n"
      "kiln_status {0}_{1}_run(const kiln_plan* plan, kiln_context* context{3}, void* workspace,\n"
      "                        int64_t workspace_bytes);\n",
      name, function.name, dims, arguments);
  return text;
}

}  // namespace

std::string write_c_header(const elaborate::Module& module, const std::string& name) {
  std::string guard = "KILN_GENERATED_" + name + "_H";
  std::transform(guard.begin(), guard.end(), guard.begin(), [](unsigned char c) { return std::toupper(c); });
  std::string text =
      "/* Made by kilnc from " + name + ".model. The rules of kiln.h hold for everything here.\n";
  if (!module.documentation.empty()) text += " *\n" + comment_lines(module.documentation, " * ");
  text += fmt::format(" */\n#ifndef {0}\n#define {0}\n\n#include \"kiln.h\"\n\n", guard);
  text += "#ifdef __cplusplus\nextern \"C\" {\n#endif\n\n";
  for (const CommonFunction& function : library_functions) text += declare(function, name + "_", "");
  for (const elaborate::ModelType& model : module.models) {
    const std::string type = name + "_" + model.name;
    text += "\n/*\n" + (model.documentation.empty() ? " * " + model.name + ".\n"
                                                    : comment_lines(model.documentation, " * "));
    for (const sema::Leaf& leaf : model.leaves) {
      std::string shape;
      for (const dim::Dim& extent : leaf.type.shape)
        shape += (shape.empty() ? "" : ", ") + extent.to_string();
      text += fmt::format(" *   {}: {}{}\n", leaf.path, name_of(leaf.type.element),
                          shape.empty() ? "" : "[" + shape + "]");
    }
    text += fmt::format(" */\ntypedef struct {0} {0};\n", type);
    for (const CommonFunction& function : model_functions) text += declare(function, type + "_", type);
  }
  for (const elaborate::Function& function : module.functions) text += "\n" + declare(function, module, name);
  return wrap_code(text + fmt::format("\n#ifdef __cplusplus\n}}\n#endif\n\n#endif /* {} */\n", guard));
}

std::vector<NameClash> find_name_clashes(const elaborate::Module& module) {
  std::map<std::string, std::string> owners = {{"context", "the class of contexts"}};
  for (const CommonFunction& function : library_functions)
    owners.emplace(function.suffix, "a function that every library has");
  for (const elaborate::ModelType& model : module.models) {
    owners.emplace(model.name, "the model " + model.name);
    for (const CommonFunction& function : model_functions)
      owners.emplace(model.name + "_" + function.suffix, "a function of the model " + model.name);
  }
  std::vector<NameClash> clashes;
  const auto own = [&](const elaborate::Function& function, const std::string& name) {
    const auto [found, is_new] = owners.emplace(name, "`" + function.name + "`");
    if (is_new || (!clashes.empty() && clashes.back().function == &function)) return;
    clashes.push_back({&function,
                       "`" + function.name + "` needs the name `" + name + "` in the headers, which " +
                           found->second + " has",
                       "call it something else"});
  };
  for (const elaborate::Function& function : module.functions)
    for (const char* around : {"{}", "try_{}", "{}_plan", "{}_run", "{}_result"})
      own(function, fmt::format(fmt::runtime(around), function.name));
  return clashes;
}

}  // namespace kiln::package
