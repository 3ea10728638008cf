#include "read_graph.h"

namespace kiln::graph {
namespace {

struct Wrong {
  const char* nodes;
  const char* problem;
};

Function read_unchecked(const std::string& text) {
  std::variant<Function, ReadError> result = read(text);
  if (const ReadError* error = std::get_if<ReadError>(&result)) ADD_FAILURE() << text << error->message;
  return std::get<Function>(std::move(result));
}

TEST(Verify, SaysWhatIsWrongAndWhere) {
  const std::vector<Wrong> cases = {
      {"%y: f32[B] = compute [b: B] write [b] assign %x[b, b]",
       "`x` has rank 1 and is read with 2 subscripts"},
      {"%y: f32[B] = compute [b: B] write [b] assign %x[%n]", "a subscript of `x` is not an i64"},
      {"%y: f32[B] = compute [b: B] write [b] assign add(%x[b], 1)", "operand 0 of `add` is f32"},
      {"%y: f32[B] = compute [b: B] write [b] assign exp(1)", "`exp` of i64"},
      {"%y: f32[B] = compute [b: B] write [] assign 1.0", "a write map of 0 axes for a result of rank 1"},
      {"%y: f32[B] = compute [b: B] write [1.0] assign 1.0", "the write map is not of i64"},
      {"%y: f64[B] = compute [b: B] write [b] assign 1.0", "`assign` of f32 gives f32, not f64"},
      {"%y: f32[B] = compute [b: B] write [b] argmax[b] 1.0", "`argmax` of f32 gives i32, not f32"},
      {"%y: bool[B] = compute [b: B] write [b] sum true", "`sum` of bool"},
      {"%y: f32[B] = compute [b: B] write [b] any 1.0", "`any` of f32"},
      {"%y: f32[B] = compute [b: B] write [b] where 1.0 sum 1.0", "a guard that is not bool"},
      {"%y: f32[B] = compute [b: B] write [b] assign select(1, 1.0, 2.0)", "operand 0 of `select` is i64"},
      {"%y: u4 = constant hex \"00\" %z: u4 = compute [] write [] assign add(%y, %y)", "must be cast first"},
      {"%y: f32[2] = constant [1.0]", "a constant of 4 bytes whose type needs 8"},
      {"%y: f32[B] = constant [1.0]", "a constant of symbolic shape"},
      {"%y: f32[B - B - 1] = compute [] write [0] assign 1.0", "the extent -1 is negative"},
      {"%y: f32[B] in 0..3 = stop_gradient %x", "a range of elements that are no integers"},
      {"%y: f32[3] = stop_gradient %x %z: i32 = stop_gradient %y", "result 0 has the wrong type"},
      {"%y: f32, %z: i32 = sort %n", "a scalar cannot be sorted"},
      {"%y: f32[B] = sort %x", "1 results instead of 2"},
      {"check assertion %x", "what is checked is not a bool of rank 0"},
      {"check index %n, %n < 3 of \"x\" axis 0", "what is checked is not a i64 of rank 0"},
      {"%y: f32 = derivative reverse wrt 2 seeded [] () function f() { }", "more differentiated values"},
      {"%y: f32 = derivative forward wrt 0 seeded [0] () function f() { }", "a seeded output that the body"},
      {"%y: f32 = derivative reverse wrt 0 seeded [] () function f(C) { }", "the body has the dim `C`"},
      {"%y: f32 = derivative reverse wrt 1 seeded [] (%n) function f() { input %a: i32 }", "is no float"},
      {"%y: f32 = derivative reverse wrt 1 seeded [] (%n) function f() { input %a: f32 }",
       "operand 0 has the wrong type"},
      {"%y: f32 = derivative reverse wrt 0 seeded [] () function f() { %a: f32 = stop_gradient %a }", ""},
  };
  for (const Wrong& wrong : cases) {
    const std::string text =
        std::string("function f(B) { input %x: f32[B] input %n: i32 ") + wrong.nodes + " }";
    if (std::string(wrong.problem).empty()) {
      EXPECT_TRUE(std::holds_alternative<ReadError>(read(text)));
      continue;
    }
    const std::optional<std::string> problem = verify(read_unchecked(text));
    ASSERT_TRUE(problem) << wrong.nodes;
    EXPECT_NE(problem->find(wrong.problem), std::string::npos) << *problem << "\n" << wrong.nodes;
    EXPECT_NE(problem->find("function `f`: node "), std::string::npos) << *problem;
  }
}

TEST(Verify, SeesWhatTheTextFormCannotSay) {
  const auto broken = [](auto change) {
    Function function = read_valid(
        "function f(B) { input %x: f32[B] %y: f32[B] = compute [b: B] write [b] assign %x[b] output %y as "
        "\"y\" }");
    change(function);
    return verify(function).value_or("");
  };
  EXPECT_NE(broken([](Function& f) { std::swap(f.nodes[0], f.nodes[1]); }).find("defined elsewhere"),
            std::string::npos);
  EXPECT_NE(broken([](Function& f) {
              std::get<Compute>(f.nodes[1].op).domain.clear();
            }).find("index 0 of a domain with 0 indices"),
            std::string::npos);
  EXPECT_NE(broken([](Function& f) {
              std::get<Compute>(f.nodes[1].op).body = {};
            }).find("an expression that does not exist"),
            std::string::npos);
  EXPECT_NE(broken([](Function& f) { f.outputs[0] = {77}; }).find("an output that is no value"),
            std::string::npos);
  EXPECT_NE(broken([](Function& f) { f.output_names.clear(); }).find("differ in number"), std::string::npos);
  EXPECT_NE(broken([](Function& f) { f.inputs.clear(); }).find("not among the function's inputs"),
            std::string::npos);
  EXPECT_NE(broken([](Function& f) { f.dims = {"B", "B"}; }).find("stands twice"), std::string::npos);
  EXPECT_NE(broken([](Function& f) { f.dims = {}; }).find("`B` is not a dim"), std::string::npos);
  EXPECT_NE(broken([](Function& f) { f.values.push_back(f.values[0]); }).find("not defined by any node"),
            std::string::npos);
  EXPECT_NE(broken([](Function& f) {
              std::get<Compute>(f.nodes[1].op).body =
                  f.expressions.read({1}, ElementType::f32, {f.expressions.index(0)});
            }).find("does not stand before"),
            std::string::npos);
  EXPECT_NE(broken([](Function& f) {
              std::get<Compute>(f.nodes[1].op).body =
                  f.expressions.literal(ElementType::f32, Scalar::of_real(0.1));
            }).find("a literal is not a value of f32"),
            std::string::npos);
}

}  // namespace
}  // namespace kiln::graph
