#include "transform/expand_derivatives.h"

#include <gmock/gmock.h>

#include "derivative_cases.h"
#include "harness.h"

namespace kiln::transform {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

Tensors scalars(const std::vector<double>& values) {
  Tensors result;
  for (const double value : values) {
    result.emplace_back(ElementType::f64, std::vector<int64_t>{});
    result.back().set(0, Scalar::of_real(value));
  }
  return result;
}

TEST(ExpandDerivatives, GradientsOfAMatrixProductAreContractions) {
  const graph::Function f = parse(R"(
function f(B, I, O) {
  input %x: f32[B, I]
  input %w: f32[O, I]
  input %c: f32[B, O]
  %y: f32[B, O], %gx: f32[B, I], %gw: f32[O, I] = derivative reverse wrt 2 seeded [0] (%x, %w, %c) function block(B, I, O) {
    input %x: f32[B, I]
    input %w: f32[O, I]
    %y: f32[B, O] = compute [b: B, o: O, i: I] write [b, o] sum mul(%x[b, i], %w[o, i])
    output %y as "y"
  }
  output %gx as "gx"
  output %gw as "gw"
})");
  EXPECT_THAT(printed(tidied(expand_derivatives(f))),
              AllOf(HasSubstr("compute [b: B, i: I, o: O] write [b, i] sum mul(%w[o, i], %c[b, o])"),
                    HasSubstr("compute [o: O, i: I, b: B] write [o, i] sum mul(%x[b, i], %c[b, o])")));
}

TEST(ExpandDerivatives, NestedGradientsGiveHigherDerivatives) {
  // d/dx of the gradient of x^4, and of a forward derivative of it: 12 x^2.
  for (const char* mode : {"reverse", "forward"}) {
    const graph::Function f = parse(std::string(R"(
function f() {
  input %x: f64
  %one: f64 = compute [] write [] assign 1.0:f64
  %y: f64, %g: f64, %h: f64 = derivative reverse wrt 1 seeded [1] (%x, %one, %one) function outer() {
    input %x: f64
    input %one: f64
    %y: f64, %g: f64 = derivative )") +
                                    mode + R"( wrt 1 seeded [0] (%x, %one) function inner() {
      input %x: f64
      %s: f64 = compute [] write [] assign mul(%x, %x)
      %y: f64 = compute [] write [] assign mul(%s, %s)
      output %y as "y"
    }
    output %y as "y"
    output %g as "g"
  }
  output %y as "y"
  output %g as "g"
  output %h as "h"
})");
    const Tensors results = run(tidied(expand_derivatives(f)), {}, scalars({3}));
    EXPECT_EQ(results[0].at(0).real, 81);
    EXPECT_EQ(results[1].at(0).real, 108);
    EXPECT_EQ(results[2].at(0).real, 108) << mode;
  }
}

TEST(ExpandDerivatives, OneValueAsVariableAndAsConstantIsDifferentiatedOnce) {
  const graph::Function f = parse(R"(
function f() {
  input %x: f64
  %one: f64 = compute [] write [] assign 1.0:f64
  %y: f64, %g: f64 = derivative reverse wrt 1 seeded [0] (%x, %x, %one) function block() {
    input %x: f64
    input %same: f64
    %y: f64 = compute [] write [] assign mul(%x, mul(%same, %same))
    output %y as "y"
  }
  output %g as "g"
})");
  EXPECT_EQ(run(tidied(expand_derivatives(f)), {}, scalars({3}))[0].at(0).real, 9);
}

TEST(ExpandDerivatives, StopGradientsHoldAndThenVanish) {
  const graph::Function f = parse(R"(
function f() {
  input %x: f64
  %one: f64 = compute [] write [] assign 1.0:f64
  %y: f64, %g: f64 = derivative reverse wrt 1 seeded [0] (%x, %one) function block() {
    input %x: f64
    %s: f64 = stop_gradient %x
    %y: f64 = compute [] write [] assign mul(%x, %s)
    output %y as "y"
  }
  output %y as "y"
  output %g as "g"
})");
  const graph::Function expanded = expand_derivatives(f);
  EXPECT_THAT(printed(expanded), Not(HasSubstr("stop_gradient")));
  const Tensors results = run(expanded, {}, scalars({3}));
  EXPECT_EQ(results[0].at(0).real, 9);
  EXPECT_EQ(results[1].at(0).real, 3);
}

TEST(ExpandDerivatives, NoPathGivesZeros) {
  const graph::Function f = parse(R"(
function f(N) {
  input %x: f64[N]
  input %k: i32[N]
  %y: i32[N] = compute [n: N] write [n] assign i32(floor(%x[n]))
  %z: f64[N] = compute [n: N] write [n] assign f64(add(%y[n], %k[n]))
  output %z as "z"
})");
  EXPECT_THAT(printed(tidied(reverse_of(f, 1, {0}))), HasSubstr("assign 0.0:f64"));
  EXPECT_THAT(printed(tidied(forward_of(f, 1, {0}))), HasSubstr("assign 0.0:f64"));
}

TEST(ExpandDerivatives, ChecksAndPrintsOfTheBlockStayOnce) {
  const graph::Function f = parse(R"(
function f() {
  input %x: f64
  %good: bool = compute [] write [] assign lt(0.0:f64, %x)
  check assertion %good message "positive"
  %y: f64 = compute [] write [] assign log(%x)
  print "y" %y
  output %y as "y"
})");
  const std::string text = printed(tidied(reverse_of(reverse_of(f, 1, {0}), 1, {1})));
  EXPECT_EQ(text.find("check"), text.rfind("check"));
  EXPECT_EQ(text.find("print"), text.rfind("print"));
}

TEST(ExpandDerivatives, GradientOfAMaximumIsADenseGather) {
  const graph::Function f = parse(R"(
function f(B, N) {
  fact N - 1 >= 0
  input %x: f32[B, N]
  %y: f32[B] = compute [b: B, n: N] write [b] max %x[b, n]
  output %y as "y"
})");
  EXPECT_THAT(printed(tidied(reverse_of(f, 1, {0}))),
              HasSubstr("compute [b: B, n: N] write [b, n] assign "
                        "select(eq(n, i64(%y_place[b])), %y_bar[b], 0.0)"));
  EXPECT_THAT(printed(tidied(forward_of(f, 1, {0}))),
              HasSubstr("compute [b: B] write [b] assign %dx[b, i64(%y_place[b])]"));
}

/// Computes after simplification, as in derivatives.md section 8 but before the fusion of maps: a rule that
/// makes more than it must shows here.
struct Figure {
  std::string name;
  size_t forward, gradient, second;
};

TEST(ExpandDerivatives, NumbersOfComputesStayWhatTheyAre) {
  const std::vector<Figure> figures = {
      {"matmul", 1, 3, 5},
      {"convolution in two dimensions", 1, 3, 5},
      {"softmax", 4, 12, 31},
      {"layernorm", 5, 16, 47},
      {"mlp_cross_entropy", 9, 20, 43},
      {"causal_attention", 4, 16, 55},
      {"embedding", 2, 4, 7},
      {"max over 4", 3, 10, 19},
  };
  for (const Figure& figure : figures) {
    for (const auto& list : {contraction_cases(), network_cases(), reading_cases(), reducer_cases()}) {
      for (const DerivativeCase& test : list) {
        if (test.name != figure.name) continue;
        const graph::Function f = parse(test.text);
        std::vector<uint32_t> cotangents;
        for (uint32_t k = 0; k < test.wrt; ++k) cotangents.push_back(1 + k);
        const graph::Function gradient = reverse_of(f, test.wrt, {0});
        const graph::Function second = reverse_of(gradient, test.wrt, cotangents);
        EXPECT_LE(count_computes(tidied(expand_derivatives(f))), figure.forward) << figure.name;
        EXPECT_LE(count_computes(tidied(expand_derivatives(gradient))), figure.gradient) << figure.name;
        EXPECT_LE(count_computes(tidied(expand_derivatives(second))), figure.second) << figure.name;
      }
    }
  }
}

}  // namespace
}  // namespace kiln::transform
