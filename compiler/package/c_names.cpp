#include "package/c_names.h"

#include <algorithm>
#include <sstream>

namespace kiln::package {

std::string c_name(const elaborate::Argument& argument) {
  std::string name = argument.name;
  std::replace(name.begin(), name.end(), '.', '_');
  return name;
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

std::string argument_documentation(const elaborate::Argument& argument) {
  std::string text = c_name(argument) + ": ";
  if (argument.direction == elaborate::Direction::inout) text += "changed, ";
  if (argument.direction == elaborate::Direction::out) text += "result, ";
  text += argument.source_type.empty() ? "dim" : argument.source_type;
  if (!argument.documentation.empty()) text += ". " + argument.documentation;
  return text;
}

std::string comment_lines(const std::string& text, const std::string& prefix) {
  std::string lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) {
    for (size_t at = line.find("*/"); at != std::string::npos; at = line.find("*/", at))
      line.insert(at + 1, " ");
    while (!line.empty() && line.back() == '\\') line.pop_back();
    lines += prefix + line + "\n";
  }
  return lines;
}

}  // namespace kiln::package
