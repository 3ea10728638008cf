#include "generate_program.h"

#include "choices.h"
#include "generate_expressions.h"
#include "generate_ragged.h"

namespace kiln::fuzz {
namespace {

constexpr int deepest = 4;

class ProgramGenerator {
 public:
  explicit ProgramGenerator(Bytes bytes) : choices_(bytes), expressions_(choices_) {}

  GeneratedProgram run() {
    const uint32_t helpers = choices_.below(3);
    for (uint32_t i = 0; i < helpers; ++i) helper(i);
    const bool has_model = choices_.chance(30);
    if (has_model) model();
    const bool has_ragged = choices_.chance(25);
    if (has_ragged) text_ += generate_ragged_function(choices_, expressions_);
    if (!has_ragged || choices_.chance(20)) exported(has_model);
    if (choices_.chance(50)) test();
    return {text_, expressions_.is_smooth};
  }

 private:
  Scope& scope() { return expressions_.scope; }
  void line(const std::string& text) { text_ += std::string(indent_ * 2, ' ') + text + "\n"; }

  std::string parameters(std::vector<TensorType>& types, bool inout_too) {
    std::string text;
    const size_t count = 1 + choices_.below(3);
    for (size_t i = 0; i < count; ++i) {
      TensorType type = expressions_.type(3);
      if (i == 0)  // binds the dims that the others use
        for (size_t k = 0; k < scope().dims.size(); ++k) {
          if (k >= type.shape.size()) type.shape.emplace_back();
          type.shape[k] = scope().dims[k];
        }
      const bool is_inout = inout_too && i > 0 && choices_.chance(20);
      const std::string name = expressions_.fresh("x");
      scope().variables.push_back({name, type, is_inout});
      types.push_back(type);
      text += (i ? ", " : "") + std::string(is_inout ? "inout " : "") + name + ": " + type.text();
    }
    return text;
  }

  void begin_function() {
    scope() = {};
    static const std::vector<std::string> symbols = {"N", "M", "K"};
    scope().dims.assign(symbols.begin(), symbols.begin() + static_cast<long>(choices_.below(4)));
  }

  void helper(uint32_t number) {
    begin_function();
    HelperFunction made{"helper" + std::to_string(number), scope().dims, {}, {}};
    const std::string head = parameters(made.parameters, false);
    made.result = choices_.chance(60) ? TensorType{expressions_.element(), {}} : expressions_.type(2);
    line("fn " + made.name + "(" + head + ") -> r: " + made.result.text() + " {");
    body("r", made.result);
    expressions_.helpers.push_back(made);
  }

  void model() {
    scope() = {};
    scope().dims = {"In", "Out"};
    line("model Net(In: dim, Out: dim) {");
    line("  param w: f32[Out, In] = " + std::string(choices_.below(2) ? "rng.normal()" : "0"));
    line("  state n: f32 = 1");
    line("  fn call(x: f32[B, In]) -> r: f32[B, Out] {");
    scope().dims.push_back("B");
    scope().variables = {{"x", {"f32", {"B", "In"}}}, {"w", {"f32", {"Out", "In"}}}, {"n", {"f32", {}}}};
    body("r", {"f32", {"B", "Out"}});
    line("}");
    line("export type Net32 = Net(3, 2)");
  }

  void exported(bool has_model) {
    begin_function();
    std::vector<TensorType> types;
    std::string head = parameters(types, true);
    if (has_model) head = "inout m: Net32, batch: f32[B, 3], " + head;
    const TensorType result = expressions_.type(2);
    line("export fn f(" + head + ") -> r: " + result.text() + " {");
    if (has_model) {
      scope().dims.push_back("B");
      scope().variables.push_back({"batch", {"f32", {"B", "3"}}});
      line("  let out = m(batch)");
      scope().variables.push_back({"out", {"f32", {"B", "2"}}});
      if (choices_.chance(50)) {
        line("  let (loss, g) = value_and_grad(m) { sum(m(batch) * out) }");
        line("  m = m - g * 0.01");
        scope().variables.push_back({"loss", {"f32", {}}});
      }
    }
    body("r", result);
  }

  void test() {
    begin_function();
    scope().dims.clear();
    line("test \"generated\" {");
    ++indent_;
    for (uint32_t i = choices_.below(4) + 1; i > 0; --i) statement(deepest - 1);
    line("assert " + expressions_.condition(2) + " or true");
    --indent_;
    line("}");
  }

  /// Statements, the assignment of the result, and the closing brace.
  void body(const std::string& result, const TensorType& type) {
    ++indent_;
    for (uint32_t i = choices_.below(5); i > 0; --i) statement(deepest);
    if (type.shape.empty() || choices_.chance(40)) {
      line(result + " = " + expressions_.tensor(type, deepest));
    } else {
      std::string subscripts;
      for (const std::string& extent : type.shape) {
        scope().indices.push_back({expressions_.fresh("p"), extent});
        subscripts += (subscripts.empty() ? "" : ", ") + scope().indices.back().name;
      }
      line(result + "[" + subscripts + "] = " + expressions_.scalar(type.element, deepest));
      scope().indices.resize(scope().indices.size() - type.shape.size());
    }
    if (choices_.chance(20)) {
      scope().variables.push_back({result, type, true});
      change(scope().variables.back(), deepest - 1);
    }
    --indent_;
    line("}");
  }

  void block(int depth) {
    const size_t outer = scope().variables.size();
    ++indent_;
    for (uint32_t i = choices_.below(3) + 1; i > 0; --i) statement(depth);
    --indent_;
    scope().variables.resize(outer);
  }

  void bind(int depth) {
    const TensorType type = expressions_.type(3);
    const bool is_variable = choices_.chance(40);
    const std::string name = expressions_.fresh("v");
    const std::string value = expressions_.tensor(type, depth - 1);
    const bool is_annotated = choices_.chance(30);
    line(std::string(is_variable ? "var " : "let ") + name + (is_annotated ? ": " + type.text() : "") +
         " = " + value);
    scope().variables.push_back({name, type, is_variable});
  }

  void change(Variable variable, int depth) {
    static const std::vector<std::string> operators = {"=", "+=", "-=", "*="};
    std::string sign = choices_.from(operators);
    if (variable.type.element == "bool") sign = "=";
    if (variable.type.shape.empty() || choices_.chance(25)) {
      line(variable.name + " " + sign + " " + expressions_.tensor(variable.type, depth - 1));
      return;
    }
    std::string subscripts;
    const size_t outer = scope().indices.size();
    for (const std::string& extent : variable.type.shape) {
      subscripts += subscripts.empty() ? "" : ", ";
      const bool is_number = extent.size() == 1 && extent[0] >= '2' && extent[0] <= '9';
      if (choices_.chance(is_number ? 15 : 2)) {
        subscripts += is_number ? "1" : "0";
        continue;
      }
      scope().indices.push_back({expressions_.fresh("p"), extent});
      subscripts += scope().indices.back().name;
    }
    if (choices_.chance(15)) subscripts += " where " + expressions_.condition(1);
    line(variable.name + "[" + subscripts + "] " + sign + " " +
         expressions_.scalar(variable.type.element, depth - 1));
    scope().indices.resize(outer);
  }

  void statement(int depth) {
    std::vector<Variable> changeable;
    for (const Variable& variable : scope().variables)
      if (variable.can_change) changeable.push_back(variable);
    if (depth <= 0) return bind(1);
    switch (choices_.below(9)) {
      case 0:
      case 1:
      case 2: return bind(depth);
      case 3:
      case 4:
      case 5:
        if (changeable.empty()) return bind(depth);
        return change(choices_.from(changeable), depth);
      case 6: {
        line("if " + expressions_.condition(2) + " {");
        block(depth - 2);
        if (choices_.chance(50)) {
          line("} else {");
          block(depth - 2);
        }
        return line("}");
      }
      case 7: {
        const std::string counter = expressions_.fresh("t");
        line("for " + counter + " in 0.." + expressions_.extent() + " {");
        scope().counters.push_back(counter);
        block(depth - 2);
        scope().counters.pop_back();
        return line("}");
      }
      default: {
        if (!choices_.chance(50)) return line("assert " + expressions_.condition(2) + " or true, \"why\"");
        line("while " + expressions_.condition(2) + " max 3 {");
        block(depth - 2);
        return line("}");
      }
    }
  }

  Choices choices_;
  ExpressionGenerator expressions_;
  std::string text_;
  size_t indent_ = 0;
};

}  // namespace

GeneratedProgram generate_program(Bytes choices) { return ProgramGenerator(choices).run(); }

}  // namespace kiln::fuzz
