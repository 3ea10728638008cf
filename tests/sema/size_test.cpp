// Large and deeply nested programs: what would take exponential time would not end here.
#include <gtest/gtest.h>

#include "checked.h"

namespace kiln::sema {
namespace {

TEST(Size, NestedComprehensionsAreCheckedOnce) {
  std::string text = "fn f(x: f32[N]) -> y: f32[N] {\n  y[i] = ";
  std::string end;
  for (int depth = 0; depth < 24; ++depth) {
    const std::string index = "k" + std::to_string(depth);
    text += "(sum[j" + std::to_string(depth) + "] x[j" + std::to_string(depth) + "]) * (for[" + index +
            "] x[" + index + "] * ";
    end = ")[i]" + end;
  }
  text += "x[i]" + end + "\n}\n";
  EXPECT_EQ(check_text(text).mistakes, "");
}

/// The prover has room for some hundred symbols: facts about other integers must not crowd out those that
/// count.
TEST(Size, ManyIntegersLeaveRoomForProofs) {
  std::string text = "fn f(x: f32[B, N], k: i32[N]) -> s: f32 where N >= 1 {\n  s = 0\n";
  for (int i = 0; i < 300; ++i) {
    const std::string name = "k" + std::to_string(i);
    text += "  let " + name + " = k[0]\n  assert " + name + " >= 0\n  assert " + name + " < B\n";
  }
  text += "  s += sum[i] x[i, 0]\n  let z[b, j: N - 1] = x[b, j + 1]\n  s += sum(z) + x[k299, 0]\n}\n";
  EXPECT_EQ(check_text(text).mistakes, "");
}

TEST(Size, UnrolledLoopsKeepTheirFacts) {
  const Checked checked = check_text(
      "export fn f(x: f32[64, N]) -> y: f32[64] where N >= 1 {\n  y = 0\n"
      "  for t in 0..64 {\n    let c = argmax[j] x[t, j]\n    y[t] += x[t, c]\n  }\n}\n");
  EXPECT_EQ(checked.mistakes, "") << checked.rendered;
  EXPECT_EQ(checked.text().find("?]"), std::string::npos);  // nothing is left to be checked when it runs
}

}  // namespace
}  // namespace kiln::sema
