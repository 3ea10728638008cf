#include "random_expressions.h"

#include <fmt/format.h>

namespace kiln::derivatives {
namespace {

/// Of one argument, `{0}`.
const std::vector<std::string> unary = {"sin({0})",
                                        "tanh({0})",
                                        "square({0})",
                                        "cos({0})",
                                        "sigmoid({0})",
                                        "erf({0})",
                                        "abs({0})",
                                        "max(0, {0})",
                                        "sqrt(1 + square({0}))",
                                        "rsqrt(1 + square({0}))",
                                        "log1p(square({0}))",
                                        "log(2 + sin({0}))",
                                        "log2(2 + cos({0}))",
                                        "log10(1 + square({0}))",
                                        "exp(tanh({0}))",
                                        "exp2(sin({0}))",
                                        "expm1(tanh({0}))",
                                        "atan({0})",
                                        "asin(0.75 * sin({0}))",
                                        "acos(0.5 * tanh({0}))",
                                        "sinh(tanh({0}))",
                                        "cosh(sin({0}))",
                                        "tan(tanh({0}))",
                                        "reciprocal(2 + cos({0}))",
                                        "ruled({0})",
                                        "floor({0})",
                                        "sign({0})",
                                        "round(2 * {0})"};

/// Of two, `{0}` and `{1}`.
const std::vector<std::string> binary = {"({0} + {1})",
                                         "({0} * {1})",
                                         "({0} - {1})",
                                         "({0} / (1 + square({1})))",
                                         "max({0}, {1})",
                                         "min({0}, {1})",
                                         "pow(1.5 + sin({0}), tanh({1}))",
                                         "atan2({0}, 2 + cos({1}))",
                                         "blend({0}, {1})"};

const std::vector<std::string> numbers = {"f64(0.5)", "f64(-1.5)", "f64(2)", "f64(0.25)"};

}  // namespace

std::string NamedTensor::shape() const {
  std::string text;
  for (const char dim : axes) text += (text.empty() ? "[" : ", ") + std::string(1, dim);
  return text.empty() ? "" : text + "]";
}

std::string binders(const Scope& scope) {
  std::string text;
  for (const Index& index : scope)
    text += fmt::format("{}{}: {}", text.empty() ? "" : ", ", index.name, index.dim);
  return text;
}

std::string names(const Scope& scope) {
  std::string text;
  for (const Index& index : scope) text += (text.empty() ? "" : ", ") + index.name;
  return text;
}

std::string RandomExpressions::dims(size_t count) {
  std::string axes;
  for (size_t i = 0; i < count; ++i) axes += "NMK"[choices_.below(3)];
  return axes;
}

Scope RandomExpressions::fresh_scope(const std::string& axes) {
  Scope scope;
  for (const char dim : axes) scope.push_back({fresh("n"), dim});
  return scope;
}

NamedTensor RandomExpressions::tensor(size_t least_rank) {
  std::vector<NamedTensor> found;
  for (const NamedTensor& one : tensors)
    if (one.places_on == 0 && one.axes.size() >= least_rank) found.push_back(one);
  return choices_.from(found);
}

RandomExpressions::Subscript RandomExpressions::subscript(char dim, const Scope& scope) {
  std::vector<std::string> same, others;
  for (const Index& index : scope) (index.dim == dim ? same : others).push_back(index.name);
  if (!same.empty()) {
    const std::string& name = choices_.from(same);
    switch (choices_.below(12)) {
      case 5: return {fmt::format("{} - 1 - {}", dim, name)};
      case 6: return {fmt::format("({} + {}) % {}", name, 1 + choices_.below(3), dim)};
      case 7: return {fmt::format("{} / 2", name)};
      case 8: return {fmt::format("{} - {}", name, 1 + choices_.below(2)), true};
      case 9: return {fmt::format("{} + {}", name, 1 + choices_.below(2)), true};
      case 10: return {fmt::format("2 * {}", name), true};
      case 11: break;
      default: return {name};
    }
  }
  std::vector<std::string> places;
  for (const NamedTensor& tensor : tensors)
    if (tensor.places_on == dim)
      for (const Index& index : scope)
        if (index.dim == tensor.axes[0]) places.push_back(fmt::format("{}[{}]", tensor.name, index.name));
  if (!places.empty() && choices_.below(3) != 0) return {choices_.from(places)};
  if (!others.empty()) {
    const std::string& name = choices_.from(others);
    return may_be_empty_ ? Subscript{name, true} : Subscript{fmt::format("{} % {}", name, dim)};
  }
  if (!same.empty()) return {same[0]};
  return {"0", may_be_empty_};
}

std::string RandomExpressions::read_of(const NamedTensor& tensor, const Scope& scope) {
  if (tensor.axes.empty()) return tensor.name;
  std::string text;
  bool may_leave = false;
  for (const char dim : tensor.axes) {
    const Subscript one = subscript(dim, scope);
    text += (text.empty() ? "" : ", ") + one.text;
    may_leave = may_leave || one.may_leave;
  }
  return fmt::format("{}[{}{}]", tensor.name, text, may_leave ? " else 0" : "");
}

std::string RandomExpressions::read(const Scope& scope) { return read_of(tensor(0), scope); }

std::string RandomExpressions::condition(const Scope& scope, int depth) {
  if (scope.empty() || choices_.chance(30)) return expression(scope, depth - 1) + " > 0.125";
  const std::string& name = scope[choices_.below(scope.size())].name;
  switch (choices_.below(4)) {
    case 0: return fmt::format("{} < {}", name, choices_.below(5));
    case 1: return fmt::format("{} % 3 != 1", name);
    case 2: return fmt::format("{} <= {}", name, scope[choices_.below(scope.size())].name);
    default: return fmt::format("{} != {}", name, scope[choices_.below(scope.size())].name);
  }
}

std::string RandomExpressions::expression(const Scope& scope, int depth) {
  if (depth <= 0) {
    const uint32_t chosen = choices_.below(8);
    if (chosen == 6) return choices_.from(numbers);
    if (chosen == 7 && !scope.empty())
      return fmt::format("f64({}) * 0.125", scope[choices_.below(scope.size())].name);
    return read(scope);
  }
  switch (choices_.below(20)) {
    case 0:
    case 1: return read(scope);
    case 2:
    case 3:
    case 4:
    case 5: {
      const std::string form = choices_.from(unary);
      return fmt::format(fmt::runtime(form), expression(scope, depth - 1));
    }
    case 6:
    case 7:
    case 8:
    case 9:
    case 10: {
      const std::string form = choices_.from(binary);
      const std::string a = expression(scope, depth - 1), b = expression(scope, depth - 1);
      return fmt::format(fmt::runtime(form), a, b);
    }
    case 11:
    case 12: {
      const std::string decision = condition(scope, depth);
      const std::string yes = expression(scope, depth - 1), no = expression(scope, depth - 1);
      return fmt::format("(if {} {{ {} }} else {{ {} }})", decision, yes, no);
    }
    case 13: return block(scope, depth);
    default: return reduction(scope, depth);
  }
}

/// A value of its own: bound by a name, made by a loop, or a constant to derivatives.
std::string RandomExpressions::block(const Scope& scope, int depth) {
  const std::string start = expression(scope, depth - 1);
  const uint32_t kind = choices_.below(8);
  if (kind == 7) {
    has_stopped = true;
    return fmt::format("(stop_gradient({}) * {})", start, read(scope));
  }
  if (kind == 6) return fmt::format("(checkpoint {{ {} }})", start);
  const std::string name = fresh("a");
  tensors.push_back({name, ""});
  const std::string next = expression(scope, depth - 1);
  tensors.pop_back();
  if (kind < 3) return fmt::format("({{ let {} = {} return {} * {} }})", name, start, next, name);
  const std::string round = fmt::format("{} = 0.5 * {} + tanh({} - {})", name, name, next, name);
  if (kind < 5)
    return fmt::format("({{ var {} = {} for {} in 0..2 {{ {} }} return {} }})", name, start, fresh("t"),
                       round, name);
  return fmt::format("({{ var {} = {} while abs({}) < 0.75 max 3 {{ {} + 0.25 }} return {} }})", name, start,
                     name, round, name);
}

std::string RandomExpressions::reduction(const Scope& scope, int depth) {
  if (scope.size() >= 4) return read(scope);
  static const std::vector<std::string> reducers = {"sum", "sum", "sum", "mean", "max", "min", "prod"};
  const size_t count = scope.size() >= 3 || !choices_.chance(30) ? 1 : 2;
  Scope inner = scope;
  std::string bound, spread, factor;
  bool is_part = false;
  for (size_t i = 0; i < count; ++i) {
    const Index index{fresh("r"), dims(1)[0]};
    std::string range(1, index.dim);
    for (const Index& outer : scope)
      if (range == "N" && outer.dim == 'N' && choices_.chance(25)) {
        range = "0.." + outer.name + " + 1";
        factor +=
            fmt::format(" * (1.5 + z[{}])", index.name);  // it stands alone on an axis: such a range must
      }
    if (range.size() == 1 && choices_.chance(8)) range = fmt::format("1..max(1, {})", range);
    is_part = is_part || range.size() > 1;
    inner.push_back(index);
    bound += fmt::format("{}{}: {}", i == 0 ? "" : ", ", index.name, range);
    spread += fmt::format(" + f64({}) * {}", index.name, i == 0 ? 0.0131 : 0.00077);
  }
  std::string reducer = choices_.from(reducers);
  const std::string filter = choices_.chance(30) ? " where " + condition(inner, depth - 1) : "";
  const bool has_none = may_be_empty_ || is_part || !filter.empty();
  if (reducer == "mean" && has_none) reducer = "sum";
  const std::string body = expression(inner, depth - 1) + factor;
  const std::string head = fmt::format("{}[{}{}]", reducer, bound, filter);
  if (reducer == "prod") return fmt::format("({} (0.75 * cos({})))", head, body);
  if (reducer != "max" && reducer != "min") return fmt::format("({} ({}))", head, body);
  // No two are equal but by chance: rounding decides between equals that were computed in different ways.
  const std::string extreme = fmt::format("({} (({}){}))", head, body, spread);
  if (!has_none) return extreme;
  return fmt::format("{}({}, {})", reducer, extreme, reducer == "max" ? "-3" : "3");
}

}  // namespace kiln::derivatives
