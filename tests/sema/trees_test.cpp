// Trees in index notation: comprehensions, subscripts, fields, reductions and arithmetic of models and
// gradients.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "checked.h"

namespace kiln::sema {
namespace {

using testing::HasSubstr;

constexpr const char* head =
    "model Net() {\n  param w: f32[2, 3] = 0.5\n  param b: f32[2] = 0\n  state n: i32 = 0\n"
    "  fn call(x: f32[3]) -> y: f32 = sum(w[0] * x) + b[0]\n}\n"
    "export type M = Net()\n";

Checked with(const std::string& body) {
  return check_text(std::string(head) + "export fn f(m: M, x: f32[B, 3]) -> y: f32 {\n  " + body + "\n}\n");
}

TEST(Trees, OfEachPointHaveAxesInFront) {
  const Checked checked = with("let gs[b] = grad(m) { m(x[b]) }\n  y = gs.w[1, 1, 2]");
  EXPECT_EQ(checked.mistakes, "E0301 10:12 the subscript `1` may be outside of 0..B\n") << checked.rendered;
  const Checked good = with("let gs[b] = grad(m) { m(x[b]) }\n  y = sum(gs.w)");
  EXPECT_THAT(good.text(), HasSubstr("sum[i0.1: B, i1.2: 2, i2.3: 3]"));
}

TEST(Trees, AreTakenByTheirIndex) {
  const Checked checked = with("let gs[b] = grad(m) { m(x[b]) }\n  let n[b] = sum(gs[b].w)\n  y = sum(n)");
  EXPECT_EQ(checked.mistakes, "") << checked.rendered;
  EXPECT_THAT(checked.text(), HasSubstr("gs.3[i.1]<0+1>"));
}

TEST(Trees, AddUpAndHaveMeans) {
  const Checked checked = with(
      "let g = sum[b] grad(m) { m(x[b]) }\n  let k = mean[b] grad(m) { m(x[b]) }\n  "
      "y = g.b[0] + k.b[0]");
  EXPECT_EQ(checked.mistakes, "") << checked.rendered;
}

TEST(Trees, OfModelsAreCalledOneByOne) {
  EXPECT_EQ(with("let ms[b] = m - grad(m) { m(x[b]) }\n  y = sum[b] ms[b](x[b])").mistakes, "");
  EXPECT_EQ(with("let ms[b] = m - grad(m) { m(x[b]) }\n  y = ms(x[0])").mistakes,
            "E0417 10:7 these are many models\n");
}

TEST(Trees, OfManyDoNotMixWithOne) {
  EXPECT_THAT(with("let gs[b] = grad(m) { m(x[b]) }\n  let k = m - gs\n  y = k.b[0]").mistakes,
              HasSubstr("E0207 10:13 `-` is not defined for Net and for[B] Net.grad"));
  EXPECT_EQ(with("let gs[b] = grad(m) { m(x[b]) }\n  let k = gs + gs\n  y = sum(k.b)").mistakes, "");
}

TEST(Trees, OfIntegersDoNotAddUp) {
  EXPECT_THAT(with("let k = sum[b: B] m\n  y = k.b[0]").mistakes,
              HasSubstr("E0205 9:21 `sum` needs numbers"));
}

}  // namespace
}  // namespace kiln::sema
