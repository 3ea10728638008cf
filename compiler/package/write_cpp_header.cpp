#include "package/write_cpp_header.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "package/c_names.h"

namespace kiln::package {
namespace {

std::string cpp_type(ElementType element) {
  switch (element) {
    case ElementType::boolean: return "bool";
    case ElementType::f32: return "float";
    case ElementType::f64: return "double";
    case ElementType::f16:
    case ElementType::bf16:
    case ElementType::f8e4m3:
    case ElementType::f8e5m2:
    case ElementType::i4:
    case ElementType::u4: return "kiln::" + std::string(name_of(element));
    default: return "std::" + c_scalar_type(element);
  }
}

/// One argument: how it is declared, what is done before the call, what the C function gets.
struct Passed {
  std::string parameter;  // empty: returned
  std::string before;
  std::string argument;
};

Passed pass(const elaborate::Argument& argument, const elaborate::Module& module) {
  const std::string spelled = c_name(argument);
  const bool is_in = argument.direction == elaborate::Direction::in;
  const std::string constant = is_in ? "const " : "";
  switch (argument.kind) {
    case sema::ArgumentKind::dim: return {"std::int64_t " + spelled, "", spelled};
    case sema::ArgumentKind::rng: return {constant + "kiln::rng& " + spelled, "", "&" + spelled};
    case sema::ArgumentKind::model: {
      const std::string& model = module.models[argument.model].name;
      return {fmt::format("{}{}& {}", constant, model, spelled), "", fmt::format("{}.c()", spelled)};
    }
    case sema::ArgumentKind::tensor: break;
  }
  const std::string type = cpp_type(argument.type.element);
  if (is_scalar(argument)) {
    if (is_in) return {type + " " + spelled, "", spelled};
    if (argument.direction == elaborate::Direction::inout) return {type + "& " + spelled, "", "&" + spelled};
    return {"", "", ""};
  }
  return {fmt::format("kiln::view<{}{}> {}", constant, type, spelled),
          fmt::format("  const kiln_tensor {0}_tensor = {0}.c();\n", spelled),
          fmt::format("&{}_tensor", spelled)};
}

/// How C sees a scalar of an element: f16 as its bits, bool as a byte.
bool same_in_c(ElementType element) {
  return cpp_type(element) == c_scalar_type(element) || cpp_type(element) == "std::" + c_scalar_type(element);
}

std::string write_function(const elaborate::Function& function, const elaborate::Module& module,
                           const std::string& name) {
  std::vector<const elaborate::Argument*> returned;
  std::string parameters = "kiln::context& on";
  std::string arguments = "on.c()";
  std::string names = "on";
  std::string before;
  std::string comment = comment_lines(function.documentation, "// ");
  for (const elaborate::Argument& argument : function.arguments) {
    comment += comment_lines(argument_documentation(argument), "//   ");
    if (argument.direction == elaborate::Direction::out && is_scalar(argument)) {
      returned.push_back(&argument);
      const std::string type = c_scalar_type(argument.type.element);
      before += fmt::format("  {} {}_result{{}};\n", type, c_name(argument));
      arguments += fmt::format(", &{}_result", c_name(argument));
      continue;
    }
    const Passed passed = pass(argument, module);
    parameters += ", " + passed.parameter;
    before += passed.before;
    const bool is_scalar_in = is_scalar(argument) && argument.direction == elaborate::Direction::in;
    arguments += ", " + (is_scalar_in && !same_in_c(argument.type.element) &&
                                 argument.type.element != ElementType::boolean
                             ? passed.argument + ".bits"
                             : passed.argument);
    names += ", " + c_name(argument);
  }
  for (const dim::Condition& fact : function.graph.facts) comment += "// where " + fact.to_string() + "\n";

  const auto value_of = [](const elaborate::Argument& argument) {
    const std::string result = c_name(argument) + "_result";
    if (argument.type.element == ElementType::boolean) return result + " != 0";
    return same_in_c(argument.type.element) ? result : cpp_type(argument.type.element) + "{" + result + "}";
  };
  std::string text;
  std::string type = "void";
  std::string value;
  if (returned.size() == 1) {
    type = cpp_type(returned[0]->type.element);
    value = value_of(*returned[0]);
  } else if (returned.size() > 1) {
    type = function.name + "_result";
    std::string fields;
    for (const elaborate::Argument* argument : returned) {
      fields += fmt::format("  {} {};\n", cpp_type(argument->type.element), c_name(*argument));
      value += (value.empty() ? "" : ", ") + value_of(*argument);
    }
    text += fmt::format("struct {} {{\n{}}};\n", type, fields);
    value = type + "{" + value + "}";
  }
  text += comment;
  text += fmt::format("inline kiln::expected<{}> try_{}({}) {{\n{}", type, function.name, parameters, before);
  text += fmt::format("  const kiln_status status = {}_{}({});\n", name, function.name, arguments);
  text += "  if (status != KILN_OK) return on.why(status);\n";
  text += fmt::format("  return {};\n}}\n", value.empty() ? "{}" : value);
  text += fmt::format("inline {0} {1}({2}) {{ {3}try_{1}({4}).value(); }}\n", type, function.name, parameters,
                      type == "void" ? "" : "return ", names);
  return text;
}

/// The handle's class; its C type is that of NAME.h.
std::string write_model(const elaborate::ModelType& model, size_t number, const std::string& name) {
  return comment_lines(model.documentation, "// ") + fmt::format(R"(class {0} : public kiln::model {{
 public:
  static constexpr std::int32_t type = {1};
  {0}(kiln::context& on, std::uint64_t seed) : kiln::model(on, type, seed) {{}}
  static {0} open(kiln::context& on, const std::string& path) {{ return {0}(kiln::model::open(on, type, path)); }}
  static kiln::expected<{0}> try_open(kiln::context& on, const std::string& path) {{
    kiln::expected<kiln::model> opened = kiln::model::try_open(on, type, path);
    if (!opened) return opened.why();
    return {0}(std::move(*opened));
  }}
  {0} copy(kiln::context& on) const {{ return {0}(kiln::model::copy(on)); }}
  {2}_{0}* c() noexcept {{ return reinterpret_cast<{2}_{0}*>(kiln::model::c()); }}
  const {2}_{0}* c() const noexcept {{ return reinterpret_cast<const {2}_{0}*>(kiln::model::c()); }}

 private:
  explicit {0}(kiln::model&& made) : kiln::model(std::move(made)) {{}}
}};
)",
                                                                 model.name, number, name);
}

}  // namespace

std::string write_cpp_header(const elaborate::Module& module, const std::string& name) {
  std::string guard = "KILN_GENERATED_" + name + "_HPP";
  std::transform(guard.begin(), guard.end(), guard.begin(), [](unsigned char c) { return std::toupper(c); });
  std::string text = fmt::format("// Made by kilnc from {0}.model: the C++17 interface over {0}.h.\n", name);
  if (!module.documentation.empty()) text += "//\n" + comment_lines(module.documentation, "// ");
  text += fmt::format(
      "#ifndef {0}\n#define {0}\n\n#include \"{1}.h\"\n#include \"kiln.hpp\"\n\nnamespace {1} {{\n\n", guard,
      name);
  text += fmt::format(R"(// Threads, memory and plans for calls of this library.
class context : public kiln::context {{
 public:
  explicit context(kiln_context_options options = KILN_CONTEXT_OPTIONS_INIT)
      : kiln::context({}_module(), options) {{}}
}};
)",
                      name);
  for (size_t i = 0; i < module.models.size(); ++i) text += "\n" + write_model(module.models[i], i, name);
  for (const elaborate::Function& function : module.functions)
    text += "\n" + write_function(function, module, name);
  return text + fmt::format("\n}}  // namespace {}\n\n#endif  // {}\n", name, guard);
}

}  // namespace kiln::package
