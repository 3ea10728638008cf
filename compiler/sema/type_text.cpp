#include <cctype>
#include <cstdint>

#include "sema/type.h"

namespace kiln::sema {

std::string without_marks(const std::string& text) {
  std::string result;
  for (size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '?') continue;
    // "t#3" of an index or a run-time integer, "t__3" of a loop's counter.
    const auto is_digit = [&](size_t place) {
      return place < text.size() && std::isdigit(static_cast<unsigned char>(text[place]));
    };
    const bool counts = text[at] == '_' && at + 1 < text.size() && text[at + 1] == '_' && is_digit(at + 2);
    if (counts) ++at;
    if (text[at] == '#' || counts) {
      while (at + 1 < text.size() && std::isdigit(static_cast<unsigned char>(text[at + 1]))) ++at;
      continue;
    }
    result += text[at];
  }
  return result;
}

std::string to_string(const dim::Dim& dim) { return without_marks(dim.to_string()); }
std::string to_string(const dim::Condition& condition) { return without_marks(condition.to_string()); }

namespace {

/// `len[$2]` as the user would write it, `len[b]`, where the axis two places before is named `b`.
std::string with_index_names(const std::string& text, size_t axis, std::vector<std::string>& names) {
  std::string result;
  for (size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '$') {
      result += text[at];
      continue;
    }
    size_t distance = 0;
    while (at + 1 < text.size() && std::isdigit(static_cast<unsigned char>(text[at + 1])))
      distance = distance * 10 + static_cast<size_t>(text[++at] - '0');
    if (distance == 0 || distance > axis) {
      result += "?";
      continue;
    }
    std::string& name = names[axis - distance];
    if (name.empty()) {
      size_t used = 0;
      for (const std::string& other : names) used += other.empty() ? 0 : 1;
      name = std::string(1, "bcdefghijk"[used % 10]);
    }
    result += name;
  }
  return result;
}

/// What values are called that have no type yet. The names without article stand inside of tuples and in
/// editors.
struct Nouns {
  const char* name;
  const char* one;
  const char* many;
};

constexpr Nouns nouns_of(Element::Kind kind) {
  switch (kind) {
    case Element::Kind::known:
    case Element::Kind::variable: break;
    case Element::Kind::loose: return {"integer", "an integer", "integers"};
    case Element::Kind::constant_integer:
      return {"integer constant", "an integer constant", "integer constants"};
    case Element::Kind::constant_real: return {"constant", "a constant", "constants"};
  }
  return {"", "", ""};
}

/// Writes types; `exact` keeps the marks and tells models of equal name apart.
struct Printer {
  bool exact;

  std::string shown(const std::string& text) const { return exact ? text : without_marks(text); }

  std::string text(const Element& element) const {
    switch (element.kind) {
      case Element::Kind::known: return std::string(name_of(element.type));
      case Element::Kind::variable: return shown(element.variable);
      default: return nouns_of(element.kind).name;
    }
  }

  std::string text(const Shape& shape) const {
    if (shape.empty()) return "";
    std::vector<std::string> axes;
    std::vector<std::string> names(shape.size());
    for (size_t i = 0; i < shape.size(); ++i) {
      const Axis& axis = shape[i];
      axes.push_back(axis.is_pack() ? "..." + shown(axis.pack) : shown(axis.extent.to_string()));
      if (!exact && axis.is_ragged) axes[i] = with_index_names(axes[i], i, names);
    }
    std::string result;
    for (size_t i = 0; i < axes.size(); ++i) {
      result += result.empty() ? "[" : ", ";
      result += names[i].empty() ? axes[i] : names[i] + ": " + axes[i];
    }
    return result + "]";
  }

  std::string text(const StaticValue& value) const {
    switch (value.kind) {
      case StaticValue::Kind::dim: return shown(value.dim.to_string());
      case StaticValue::Kind::boolean:
        if (value.dim.constant()) return value.dim.is_constant(0) ? "false" : "true";
        return shown(value.dim.to_string());
      case StaticValue::Kind::string: return value.is_open ? "a string" : "\"" + value.text + "\"";
      case StaticValue::Kind::type: return text(*value.type);
      case StaticValue::Kind::function:
        return exact ? std::to_string(reinterpret_cast<uintptr_t>(value.function.get())) : "a function";
    }
    return "";
  }

  std::string list(const std::vector<Type>& types, size_t count,
                   const std::vector<std::string>& names) const {
    std::string result;
    for (size_t i = 0; i < count; ++i) {
      if (i) result += ", ";
      if (i < names.size() && !names[i].empty()) result += names[i] + ": ";
      result += text(types[i]);
    }
    return result;
  }

  std::string text(const ModelApplication& model) const {
    std::string result = model.syntax->name.text;
    if (exact) result += "@" + std::to_string(reinterpret_cast<uintptr_t>(model.syntax));
    if (model.arguments.empty()) return result;
    result += "(";
    bool is_first = true, is_by_name = false;
    for (size_t i = 0; i < model.arguments.size(); ++i) {
      const syntax::Parameter& parameter = model.syntax->parameters[i];
      const std::string argument = text(model.arguments[i]);
      if (!exact && argument == written_default(parameter)) {
        is_by_name = true;
        continue;
      }
      if (!is_first) result += ", ";
      if (is_by_name) result += parameter.name.text + ": ";
      result += argument;
      is_first = false;
    }
    return result + ")";
  }

  /// The default of a parameter that is a literal; such arguments are not shown.
  static std::string written_default(const syntax::Parameter& parameter) {
    if (!parameter.default_value) return "";
    if (const auto* flag = syntax::if_is<syntax::Boolean>(*parameter.default_value))
      return flag->value ? "true" : "false";
    if (const auto* number = syntax::if_is<syntax::Number>(*parameter.default_value)) return number->text;
    return "";
  }

  std::string text(const Type& type) const {
    return type.axes.empty() ? single(type) : "for" + text(type.axes) + " " + single(type);
  }

  std::string single(const Type& type) const {
    switch (type.kind) {
      case Type::Kind::error: return "?";
      case Type::Kind::nothing: return "nothing";
      case Type::Kind::tensor: return text(type.element) + text(type.shape);
      case Type::Kind::string: return "string";
      case Type::Kind::tuple: return "(" + list(type.items, type.items.size(), type.names) + ")";
      case Type::Kind::model: return text(*type.model);
      case Type::Kind::array: return text(type.items[0]) + "[" + shown(type.count.to_string()) + "]";
      case Type::Kind::gradient:
        return text(type.items[0]) + ".grad" +
               (type.pattern == "*" ? "" : "(\"" + type.pattern.text() + "\")");
      case Type::Kind::rng: return "Rng";
      case Type::Kind::function:
        if (type.items.empty()) return "a function";
        return "fn(" + list(type.items, type.items.size() - 1, {}) + ") -> " + text(type.items.back());
      case Type::Kind::variable: return shown(type.variable);
      case Type::Kind::dim: return "dim";
    }
    return "";
  }
};

}  // namespace

std::string to_string(const Element& element) { return Printer{false}.text(element); }
std::string to_string(const Shape& shape) { return Printer{false}.text(shape); }
std::string to_string(const StaticValue& value) { return Printer{false}.text(value); }
std::string to_string(const Type& type) { return Printer{false}.text(type); }
std::string described(const Type& type) {
  if (!type.is_tensor() || type.element.is_settled()) return to_string(type);
  const Nouns nouns = nouns_of(type.element.kind);
  return type.is_scalar() ? nouns.one : "an array " + to_string(type.shape) + " of " + nouns.many;
}
std::string this_is(const Type& type) { return "this is " + described(type); }
std::string key_of(const Type& type) { return Printer{true}.text(type); }
std::string key_of(const StaticValue& value) { return Printer{true}.text(value); }
std::string key_of(const ModelApplication& model) { return Printer{true}.text(model); }

}  // namespace kiln::sema
