#include "random_statements.h"

#include <fmt/format.h>

namespace kiln::derivatives {

std::string RandomStatements::let(const std::string& name, const Scope& scope, const std::string& value) {
  const std::string bound = scope.empty() ? "" : "[" + binders(scope) + "]";
  return fmt::format("  let {}{} = {}\n", name, bound, value);
}

std::string RandomStatements::made(const std::string& axes) {
  const std::string name = fresh("v");
  expressions.tensors.push_back({name, axes});
  return name;
}

std::string RandomStatements::plain() {
  const Scope scope = expressions.fresh_scope(expressions.dims((1 + choices_.below(4)) % 4));
  const std::string value =
      "tanh(" + expressions.expression(scope, 2 + static_cast<int>(choices_.below(4) == 3)) + ")";
  std::string axes;
  for (const Index& index : scope) axes += index.dim;
  return let(made(axes), scope, value);
}

/// A sum of products as networks have it, with something around it.
std::string RandomStatements::contraction() {
  static const std::vector<std::string> epilogues = {"{}", "{} + 0.25", "max(0, {})", "sin({})", "{} * 0.5"};
  const NamedTensor left = expressions.tensor(1), right = expressions.tensor(1);
  const char summed = left.axes[choices_.below(left.axes.size())];
  const std::string bound = fresh("r");
  Scope scope;
  std::string product, axes;
  for (const NamedTensor* tensor : {&left, &right}) {
    std::string subscripts;
    bool is_taken = false;
    for (const char dim : tensor->axes) {
      std::string name;
      if (dim == summed && !is_taken) {
        name = bound;
        is_taken = true;
      }
      for (const Index& index : scope)
        if (name.empty() && index.dim == dim && subscripts.find(index.name) == std::string::npos &&
            choices_.chance(50))
          name = index.name;
      if (name.empty()) {
        if (scope.size() == 3) return plain();
        scope.push_back({name = fresh("n"), dim});
        axes += dim;
      }
      subscripts += (subscripts.empty() ? "" : ", ") + name;
    }
    product += fmt::format("{}{}[{}]", product.empty() ? "" : " * ", tensor->name, subscripts);
  }
  std::string sum = fmt::format(fmt::runtime(choices_.from(epilogues)),
                                fmt::format("(sum[{}: {}] {})", bound, summed, product));
  if (choices_.chance(50)) sum += " + " + expressions.read(scope);
  return let(made(axes), scope, "tanh(" + sum + ")");
}

/// A variable that is changed at some cells: added to or overwritten, at places that may meet.
std::string RandomStatements::written() {
  const std::string axes = expressions.dims(1 + choices_.below(2));
  const Scope first = expressions.fresh_scope(axes), second = expressions.fresh_scope(axes);
  std::string text = fmt::format("for[{}] {}", binders(first), expressions.expression(first, 2));
  const std::string value = expressions.expression(second, 2);
  const std::string filter = choices_.chance(30) ? " where " + expressions.condition(second, 1) : "";
  std::string subscripts, ranges, added;
  bool is_distinct = true;
  for (const Index& index : second) {
    std::string at = fmt::format("{}: {}", index.name, index.dim);
    switch (choices_.below(6)) {
      case 3: at = fmt::format("{} - 1 - {}", index.dim, index.name); break;
      case 4: at = fmt::format("({} * {} + 1) % {}", index.name, index.name, index.dim); break;
      case 5:
        for (const NamedTensor& tensor : expressions.tensors)
          if (tensor.places_on == index.dim && tensor.axes[0] == index.dim)
            at = fmt::format("{}[{}]", tensor.name, index.name);
        break;
      default: break;
    }
    // An index that does not stand bare has its range from a read.
    if (at.find(": ") == std::string::npos) {
      is_distinct = is_distinct && at.find(" - 1 - ") != std::string::npos;
      const std::string of = fresh("s");
      ranges += fmt::format("  let {}[{}: {}] = 0.25 * f64({})\n", of, index.name, index.dim, index.name);
      added += fmt::format(" + {}[{}]", of, index.name);
    }
    subscripts += (subscripts.empty() ? "" : ", ") + at;
  }
  static const std::vector<std::string> signs = {"+=", "=", "-=", "*="};
  std::string sign = choices_.from(signs);
  if (sign == "*=" && (!is_distinct || !ranges.empty())) sign = "=";
  const std::string name = made(axes);
  return fmt::format("{}  var {} = {}\n  {}[{}{}] {} tanh({}{})\n", ranges, name, text, name, subscripts,
                     filter, sign, value, added);
}

std::string RandomStatements::loop() {
  const std::string axes = expressions.dims(1 + choices_.below(2));
  const Scope first = expressions.fresh_scope(axes), second = expressions.fresh_scope(axes);
  const std::string start = expressions.read(first), counter = fresh("t"), name = made(axes);
  Scope inner = second;
  std::string rounds = "3";
  if (const uint32_t kind = choices_.below(4); kind > 0) {
    rounds = std::string(1, "NMK"[kind - 1]);
    inner.push_back({counter, rounds[0]});
  }
  const std::string body = fmt::format("{}[{}] * 0.5 + tanh({} + f64({}) * 0.25)", name, names(second),
                                       expressions.expression(inner, 2), counter);
  std::string change = fmt::format("{}[{}] = {}", name, binders(second), body);
  switch (choices_.below(5)) {
    case 3: change = fmt::format("{} = checkpoint {{ for[{}] {} }}", name, binders(second), body); break;
    case 4:
      change = fmt::format("if {} % 2 == 0 {{ {} }} else {{ {} = sin({}) }}", counter, change, name, name);
      break;
    default: break;
  }
  return fmt::format("  var {} = for[{}] {}\n  for {} in 0..{} {{ {} }}\n", name, binders(first), start,
                     counter, rounds, change);
}

/// What each round made.
std::string RandomStatements::stacked() {
  const std::string axes = expressions.dims(1), rounds = expressions.dims(1);
  const Scope first = expressions.fresh_scope(axes), second = expressions.fresh_scope(axes);
  const std::string carried = fresh("h"), counter = fresh("t"), start = expressions.read(first);
  expressions.tensors.push_back({carried, axes});
  Scope inner = second;
  inner.push_back({counter, rounds[0]});
  const std::string body = expressions.expression(inner, 2);
  const std::string name = made(rounds + axes);
  return fmt::format(
      "  var {0} = for[{1}] {2}\n  var {3}: f64[{4}, {5}] = 0\n  for {6} in 0..{4} {{\n"
      "    {0}[{7}] = tanh({8}) - 0.5 * {0}[{9}]\n    {3}[{6}] = {0}\n  }}\n",
      carried, binders(first), start, name, rounds, axes, counter, binders(second), body, names(second));
}

std::string RandomStatements::while_loop() {
  const std::string axes = expressions.dims(1);
  const Scope first = expressions.fresh_scope(axes), second = expressions.fresh_scope(axes);
  const std::string counter = fresh("k"), start = expressions.read(first), name = made(axes);
  const std::string body = expressions.expression(second, 2);
  const std::string bound = choices_.chance(50) ? fmt::format(" and sum({0} * {0}) < 9", name) : "";
  return fmt::format(
      "  var {0}: i32 = 0\n  var {1} = for[{2}] {3}\n  while {0} < 3{4} max 5 {{\n"
      "    {1}[{5}] = {1}[{6}] * 0.5 + cos({7})\n    {0} += 1\n  }}\n",
      counter, name, binders(first), start, bound, binders(second), names(second), body);
}

std::string RandomStatements::branch() {
  const std::string axes = expressions.dims(1 + choices_.below(2));
  const Scope first = expressions.fresh_scope(axes), yes = expressions.fresh_scope(axes),
              no = expressions.fresh_scope(axes);
  const std::string start = expressions.read(first), decision = expressions.expression({}, 2);
  const std::string then = expressions.expression(yes, 2), otherwise = expressions.expression(no, 2);
  const std::string name = made(axes);
  return fmt::format(
      "  var {0} = for[{1}] {2}\n  if {3} > 0.25 {{ {0}[{4}] += tanh({5}) }} else {{ {0}[{6}] = "
      "sin({7}) }}\n",
      name, binders(first), start, decision, binders(yes), then, binders(no), otherwise);
}

std::string RandomStatements::along_last_axis() {
  const NamedTensor tensor = expressions.tensor(1);
  const Scope scope = expressions.fresh_scope(tensor.axes);
  const std::string spread = fresh("s"), name = made(tensor.axes);
  static const std::vector<std::string> forms = {"cumsum({0})", "scan(fn(a, b) = a * b, {0})",
                                                 "scan(fn(a, b) = max(a, b), {0})"};
  // Equals would be told apart by rounding.
  std::string text =
      let(spread, scope,
          fmt::format("0.75 * cos({}[{}] + f64({}) * 0.0131)", tensor.name, names(scope), scope.back().name));
  const uint32_t kind = choices_.below(4);
  if (kind == 0) return text + fmt::format("  let ({}, _) = sort({})\n", name, spread);
  return text + fmt::format("  let {} = {}\n", name, fmt::format(fmt::runtime(forms[kind - 1]), spread));
}

/// The best places on an axis, to read at later.
std::string RandomStatements::places() {
  const std::string dims = expressions.dims(2);
  if (may_be_empty_ || dims[0] == dims[1]) return plain();
  const Scope scope = expressions.fresh_scope(dims);
  const std::string body = expressions.expression(scope, 2), name = fresh("k");
  expressions.tensors.push_back({name, dims.substr(0, 1), dims[1]});
  return fmt::format("  let {}[{}: {}] = {}[{}: {}] ({} + f64({}) * 0.0131)\n", name, scope[0].name, dims[0],
                     choices_.below(2) ? "argmin" : "argmax", scope[1].name, dims[1], body, scope[1].name);
}

std::string RandomStatements::scalar_of(const NamedTensor& tensor, const Scope& scope) {
  const std::string factor = expressions.expression(scope, 2);
  const Scope inner = expressions.fresh_scope(tensor.axes);
  return fmt::format("{} + sum[{}] sin({}[{}]) * (1.5 + {})", factor, binders(inner), tensor.name,
                     names(inner), expressions.expression(scope, 1));
}

std::string RandomStatements::inner_gradient() {
  const NamedTensor tensor = expressions.tensor(1);
  const std::string gradient = fresh("g"), loss = scalar_of(tensor, {});
  return fmt::format("  let {} = grad({}) {{ {} }}\n  let {} = tanh({})\n", gradient, tensor.name, loss,
                     made(tensor.axes), gradient);
}

std::string RandomStatements::inner_slope() {
  const NamedTensor tensor = expressions.tensor(1);
  const Scope scope = expressions.fresh_scope(expressions.dims(1));
  const std::string slope = fresh("g"), along = fresh("d");
  const Scope all = expressions.fresh_scope(tensor.axes);
  std::string text = let(along, all, expressions.expression(all, 1));
  const std::string body = fmt::format("for[{}] {} + {}", binders(scope), expressions.expression(scope, 2),
                                       expressions.read_of(tensor, scope));
  return text + fmt::format("  let (_, {}) = jvp({}: {}) {{ {} }}\n  let {} = tanh({})\n", slope, tensor.name,
                            along, body, made(std::string(1, scope[0].dim)), slope);
}

/// A pullback that is called twice.
std::string RandomStatements::pullback() {
  const NamedTensor tensor = expressions.tensor(1);
  const Scope scope = expressions.fresh_scope(expressions.dims(1));
  const std::string back = fresh("back"), y = fresh("y");
  const std::string body = fmt::format("for[{}] {} + {}", binders(scope), expressions.expression(scope, 2),
                                       expressions.read_of(tensor, scope));
  return fmt::format("  let ({}, {}) = vjp({}) {{ {} }}\n  let {} = tanh({}({}) - 0.5 * {}(sin({})))\n", y,
                     back, tensor.name, body, made(tensor.axes), back, y, back, y);
}

/// One gradient for each point of a comprehension.
std::string RandomStatements::point_gradients() {
  const NamedTensor tensor = expressions.tensor(1);
  if (tensor.axes.size() > 2) return plain();
  const Scope scope = expressions.fresh_scope(expressions.dims(1));
  const std::string gradients = fresh("g"), loss = scalar_of(tensor, scope);
  return fmt::format("  let {}[{}] = grad({}) {{ {} }}\n  let {} = tanh({})\n", gradients, binders(scope),
                     tensor.name, loss, made(scope[0].dim + tensor.axes), gradients);
}

std::string RandomStatements::library_function() {
  static const std::vector<std::string> forms = {"softmax({0})", "normalised({0})",
                                                 "sin({0}) * 0.5 - {0} * {0} + 1 / (1 + {0} * {0})",
                                                 "logistic({0}, 0.75)"};
  const NamedTensor tensor = expressions.tensor(1);
  return fmt::format("  let {} = {}\n", made(tensor.axes),
                     fmt::format(fmt::runtime(choices_.from(forms)), tensor.name));
}

/// A window that slides: padded, dilated.
std::string RandomStatements::window() {
  const NamedTensor tensor = expressions.tensor(1), weight = expressions.tensor(1);
  const Scope scope = expressions.fresh_scope(tensor.axes);
  const std::string k = fresh("r");
  std::string subscripts;
  for (size_t i = 0; i + 1 < scope.size(); ++i) subscripts += scope[i].name + ", ";
  static const std::vector<std::string> forms = {"{0} + {1} - 1", "{0} + 2 * {1} - 2", "2 * {0} + {1} - 1",
                                                 "{0} - {1}"};
  subscripts += fmt::format(fmt::runtime(choices_.from(forms)), scope.back().name, k);
  std::string at;
  for (size_t i = 0; i < weight.axes.size(); ++i)
    at += (i ? ", " : "") + (i + 1 < weight.axes.size() ? "0" : k);
  const std::string reducer = choices_.chance(25) ? "max" : "sum";
  return let(made(tensor.axes), scope,
             fmt::format("tanh({}[{}: 3] ({}[{} else 0] * (0.5 + {}[{} else 0]) + f64({}) * 0.0131))",
                         reducer, k, tensor.name, subscripts, weight.name, at, k));
}

/// Two axes joined in one, and taken apart again.
std::string RandomStatements::join() {
  const std::string axes = expressions.dims(2);
  const Scope scope = expressions.fresh_scope(axes), other = expressions.fresh_scope(axes);
  const std::string joined = fresh("j"), body = expressions.expression(scope, 2);
  const std::string value = expressions.expression(other, 1);
  const std::string name = made(axes);
  return fmt::format("  let {}[({}: {}, {}: {})] = {}\n", joined, scope[0].name, axes[0], scope[1].name,
                     axes[1], body) +
         let(name, other,
             fmt::format("tanh({0}[({1}: {2}, {3}: {4})] - 0.5 * {0}[{1} + {3} else 0] * {5})", joined,
                         other[0].name, axes[0], other[1].name, axes[1], value));
}

std::string RandomStatements::stride() {
  const std::string dim = expressions.dims(1);
  const Scope wide = expressions.fresh_scope(dim), narrow = expressions.fresh_scope(dim);
  const std::string name = fresh("w"), i = wide[0].name, j = narrow[0].name;
  const NamedTensor tensor = expressions.tensor(1);
  const std::string part = expressions.read_of(tensor, {{i, 'X'}});
  const std::string value = expressions.expression(narrow, 1);
  const std::string result = made(dim);
  return fmt::format(
      "  let {0}[{1}: 2 * {2} + 1] = sin({3} + f64({1}) * 0.25)\n"
      "  let {4}[{5}: {2}] = {0}[2 * {5}] * {0}[2 * {5} + 1] - {0}[2 * {5} + 2] * {6}\n",
      name, i, dim, part, result, j, value);
}

std::string RandomStatements::statement() {
  using Maker = std::string (RandomStatements::*)();
  static constexpr Maker makers[] = {&RandomStatements::plain,           &RandomStatements::plain,
                                     &RandomStatements::plain,           &RandomStatements::plain,
                                     &RandomStatements::contraction,     &RandomStatements::contraction,
                                     &RandomStatements::contraction,     &RandomStatements::written,
                                     &RandomStatements::written,         &RandomStatements::loop,
                                     &RandomStatements::stacked,         &RandomStatements::while_loop,
                                     &RandomStatements::branch,          &RandomStatements::along_last_axis,
                                     &RandomStatements::places,          &RandomStatements::inner_gradient,
                                     &RandomStatements::inner_slope,     &RandomStatements::pullback,
                                     &RandomStatements::point_gradients, &RandomStatements::library_function,
                                     &RandomStatements::window,          &RandomStatements::join,
                                     &RandomStatements::stride};
  return (this->*makers[choices_.below(std::size(makers))])();
}

}  // namespace kiln::derivatives
