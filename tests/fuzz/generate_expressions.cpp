#include "generate_expressions.h"

#include <algorithm>
#include <map>

namespace kiln::fuzz {
namespace {

const std::vector<std::string> smooth_functions = {"tanh",    "sin", "cos",      "abs",
                                                   "sigmoid", "exp", "relu_like"};
const std::vector<std::string> rough_functions = {"floor", "sqrt", "log", "round", "rsqrt", "tan", "erf"};
const std::vector<std::string> reducers = {"sum", "max", "min", "mean", "prod"};
const std::vector<std::string> comparisons = {"<", "<=", "==", "!=", ">", ">="};

bool is_integer(const std::string& element) { return element[0] == 'i' || element[0] == 'u'; }

}  // namespace

std::string ExpressionGenerator::extent() {
  std::vector<std::string> rows = scope.dims;
  rows.insert(rows.end(), {"2", "3", "4"});
  if (!scope.dims.empty() && choices_.chance(12)) {
    const std::string symbol = choices_.from(scope.dims);
    const std::vector<std::string> forms = {
        symbol + " + 1",           "2 * " + symbol,
        symbol + " / 2",           symbol + " * " + choices_.from(scope.dims),
        "max(" + symbol + ", 2)",  "min(" + symbol + ", 3)",
        "(" + symbol + " + 1) / 2"};
    return choices_.from(forms);
  }
  return choices_.from(rows);
}

std::string ExpressionGenerator::element() {
  static const std::vector<std::string> rows = {"f32",  "f32", "f32", "f32",  "f64", "i32", "i32",
                                                "bool", "i64", "u8",  "bf16", "i8",  "f16"};
  std::string chosen = choices_.from(rows);
  if (chosen == "bf16" || chosen == "f16") is_smooth = false;
  return chosen;
}

TensorType ExpressionGenerator::type(size_t greatest_rank) {
  TensorType made{element(), {}};
  const size_t rank = greatest_rank == 0 ? 0 : (choices_.below(greatest_rank) + 1) % (greatest_rank + 1);
  for (size_t i = 0; i < rank; ++i) made.shape.push_back(extent());
  return made;
}

std::vector<Variable> ExpressionGenerator::variables_of(const TensorType& type) const {
  std::vector<Variable> found;
  std::copy_if(scope.variables.begin(), scope.variables.end(), std::back_inserter(found),
               [&](const Variable& variable) { return variable.type == type; });
  return found;
}

std::string ExpressionGenerator::literal(const std::string& element) {
  static const std::vector<std::string> fractions = {"0.5", "1", "2", "0.25", "3", "1e-3", "100"};
  static const std::vector<std::string> integers = {"1", "0", "2", "3", "7", "100"};
  if (element == "bool") return choices_.below(2) ? "true" : "false";
  const std::string number = choices_.from(is_integer(element) ? integers : fractions);
  return element + "(" + number + ")";
}

/// `is_safe` stays true only where the subscript is inside the axis without a proof of its own.
std::string ExpressionGenerator::subscript(const std::string& extent, bool& is_safe) {
  std::vector<std::string> fitting;
  for (const IndexInScope& index : scope.indices)
    if (index.extent == extent) fitting.push_back(index.name);
  if (!fitting.empty() && !choices_.chance(20)) return choices_.from(fitting);
  if (extent.size() == 1 && extent[0] >= '2' && extent[0] <= '9' && !choices_.chance(30))
    return std::to_string(choices_.below(2));
  is_safe = false;
  std::vector<std::string> rows = {"0", "1"};
  for (const IndexInScope& index : scope.indices) {
    rows.insert(rows.end(), {index.name, index.name + " + 1", index.name + " - 1", "2 * " + index.name,
                             index.name + " / 2", index.name + " % 2", "(" + extent + ") - 1 - " + index.name,
                             "min(" + index.name + ", 1)"});
  }
  for (const std::string& counter : scope.counters) rows.push_back(counter);
  return choices_.from(rows);
}

std::string ExpressionGenerator::read_of(const Variable& variable) {
  if (variable.type.shape.empty()) return variable.name;
  std::string text = variable.name + "[";
  bool is_safe = true;
  for (size_t i = 0; i < variable.type.shape.size(); ++i)
    text += (i ? ", " : "") + subscript(variable.type.shape[i], is_safe);
  if (!is_safe && !choices_.chance(3)) text += variable.type.element == "bool" ? " else false" : " else 0";
  return text + "]";
}

std::string ExpressionGenerator::element_read(const std::string& element) {
  std::vector<Variable> found;
  for (const Variable& variable : scope.variables)
    if (variable.type.element == element) found.push_back(variable);
  if (found.empty()) return literal(element);
  return read_of(choices_.from(found));
}

std::string ExpressionGenerator::boolean(int depth) {
  switch (choices_.below(6)) {
    case 0: return element_read("bool");
    case 1:
    case 2: {
      const std::string element = choices_.chance(50) ? "i32" : "f32";
      if (element == "f32") is_smooth = false;
      return "(" + scalar(element, depth - 1) + " " + choices_.from(comparisons) + " " +
             scalar(element, depth - 1) + ")";
    }
    case 3:
      return "(" + boolean(depth - 1) + (choices_.below(2) ? " and " : " or ") + boolean(depth - 1) + ")";
    case 4: return "(not " + boolean(depth - 1) + ")";
    default: {
      const IndexInScope index{fresh("p"), extent()};
      scope.indices.push_back(index);
      const std::string body = boolean(depth - 1);
      scope.indices.pop_back();
      return std::string("(") + (choices_.below(2) ? "any[" : "all[") + index.name + ": " + index.extent +
             "] " + body + ")";
    }
  }
}

std::string ExpressionGenerator::reduction(const std::string& element, int depth) {
  std::string reducer = choices_.from(reducers);
  if (reducer == "mean" && is_integer(element)) reducer = "sum";
  std::string binders;
  const size_t count = 1 + choices_.below(2);
  std::vector<IndexInScope> made;
  for (size_t i = 0; i < count; ++i) {
    made.push_back({fresh("p"), extent()});
    scope.indices.push_back(made.back());
  }
  const std::string body = scalar(element, depth - 1);
  std::string filter = choices_.chance(20) ? " where " + boolean(depth - 2) : "";
  for (size_t i = 0; i < count; ++i) {
    scope.indices.pop_back();
    const bool is_read = body.find("[" + made[i].name + "]") != std::string::npos ||
                         body.find(", " + made[i].name + "]") != std::string::npos;
    binders += (i ? ", " : "") + made[i].name;
    if (!is_read || choices_.chance(50)) binders += ": " + made[i].extent;
  }
  return "(" + reducer + "[" + binders + filter + "] (" + body + "))";
}

std::string ExpressionGenerator::integer_of_other_kind(const std::string& element, int depth) {
  const std::vector<std::string> rows = {"i32", "f32", "i64", "u8", "bool", "f64"};
  const std::string from = choices_.from(rows);
  if (from[0] == 'f') is_smooth = false;
  return element + "(" + scalar(from, depth - 1) + ")";
}

std::string ExpressionGenerator::scalar(const std::string& element, int depth) {
  if (choices_.chance(1)) return literal(this->element());  // a mistake
  if (depth <= 0 || choices_.is_used_up())
    return choices_.chance(30) ? literal(element) : element_read(element);
  if (element == "bool") return boolean(depth);
  const bool is_float = !is_integer(element);
  switch (choices_.below(14)) {
    case 0:
    case 1: return element_read(element);
    case 2: return literal(element);
    case 3:
    case 4:
    case 5: {
      static const std::vector<std::string> signs = {"+", "-", "*"};
      return "(" + scalar(element, depth - 1) + " " + choices_.from(signs) + " " +
             scalar(element, depth - 1) + ")";
    }
    case 6:
      return std::string(choices_.below(2) ? "max(" : "min(") + scalar(element, depth - 1) + ", " +
             scalar(element, depth - 1) + ")";
    case 7: {
      if (!is_float) {
        is_smooth = is_smooth && !choices_.chance(5);
        return "(" + scalar(element, depth - 1) + (choices_.below(2) ? " / " : " % ") + literal(element) +
               ")";
      }
      const bool is_rough = choices_.chance(30);
      std::string function = choices_.from(is_rough ? rough_functions : smooth_functions);
      if (is_rough) is_smooth = false;
      if (function == "relu_like") return "max(" + scalar(element, depth - 1) + ", 0)";
      if (function == "exp") return "exp(tanh(" + scalar(element, depth - 1) + "))";
      return function + "(" + scalar(element, depth - 1) + ")";
    }
    case 8:
    case 9: return reduction(element, depth);
    case 10:
      return "(if " + boolean(depth - 1) + " { " + scalar(element, depth - 1) + " } else { " +
             scalar(element, depth - 1) + " })";
    case 11: {
      const std::string name = fresh("v");
      std::string text = "{ let " + name + " = " + scalar(element, depth - 1) + "\n";
      scope.variables.push_back({name, {element, {}}});
      text += "return " + scalar(element, depth - 1) + " }";
      scope.variables.pop_back();
      return "(" + text + ")";
    }
    case 12: return integer_of_other_kind(element, depth);
    default: {
      std::vector<HelperFunction> fitting;
      for (const HelperFunction& helper : helpers)
        if (helper.result == TensorType{element, {}}) fitting.push_back(helper);
      if (!fitting.empty()) return call(choices_.from(fitting), depth);
      if (is_float)
        return "(" + scalar(element, depth - 1) + " / (2 + abs(" + scalar(element, depth - 1) + ")))";
      if (element != "i32" || scope.indices.empty()) return element_read(element);
      is_smooth = false;
      return "(argmax[" + fresh("p") + ": " + extent() + "] " + scalar("f32", depth - 1) + ")";
    }
  }
}

std::string ExpressionGenerator::comprehension(const TensorType& type, int depth) {
  std::string binders;
  for (const std::string& extent : type.shape) {
    scope.indices.push_back({fresh("p"), extent});
    binders += (binders.empty() ? "" : ", ") + scope.indices.back().name + ": " + extent;
  }
  const bool outer = scope.may_change;
  scope.may_change = false;
  const std::string body = scalar(type.element, depth - 1);
  scope.may_change = outer;
  scope.indices.resize(scope.indices.size() - type.shape.size());
  return "(for[" + binders + "] " + body + ")";
}

/// The helper at dims of the caller's.
std::string ExpressionGenerator::call(const HelperFunction& helper, int depth) {
  std::map<std::string, std::string> dims;
  std::string text = helper.name + "(";
  for (size_t i = 0; i < helper.parameters.size(); ++i) {
    TensorType wanted = helper.parameters[i];
    for (std::string& extent : wanted.shape)
      if (const bool is_symbol = extent[0] >= 'A' && extent[0] <= 'Z'; is_symbol) {
        const auto place = dims.emplace(extent, "");
        if (place.second) place.first->second = this->extent();
        extent = place.first->second;
      }
    text += (i ? ", " : "") +
            (wanted.shape.empty() ? scalar(wanted.element, depth - 1) : tensor(wanted, depth - 1));
  }
  return text + ")";
}

std::string ExpressionGenerator::gradient(const Variable& variable, int depth) {
  const std::string& x = variable.name;
  const std::string body = tensor(variable.type, depth - 1) + " * " + x;
  const std::string y = fresh("v"), other = fresh("v");
  switch (choices_.below(6)) {
    case 0: return "grad(" + x + ") { sum(checkpoint { " + body + " }) }";
    case 1:
      return "({ let (" + y + ", " + other + ") = jvp(" + x + ": " + x + ") { " + body + " } return " +
             other + " })";
    case 2:
      return "({ let (" + y + ", " + other + ") = vjp(" + x + ") { " + body + " } return " + other + "(" + y +
             ") })";
    case 3:
      return "grad(" + x + ") { { let " + y + " = grad(" + x + ") { sum(" + body + ") } return sum(" + y +
             ") } }";
    default: return "grad(" + x + ") { sum(" + body + ") }";
  }
}

std::string ExpressionGenerator::tensor(const TensorType& type, int depth) {
  if (type.shape.empty()) return scalar(type.element, depth);
  const std::vector<Variable> same = variables_of(type);
  const bool is_done = depth <= 0 || choices_.is_used_up();
  if (!same.empty() && (is_done || choices_.chance(35))) return choices_.from(same).name;
  if (is_done) return comprehension(type, 0);
  switch (choices_.below(8)) {
    case 0:
    case 1:
    case 2: return comprehension(type, depth);
    case 3:
      if (type.element == "bool") return comprehension(type, depth);
      return "(" + tensor(type, depth - 1) + (choices_.below(2) ? " + " : " * ") + tensor(type, depth - 1) +
             ")";
    case 4:
      if (!type.is_float()) return comprehension(type, depth);
      return std::string(choices_.below(2) ? "tanh(" : "sin(") + tensor(type, depth - 1) + ")";
    case 5:
      if (type.element == "bool") return comprehension(type, depth);
      return "(" + tensor(type, depth - 1) + " * " + scalar(type.element, depth - 1) + ")";
    case 6:
      if (type.is_float() && !same.empty()) return gradient(choices_.from(same), depth);
      return comprehension(type, depth);
    default: {
      std::vector<HelperFunction> fitting;
      for (const HelperFunction& helper : helpers)
        if (helper.result == type && helper.dims.empty()) fitting.push_back(helper);
      return fitting.empty() ? comprehension(type, depth) : call(choices_.from(fitting), depth);
    }
  }
}

}  // namespace kiln::fuzz
