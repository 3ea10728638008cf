#include "package/c_names.h"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

namespace kiln::package {

ScopeNames::ScopeNames()
    : taken_{"context", "plan",     "workspace", "workspace_bytes", "bytes",   "on",
             "status",  "function", "int8_t",    "int16_t",         "int32_t", "int64_t",
             "uint8_t", "uint16_t", "uint32_t",  "uint64_t"} {}

std::string ScopeNames::take(std::string wanted) {
  while (!taken_.insert(wanted).second) wanted += '_';
  return wanted;
}

std::vector<std::string> parameter_names(const elaborate::Function& function, ScopeNames& scope) {
  std::vector<std::string> names;
  for (const elaborate::Argument& argument : function.arguments) {
    std::string name = argument.name;
    std::replace(name.begin(), name.end(), '.', '_');
    names.push_back(scope.take(std::move(name)));
  }
  return names;
}

std::string c_scalar_type(ElementType element) {
  switch (row_of(element).kind) {
    case ElementKind::boolean: return "uint8_t";
    case ElementKind::floating:
      if (element == ElementType::f32) return "float";
      if (element == ElementType::f64) return "double";
      return size_of(element) == 2 ? "uint16_t" : "uint8_t";
    case ElementKind::signed_integer: return "int" + std::to_string(8 * size_of(element)) + "_t";
    case ElementKind::unsigned_integer: return "uint" + std::to_string(8 * size_of(element)) + "_t";
  }
  return "";
}

bool is_scalar(const elaborate::Argument& argument) {
  return argument.kind == sema::ArgumentKind::tensor && argument.type.shape.empty();
}

namespace {

/// A tensor with ragged axes: how it lies in memory.
std::string packed_documentation(const elaborate::Argument& argument) {
  if (argument.source_type.find(": ") == std::string::npos || argument.type.shape.empty()) return "";
  std::string shape;
  for (const dim::Dim& extent : argument.type.shape)
    shape += (shape.empty() ? "" : ", ") + extent.to_string();
  return fmt::format(", packed as {}[{}]: row after row", name_of(argument.type.element), shape);
}

std::string list_of(const elaborate::Function& function, const graph::DerivedDim& derived) {
  std::string names;
  for (const uint32_t input : derived.inputs)
    names += (names.empty() ? "" : " times ") + function.graph[function.graph.inputs[input]].name;
  return names;
}

}  // namespace

bool counts_rows(const elaborate::Function& function, const elaborate::Argument& argument) {
  if (argument.kind != sema::ArgumentKind::tensor || argument.direction != elaborate::Direction::in)
    return false;
  if (argument.type.shape.size() != 1) return false;
  return std::any_of(function.graph.derived.begin(), function.graph.derived.end(), [&](const auto& derived) {
    return std::find(derived.inputs.begin(), derived.inputs.end(), argument.first_input) !=
           derived.inputs.end();
  });
}

std::vector<std::string> derived_dim_documentation(const elaborate::Function& function) {
  std::vector<std::string> lines;
  for (const graph::DerivedDim& derived : function.graph.derived) {
    const std::string names = list_of(function, derived);
    switch (derived.kind) {
      case graph::DerivedDim::Kind::value: lines.push_back(derived.dim + ": the value of " + names); break;
      case graph::DerivedDim::Kind::total: lines.push_back(derived.dim + ": the sum of " + names); break;
      case graph::DerivedDim::Kind::longest:
        lines.push_back(derived.dim + ": the greatest of " + names + "; of a plan: at least that");
        break;
    }
  }
  return lines;
}

std::string argument_documentation(const elaborate::Function& function, const elaborate::Argument& argument,
                                   const elaborate::Module& module, const std::string& name) {
  std::string text = name + ": ";
  if (argument.direction == elaborate::Direction::inout) text += "changed, ";
  if (argument.direction == elaborate::Direction::out) text += "result, ";
  switch (argument.kind) {
    case sema::ArgumentKind::model: text += module.models[argument.model].name; break;
    case sema::ArgumentKind::dim: text += "a dim"; break;
    default: text += argument.source_type + packed_documentation(argument);
  }
  if (counts_rows(function, argument))
    text += ", or one more as offsets (KILN_OFFSETS): row b goes from offset b to offset b + 1";
  if (!argument.documentation.empty()) text += ". " + argument.documentation;
  return text;
}

std::string comment_lines(const std::string& text, const std::string& prefix) {
  std::string lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) {
    for (size_t at = 0; at + 1 < line.size(); ++at)
      if ((line[at] == '*' && line[at + 1] == '/') || (line[at] == '/' && line[at + 1] == '*'))
        line.insert(at + 1, " ");
    line = prefix + line;
    while (!line.empty() &&
           (line.back() == '\\' || line.back() == ' ' || line.back() == '\t' || line.back() == '\r'))
      line.pop_back();
    lines += line + "\n";
  }
  return lines;
}

std::string wrap_code(const std::string& text) {
  constexpr size_t width = 110;
  std::string wrapped;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) {
    const size_t indentation = std::min(line.find_first_not_of(' '), line.size());
    const bool is_comment = line.compare(indentation, 1, "*") == 0 || line.compare(indentation, 1, "/") == 0;
    while (!is_comment && line.size() > width) {
      const size_t comma = line.rfind(", ", width - 1);
      if (comma == std::string::npos || comma < indentation + 4) break;
      wrapped += line.substr(0, comma + 1) + "\n";
      line = std::string(indentation + 4, ' ') + line.substr(comma + 2);
    }
    wrapped += line + "\n";
  }
  return wrapped;
}

}  // namespace kiln::package
