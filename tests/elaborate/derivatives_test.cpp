// What differentiated blocks become.
#include <gtest/gtest.h>

#include "elaborated.h"

namespace kiln::elaborate {
namespace {

TEST(ElaborateDerivatives, ABlockIsARegionThatCapturesWhatItReads) {
  EXPECT_EQ(elaborated(R"(export fn gradient(w: f32[N], b: f32) -> g: f32[N] = grad(w) { sum(w * w) * b })"),
            normalised(R"(function gradient(N) {
  input %w: f32[N]
  input %b: f32
  %seed: f32 = compute [] write [] assign 1.0
  %3: f32, %4: f32[N] = derivative reverse wrt 1 seeded [0] (%w, %b, %seed) function gradient(N) {
    input %w: f32[N]
    %1: f32 = compute [i0: N] write [] sum mul(%w[i0], %w[i0])
    input %b: f32
    %value: f32 = compute [] write [] assign mul(%1, %b)
    output %value as "value"
  }
  output %4 as "g"
})"));
}

TEST(ElaborateDerivatives, InAComprehensionOneDerivativeServesAllPoints) {
  EXPECT_EQ(elaborated(
                R"(export fn each(w: f32[N], x: f32[B, N]) -> g: f32[B, N] {
  g[b] = grad(w) { sum[i] w[i] * x[b, i] }
})"),
            normalised(R"(function each(N, B) {
  input %w: f32[N]
  input %x: f32[B, N]
  %w#2: f32[B, N] = compute [b: B, i1: N] write [b, i1] assign %w[i1]
  %seed: f32[B] = compute [i0: B] write [i0] assign 1.0
  %4: f32[B], %5: f32[B, N] = derivative reverse wrt 1 seeded [0] (%w#2, %x, %seed)
      function each(N, B) {
    input %w: f32[B, N]
    input %x: f32[B, N]
    %2: f32[B] = compute [b: B, i: N] write [b] sum mul(%w[b, i], %x[b, i])
    output %2 as "value"
  }
  output %5 as "g"
})"));
}

/// Lifting reads the gradient at each index; the gradient itself depends on none.
TEST(ElaborateDerivatives, AreOnlyForTheIndicesAroundThatTheyDependOn) {
  for (const char* body : {
           "x - 0.1 * grad(x) { sum(x * x * x) }",
           "x - slope(x)",
           "for[i] grad(x) { sum(x * x * x) }[i] * x[i]",
           "for[i] sum(x * grad(x) { sum(x * grad(x) { sum(x * x * x) }) }) * x[i]",
           "{ let (y, back) = vjp(x) { x * x } return x - back(y) }",
       }) {
    const std::string graph = elaborated(
        "fn slope(x: f32[N]) -> f32[N] = grad(x) { sum(x * x * x) }\n"
        "export fn step(x: f32[N]) -> y: f32[N] = " +
        std::string(body));
    EXPECT_NE(graph.find("derivative reverse"), std::string::npos) << graph;
    EXPECT_EQ(graph.find("[N, N]"), std::string::npos) << body << "\n" << graph;
  }
}

}  // namespace
}  // namespace kiln::elaborate
