#include "package/write_cpp_header.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

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

/// How C sees a scalar of an element: f16 as its bits, bool as a byte.
bool same_in_c(ElementType element) {
  return cpp_type(element) == c_scalar_type(element) || cpp_type(element) == "std::" + c_scalar_type(element);
}

/// The value that C gets for a scalar.
std::string to_c(ElementType element, const std::string& value) {
  if (same_in_c(element) || element == ElementType::boolean) return value;
  return value + (element == ElementType::i4 || element == ElementType::u4 ? ".value" : ".bits");
}

std::string from_c(ElementType element, const std::string& value) {
  if (element == ElementType::boolean) return value + " != 0";
  return same_in_c(element) ? value : cpp_type(element) + "{" + value + "}";
}

/// A function over a C function, in parts. Lists of parameters and arguments begin with a comma each.
struct Parts {
  std::string comment;
  std::string parameters;           // ", kiln::view<const float> x"
  std::string names;                // ", x"
  std::string arguments;            // of the C function: ", &x_tensor"
  std::vector<std::string> before;  // lines before the call of it
  std::vector<std::string> after;   // and after, if it succeeded
  std::vector<std::string> fields;  // "float loss", of what is returned
  std::string result_type = "void";
  std::string result_value = "{}";
};

/// `values` are the scalar results so far, as C++ sees them.
void add_scalar(const elaborate::Argument& argument, const std::string& name, ScopeNames& scope, Parts& parts,
                std::vector<std::string>& values) {
  const ElementType element = argument.type.element;
  const std::string type = cpp_type(element);
  if (argument.direction == elaborate::Direction::out) {
    const std::string local = scope.take(name + "_result");
    parts.before.push_back(fmt::format("{} {}{{}};", c_scalar_type(element), local));
    parts.arguments += ", &" + local;
    parts.fields.push_back(type + " " + name);
    parts.result_type = type;
    values.push_back(from_c(element, local));
    return;
  }
  parts.names += ", " + name;
  if (argument.direction == elaborate::Direction::in) {
    parts.parameters += ", " + type + " " + name;
    parts.arguments += ", " + to_c(element, name);
    return;
  }
  parts.parameters += ", " + type + "& " + name;
  if (same_in_c(element)) {
    parts.arguments += ", &" + name;
    return;
  }
  const std::string local = scope.take(name + "_in_c");
  parts.before.push_back(fmt::format("{} {} = {};", c_scalar_type(element), local, to_c(element, name)));
  parts.after.push_back(fmt::format("{} = {};", name, from_c(element, local)));
  parts.arguments += ", &" + local;
}

void add_argument(const elaborate::Function& function, const elaborate::Argument& argument,
                  const elaborate::Module& module, const std::string& name, ScopeNames& scope, Parts& parts) {
  const std::string constant = argument.direction == elaborate::Direction::in ? "const " : "";
  parts.names += ", " + name;
  switch (argument.kind) {
    case sema::ArgumentKind::dim:
      parts.parameters += ", std::int64_t " + name;
      parts.arguments += ", " + name;
      break;
    case sema::ArgumentKind::rng:
      parts.parameters += ", " + constant + "kiln::rng& " + name;
      parts.arguments += ", &" + name;
      break;
    case sema::ArgumentKind::model:
      parts.parameters += ", " + constant + module.models[argument.model].name + "& " + name;
      parts.arguments += ", " + name + ".c()";
      break;
    case sema::ArgumentKind::tensor: {
      const std::string local = scope.take(name + "_tensor");
      parts.parameters +=
          counts_rows(function, argument)
              ? ", kiln::lengths " + name
              : fmt::format(", kiln::view<{}{}> {}", constant, cpp_type(argument.type.element), name);
      parts.before.push_back(fmt::format("const kiln_tensor {} = {}.c();", local, name));
      parts.arguments += ", &" + local;
      break;
    }
  }
}

Parts parts_of(const elaborate::Function& function, const elaborate::Module& module) {
  Parts parts;
  ScopeNames scope;
  const std::vector<std::string> names = parameter_names(function, scope);
  std::vector<std::string> values;
  parts.comment = comment_lines(function.documentation, "// ");
  for (size_t i = 0; i < names.size(); ++i) {
    const elaborate::Argument& argument = function.arguments[i];
    parts.comment += comment_lines(argument_documentation(function, argument, module, names[i]), "//   ");
    if (is_scalar(argument)) {
      add_scalar(argument, names[i], scope, parts, values);
    } else {
      add_argument(function, argument, module, names[i], scope, parts);
    }
  }
  for (const std::string& line : derived_dim_documentation(function)) parts.comment += "//   " + line + "\n";
  for (const dim::Condition& fact : function.graph.facts)
    parts.comment += "// where " + fact.to_string() + "\n";
  if (values.size() == 1) parts.result_value = values[0];
  if (values.size() > 1) {
    parts.result_type = function.name + "_result";
    parts.result_value = fmt::format("{}{{{}}}", parts.result_type, fmt::join(values, ", "));
  }
  return parts;
}

/// The two forms of a function: try_NAME gives kiln::expected, NAME throws.
struct Forms {
  std::string name;
  std::string indentation;
  std::string prefix, suffix;               // "inline ", " const"
  std::string c_function, c_first, c_last;  // arguments around the function's own
  std::string last_parameters, last_names;
};

std::string write_forms(const Forms& forms, const Parts& parts) {
  const std::string parameters = "kiln::context& on" + parts.parameters + forms.last_parameters;
  std::vector<std::string> lines;
  lines.push_back(fmt::format("{}kiln::expected<{}> try_{}({}){} {{", forms.prefix, parts.result_type,
                              forms.name, parameters, forms.suffix));
  for (const std::string& line : parts.before) lines.push_back("  " + line);
  lines.push_back(fmt::format("  const kiln_status status = {}({}on.c(){}{});", forms.c_function,
                              forms.c_first, parts.arguments, forms.c_last));
  lines.push_back("  if (status != KILN_OK) return on.why(status);");
  for (const std::string& line : parts.after) lines.push_back("  " + line);
  lines.push_back("  return " + parts.result_value + ";");
  lines.push_back("}");
  lines.push_back(
      fmt::format("{}{} {}({}){} {{", forms.prefix, parts.result_type, forms.name, parameters, forms.suffix));
  lines.push_back(fmt::format("  {}try_{}(on{}{}).value();", parts.result_type == "void" ? "" : "return ",
                              forms.name, parts.names, forms.last_names));
  lines.push_back("}");
  std::string text;
  for (const std::string& line : lines) text += forms.indentation + line + "\n";
  return text;
}

std::string write_plan(const elaborate::Function& function, size_t number, const Parts& parts,
                       const std::string& name) {
  std::string parameters;
  for (const std::string& dim : function.graph.dims) parameters += ", std::int64_t " + dim;
  const std::string dims = fmt::format("{{{}}}", fmt::join(function.graph.dims, ", "));
  const std::string type = function.name + "_plan";
  std::string text = fmt::format(R"(// {0} at given dims, in memory of the caller: a run allocates nothing.
class {1} : public kiln::plan {{
 public:
  static constexpr std::int32_t function = {2};
  {5}{1}(kiln::context& on{3}) : kiln::plan(on, function, std::vector<std::int64_t>{4}) {{}}
  static kiln::expected<{1}> try_create(kiln::context& on{3}) {{
    kiln::expected<kiln::plan> created = kiln::plan::try_create(on, function, std::vector<std::int64_t>{4});
    if (!created) return created.why();
    return {1}(std::move(*created));
  }}
  // `workspace` is aligned to 64 and has workspace_bytes() or more.
)",
                                 function.name, type, number, parameters, dims,
                                 function.graph.dims.empty() ? "explicit " : "");
  text += write_forms({"run", "  ", "", " const", name + "_" + function.name + "_run", "kiln::plan::c(), ",
                       ", workspace, bytes", ", void* workspace, std::int64_t bytes", ", workspace, bytes"},
                      parts);
  return text +
         fmt::format(
             "\n private:\n  explicit {0}(kiln::plan&& made) : kiln::plan(std::move(made)) {{}}\n}};\n",
             type);
}

std::string write_function(const elaborate::Function& function, size_t number,
                           const elaborate::Module& module, const std::string& name) {
  const Parts parts = parts_of(function, module);
  std::string text;
  if (parts.fields.size() > 1) {
    text += "struct " + parts.result_type + " {\n";
    for (const std::string& field : parts.fields) text += "  " + field + ";\n";
    text += "};\n";
  }
  text += parts.comment;
  text += write_forms({function.name, "", "inline ", "", name + "_" + function.name, "", "", "", ""}, parts);
  return text + write_plan(function, number, parts, name);
}

/// The handle's class; its C type is that of NAME.h.
std::string write_model(const elaborate::ModelType& model, size_t number, const std::string& name) {
  return comment_lines(model.documentation, "// ") + fmt::format(R"(class {0} : public kiln::model {{
 public:
  static constexpr std::int32_t type = {1};
  {0}(kiln::context& on, std::uint64_t seed) : kiln::model(on, type, seed) {{}}
  static {0} zero(kiln::context& on) {{ return {0}(kiln::model::zero(on, type)); }}
  static {0} open(kiln::context& on, const std::string& path) {{
    return {0}(kiln::model::open(on, type, path));
  }}
  static kiln::expected<{0}> try_open(kiln::context& on, const std::string& path) {{
    kiln::expected<kiln::model> opened = kiln::model::try_open(on, type, path);
    if (!opened) return opened.why();
    return {0}(std::move(*opened));
  }}
  {0} copy(kiln::context& on) const {{ return {0}(kiln::model::copy(on)); }}
  void assign(kiln::context& on, const {0}& from) {{ kiln::model::assign(on, from); }}
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
      : kiln::context({0}_module(), options) {{}}
  static kiln::expected<context> try_create(kiln_context_options options = KILN_CONTEXT_OPTIONS_INIT) {{
    kiln::expected<kiln::context> created = kiln::context::try_create({0}_module(), options);
    if (!created) return created.why();
    return context(std::move(*created));
  }}

 private:
  explicit context(kiln::context&& made) : kiln::context(std::move(made)) {{}}
}};
)",
                      name);
  for (size_t i = 0; i < module.models.size(); ++i) text += "\n" + write_model(module.models[i], i, name);
  for (size_t i = 0; i < module.functions.size(); ++i)
    text += "\n" + write_function(module.functions[i], i, module, name);
  return wrap_code(text + fmt::format("\n}}  // namespace {}\n\n#endif  // {}\n", name, guard));
}

}  // namespace kiln::package
