#include "transform/ruled_calls.h"

#include <gmock/gmock.h>

#include "graph/linear_rules.h"
#include "harness.h"
#include "transform/expand_derivatives.h"

namespace kiln::transform {
namespace {

/// The derivative of a block with a call of `floor` whose rule is given, as gradients `g` for cotangents `c`
/// or as tangents `g` along `c`.
std::string program(const std::string& derivative, const std::string& mode, const std::string& rule) {
  return "function f(N) {\n  input %x: f64[N]\n  input %c: f64[N]\n  %y: f64[N], %g: f64[N] = derivative " +
         derivative + R"( wrt 1 seeded [0] (%x, %c) function block(N) {
    input %x: f64[N]
    %y: f64[N] = ruled )" +
         mode + R"( active [0] seeded [0] arguments 1 (%x) function body(N) {
      input %x: f64[N]
      %y: f64[N] = compute [i: N] write [i] assign floor(%x[i])
      output %y as "y"
    } )" +
         rule + "\n    output %y as \"y\"\n  }\n  output %y as \"y\"\n  output %g as \"g\"\n}";
}

constexpr const char* forward_rule = R"(function rule(N) {
      input %x: f64[N]
      input %dx: f64[N]
      %dy: f64[N] = compute [i: N] write [i] assign mul(%x[i], %dx[i])
      output %dy as "dy"
    })";
/// Not linear in the cotangent.
constexpr const char* reverse_rule = R"(function rule(N) {
      input %x: f64[N]
      input %y: f64[N]
      input %dy: f64[N]
      %dx: f64[N] = compute [i: N] write [i] assign add(min(%dy[i], 1.0:f64), %y[i])
      output %dx as "dx"
    })";

Tensors numbers(const std::vector<std::vector<double>>& lists) {
  Tensors result;
  for (const std::vector<double>& list : lists) {
    result.emplace_back(ElementType::f64, std::vector<int64_t>{static_cast<int64_t>(list.size())});
    for (size_t i = 0; i < list.size(); ++i)
      result.back().set(static_cast<int64_t>(i), Scalar::of_real(list[i]));
  }
  return result;
}

std::vector<double> derivative_of(const std::string& text) {
  const graph::Function function = expand_derivatives(parse(text));
  const Tensors results = run(function, {{"N", 2}}, numbers({{2.5, -3.5}, {10, 0.5}}));
  EXPECT_EQ(results[0].at(0).real, 2);
  EXPECT_EQ(results[0].at(1).real, -4);
  return {results[1].at(0).real, results[1].at(1).real};
}

TEST(RuledCalls, AreReadAsTheyArePrinted) {
  const graph::Function function = parse(program("reverse", "reverse", reverse_rule));
  const std::string text = printed(function);
  EXPECT_EQ(printed(parse(text)), text);
  EXPECT_THAT(text,
              testing::HasSubstr("ruled reverse active [0] seeded [0] arguments 1 (%x) function body(N)"));
}

TEST(RuledCalls, AForwardRuleServesBothModes) {
  EXPECT_EQ(derivative_of(program("reverse", "forward", forward_rule)), (std::vector<double>{25, -1.75}));
  EXPECT_EQ(derivative_of(program("forward", "forward", forward_rule)), (std::vector<double>{25, -1.75}));
}

TEST(RuledCalls, AReverseRuleIsTheTransposeAsItStands) {
  EXPECT_EQ(derivative_of(program("reverse", "reverse", reverse_rule)), (std::vector<double>{3, -3.5}));
}

TEST(RuledCalls, WithoutADerivativeAreWhatTheyCall) {
  const graph::Function function = expand_derivatives(parse(R"(
function f(N) {
  input %x: f64[N]
  %y: f64[N] = ruled forward active [0] seeded [0] arguments 1 (%x) function body(N) {
    input %x: f64[N]
    %y: f64[N] = compute [i: N] write [i] assign floor(%x[i])
    output %y as "y"
  } )" + std::string(forward_rule) + "\n  output %y as \"y\"\n}"));
  EXPECT_THAT(printed(function), testing::Not(testing::HasSubstr("ruled")));
  EXPECT_EQ(run(function, {{"N", 1}}, numbers({{1.5}}))[0].at(0).real, 1);
}

TEST(RuledCalls, WithTypesThatDoNotSuitAreFound) {
  std::string text = program("reverse", "forward", forward_rule);
  text.replace(text.find("input %dx: f64[N]"), 17, "input %dx: f32[N]");
  text.replace(text.find("mul(%x[i], %dx[i])"), 18, "f64(%dx[i])");
  const auto function = graph::read(text);
  ASSERT_TRUE(std::holds_alternative<graph::Function>(function));
  EXPECT_THAT(graph::verify(std::get<graph::Function>(function)).value_or(""),
              testing::HasSubstr("input 1 of the rule has the wrong type"));
}

/// Whether a rule of `%x` and the tangent `%d` that computes this is linear in the tangent.
bool is_linear(const std::string& nodes) {
  const graph::Function rule = parse("function rule(N) {\n  input %x: f64[N]\n  input %d: f64[N]\n" + nodes +
                                     "\n  output %y as \"y\"\n}");
  return !graph::not_linear(rule, 1, 1);
}

bool is_linear_map(const std::string& body) {
  return is_linear("  %y: f64[N] = compute [i: N] write [i] assign " + body);
}

TEST(LinearRules, AreSumsOfTangentsTimesWhatHoldsNone) {
  EXPECT_TRUE(is_linear_map("mul(sin(%x[i]), %d[i])"));
  EXPECT_TRUE(is_linear_map("sub(div(%d[i], %x[i]), neg(%d[i]))"));
  EXPECT_TRUE(is_linear_map("select(lt(%x[i], 0.0:f64), %d[i], 0.0:f64)"));
  EXPECT_TRUE(is_linear_map("0.0:f64"));
  EXPECT_TRUE(is_linear("  %y: f64[N] = compute [i: N, j: N] write [i] sum mul(%x[j], %d[j])"));
  EXPECT_TRUE(is_linear(R"(  %y: f64[N] = loop t below 3 carried 1 (%d, %x) function body(N, t) {
    fact t >= 0 fact 2 - t >= 0
    input %h: f64[N]
    input %x: f64[N]
    %n: f64[N] = compute [i: N] write [i] assign mul(%h[i], %x[i])
    output %n as "h"
  })"));
}

TEST(LinearRules, FindWhatIsNotLinear) {
  EXPECT_FALSE(is_linear_map("mul(%d[i], %d[i])"));
  EXPECT_FALSE(is_linear_map("add(%d[i], %x[i])"));
  EXPECT_FALSE(is_linear_map("add(%d[i], 1.0:f64)"));
  EXPECT_FALSE(is_linear_map("div(%x[i], %d[i])"));
  EXPECT_FALSE(is_linear_map("max(%d[i], 0.0:f64)"));
  EXPECT_FALSE(is_linear_map("select(lt(%d[i], 0.0:f64), %d[i], 0.0:f64)"));
  EXPECT_FALSE(is_linear("  %y: f64[N] = compute [i: N, j: N] write [i] max mul(%x[j], %d[j])"));
  EXPECT_FALSE(is_linear("  %y: f64[N] = stop_gradient %d"));
  EXPECT_FALSE(is_linear(R"(  %y: f64[N] = loop t below 3 carried 1 (%d, %x) function body(N, t) {
    fact t >= 0 fact 2 - t >= 0
    input %h: f64[N]
    input %x: f64[N]
    %n: f64[N] = compute [i: N] write [i] assign mul(%h[i], %h[i])
    output %n as "h"
  })"));
}

}  // namespace
}  // namespace kiln::transform
