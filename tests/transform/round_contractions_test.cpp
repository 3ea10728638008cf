#include "transform/round_contractions.h"

#include <gmock/gmock.h>

#include "harness.h"

namespace kiln::transform {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string rounded(const std::string& lines) {
  return printed(round_contractions(parse("function f(N, M) {\n" + lines + "\n}"), ElementType::bf16));
}

TEST(RoundContractions, TakesTheFactorsOfSumsOfProductsRounded) {
  const std::string text = rounded(R"(
  input %x: f32[N, M]
  input %w: f32[M]
  input %s: f32
  %y: f32[N] = compute [i: N, k: M] write [i] sum mul(mul(%x[i, k], exp(%w[k])), %s)
  output %y as "y")");
  EXPECT_THAT(text, HasSubstr("x.bf16"));
  EXPECT_THAT(text, HasSubstr("bf16(exp("));
  EXPECT_THAT(text, Not(HasSubstr("s.bf16"))) << "a scale is no operand";
}

TEST(RoundContractions, LeavesOtherSumsAndProducts) {
  const std::string text = rounded(R"(
  input %x: f32[N, M]
  input %w: f32[N, M]
  %y: f32[N] = compute [i: N, k: M] write [i] sum exp(%x[i, k])
  %z: f32[N, M] = compute [i: N, k: M] write [i, k] assign mul(%x[i, k], %w[i, k])
  output %y as "y"
  output %z as "z")");
  EXPECT_THAT(text, Not(HasSubstr("bf16")));
}

}  // namespace
}  // namespace kiln::transform
