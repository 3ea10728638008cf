#include "generate_ragged.h"

#include <vector>

namespace kiln::fuzz {
namespace {

/// f32[b: B, len[b]], or with an extent behind it.
struct RaggedVariable {
  std::string name, features;  // "": no further axis
};

class RaggedGenerator {
 public:
  RaggedGenerator(Choices& choices, ExpressionGenerator& expressions)
      : choices_(choices), expressions_(expressions) {}

  std::string run() {
    row_function();
    scope() = {};
    scope().dims = {"B", "D"};
    scope().variables = {{"w", {"f32", {"D", "3"}}}, {"c", {"f32", {}}}};
    ragged_ = {{"x", ""}, {"z", "D"}};
    line(
        "export fn ragged(len: i32[B], x: f32[b: B, len[b]], z: f32[b: B, len[b], D], w: f32[D, 3], c: f32)");
    line("    -> r: f32[b: B, len[b]], s: f32[B], m: f32[B, 3] {");
    for (uint32_t i = choices_.below(5); i > 0; --i) statement();
    line("  r[b, t] = " + at_place("b", "t"));
    line("  s[b] = " + reducer() + "[t] (" + at_place("b", "t") + ")");
    line("  m[b, e] = sum[t, d] " + any_with_features("D") + "[b, t, d] * w[d, e]");
    line("}");
    return text_;
  }

 private:
  Scope& scope() { return expressions_.scope; }
  void line(const std::string& text) { text_ += text + "\n"; }

  void row_function() {
    scope() = {};
    scope().dims = {"T"};
    scope().variables = {{"v", {"f32", {"T"}}}};
    line("fn row(v: f32[T]) -> r: f32[T] {");
    if (choices_.chance(30)) {
      line("  var k: f32 = 0");
      line("  for t in 0..T { k = 0.5 * k + v[t] }");
      scope().variables.push_back({"k", {"f32", {}}});
    }
    scope().indices.push_back({"i", "T"});
    line("  r[i] = " + expressions_.scalar("f32", 2));
    line("}");
  }

  std::string reducer() {
    static const std::vector<std::string> rows = {"sum", "max", "mean", "min", "prod"};
    return choices_.from(rows);
  }

  /// The name of a ragged variable that has these features.
  std::string any_with_features(const std::string& features) {
    std::vector<std::string> fitting;
    for (const RaggedVariable& variable : ragged_)
      if (variable.features == features) fitting.push_back(variable.name);
    return choices_.from(fitting);
  }

  /// What may be read at a place of a row, as scalars.
  std::vector<std::string> reads(const std::string& b, const std::string& t) {
    std::vector<std::string> found = {"f32(" + t + ")", "f32(len[" + b + "])"};
    for (const RaggedVariable& variable : ragged_) {
      const std::string begin = variable.name + "[" + b + ", " + t;
      if (variable.features.empty())
        found.insert(found.end(), {begin + "]", begin + " - 1 else 0]"});
      else
        found.push_back(begin + ", 1 else 0]");
    }
    return found;
  }

  std::string at_place(const std::string& b, const std::string& t) {
    const size_t outer = scope().variables.size();
    for (const std::string& read : reads(b, t)) scope().variables.push_back({read, {"f32", {}}});
    scope().indices.push_back({b, "B"});
    const std::string made = "x[" + b + ", " + t + "] * " + expressions_.scalar("f32", 2);
    scope().indices.pop_back();
    scope().variables.resize(outer);
    return made;
  }

  void let(const std::string& name, const std::string& rest) { line("  let " + name + rest); }

  void changed_in_rounds(const std::string& name) {
    const std::string from = any_with_features("");
    line("  var " + name + " = " + from);
    static const std::vector<std::string> heads = {"for k in 0..3", "for k in 0..D",
                                                   "while sum(NAME * NAME) > 1 max 3"};
    std::string head = choices_.from(heads);
    for (size_t at; (at = head.find("NAME")) != std::string::npos;) head.replace(at, 4, name);
    ragged_.push_back({name, ""});
    line("  " + head + " { " + name + "[b, t] = 0.5 * (" + at_place("b", "t") + ") }");
  }

  void gradient(const std::string& name) {
    static const std::vector<std::string> rows = {"sum[b, t] (", "sum[b] sum[t] row(x[b])[t] * (",
                                                  "sum[b, t] checkpoint { tanh(x) }[b, t] * ("};
    const bool of_weights = choices_.chance(40);
    const std::string factor = of_weights ? " * (sum[d] z[b, t, d] * w[d, 0])" : " * x[b, t]";
    let(name, std::string(" = grad(") + (of_weights ? "w" : "x") + ") { " + choices_.from(rows) +
                  at_place("b", "t") + factor + ") }");
    if (of_weights)
      scope().variables.push_back({name, {"f32", {"D", "3"}}});
    else
      ragged_.push_back({name, ""});
  }

  void statement() {
    const std::string name = expressions_.fresh("v");
    switch (choices_.below(10)) {
      case 0:
        let(name, "[b, t] = " + at_place("b", "t"));
        ragged_.push_back({name, ""});
        return;
      case 1:
        let(name, "[b] = " + reducer() + "[t] (" + at_place("b", "t") + ")");
        scope().variables.push_back({name, {"f32", {"B"}}});
        return;
      case 2:
        let(name, " = " + reducer() + "[b, t] (" + at_place("b", "t") + ")");
        scope().variables.push_back({name, {"f32", {}}});
        return;
      case 3:
        let(name, "[b, t, e] = sum[d] " + any_with_features("D") + "[b, t, d] * w[d, e]");
        ragged_.push_back({name, "3"});
        return;
      case 4:
        let(name, "[b] = row(" + any_with_features("") + "[b])");
        ragged_.push_back({name, ""});
        return;
      case 5:
        let(name, " = tanh(" + any_with_features("D") + ") * c + " + any_with_features("D"));
        ragged_.push_back({name, "D"});
        return;
      case 6: return changed_in_rounds(name);
      case 7: return gradient(name);
      case 8:
        let(name, "[b, t: 3] = " + any_with_features("") + "[b, t else 0]");
        scope().variables.push_back({name, {"f32", {"B", "3"}}});
        return;
      default: {
        const std::string from = any_with_features("");
        let(name, "[b, t, u] = " + from + "[b, t] * " + from + "[b, u]");
        const std::string sum = expressions_.fresh("v");
        let(sum, "[b, t] = " + reducer() + "[u where u <= t] " + name + "[b, t, u]");
        ragged_.push_back({sum, ""});
        return;
      }
    }
  }

  Choices& choices_;
  ExpressionGenerator& expressions_;
  std::vector<RaggedVariable> ragged_;
  std::string text_;
};

}  // namespace

std::string generate_ragged_function(Choices& choices, ExpressionGenerator& expressions) {
  return RaggedGenerator(choices, expressions).run();
}

}  // namespace kiln::fuzz
