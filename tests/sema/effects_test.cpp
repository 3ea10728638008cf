// What may be changed beside what is read, and defaults that use earlier parameters.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "checked.h"

namespace kiln::sema {
namespace {

using testing::HasSubstr;

constexpr const char* bump = "fn bump(inout x: f32) -> y: f32 { x += 1  y = x }\n";
constexpr const char* both = "fn both(inout a: f32[N], inout b: f32[N]) { a[i] += 1  b[i] += 2 }\n";

std::string mistakes(const std::string& program) { return check_text(program).mistakes; }

TEST(Aliasing, RefusesReadsBesideACallThatChanges) {
  const auto body = [](const std::string& statement) {
    return mistakes(std::string(bump) + "fn f(a: f32) -> y: f32 {\n  var x = a\n  " + statement + "\n}");
  };
  EXPECT_EQ(body("y = x + bump(&x)"), "E0408 4:7 `x` is used beside a call that changes it\n");
  EXPECT_EQ(body("y = bump(&x) * (1 - x)"), "E0408 4:23 `x` is used beside a call that changes it\n");
  EXPECT_EQ(body("x += bump(&x)  y = x"), "E0408 4:3 `x` is used beside a call that changes it\n");
  EXPECT_EQ(body("assert x < bump(&x)  y = x"), "E0408 4:10 `x` is used beside a call that changes it\n");
  EXPECT_EQ(body("let k = bump(&x)  y = x + k"), "");
  EXPECT_EQ(body("x = bump(&x)  y = x"), "");
  EXPECT_EQ(body("y = bump(&x) + bump(&x)"), "");  // from left to right
  EXPECT_EQ(body("y = if bump(&x) > 1 { x } else { 0 }"), "");
}

TEST(Aliasing, ShowsBothPlaces) {
  const Checked checked =
      check_text(std::string(bump) + "fn f(a: f32) -> y: f32 {\n  var x = a\n  y = x + bump(&x)\n}");
  EXPECT_THAT(checked.rendered, HasSubstr("changed here"));
}

TEST(Aliasing, TellsSlicesApartByNumbers) {
  const auto body = [](const std::string& call) {
    return mistakes(std::string(both) +
                    "fn f(c: f32[2, 3, 4], i: i32) -> y: f32[2, 3, 4] {\n  var k = c\n  " + call +
                    "\n  y = k\n}");
  };
  EXPECT_EQ(body("both(&k[0, 0], &k[0, 1])"), "");
  EXPECT_EQ(body("both(&k[1, :, 0], &k[1, :, 1])"), "");
  const std::string twice = "E0408 4:19 one call changes the same variable twice\n";
  EXPECT_EQ(body("both(&k[0, 0], &k[0, 0])"), twice);
  EXPECT_EQ(body("both(&k[0, 1], &k[0, i])"), twice);
  EXPECT_EQ(body("both(&k[0, :, 1], &k[:, 1, 1])"),
            "E0303 4:22 `b` of `both` is f32[3], but this is f32[2]\n");
}

TEST(Aliasing, TellsFieldsApart) {
  const std::string program =
      std::string(both) +
      "type C = (k: f32[4], v: f32[4])\nfn f(c: C) -> y: f32 {\n  var d = c\n  %\n  y = d.k[0]\n}";
  const auto with = [&](const std::string& call) {
    std::string text = program;
    return mistakes(text.replace(text.find('%'), 1, call));
  };
  EXPECT_EQ(with("both(&d.k, &d.v)"), "");
  EXPECT_EQ(with("both(&d.k, &d.k)"), "E0408 5:15 one call changes the same variable twice\n");
}

TEST(Defaults, MayUseEarlierParameters) {
  const Checked checked = check_text(
      "fn scaled(x: f32[N], K: dim = N, s: f32 = 1 / f32(K), t: f32 = s + x[0]) -> y: f32[N] where N >= 1 = "
      "for[i] x[i] * s + t\n"
      "export fn f(x: f32[N]) -> y: f32[N] where N >= 1 = scaled(x, t: 2)\n");
  EXPECT_EQ(checked.mistakes, "") << checked.rendered;
  EXPECT_THAT(checked.text(), HasSubstr("let s.1 = div(1:f32, f32(dim(N)))"));
  EXPECT_THAT(checked.text(), HasSubstr("scaled#1(x.0, 2:f32)"));
}

TEST(Defaults, AreCheckedWhereTheyStand) {
  EXPECT_EQ(mistakes("fn f(x: f32, n: i32 = 1.5) -> f32 = x"), "E0203 1:23 i32 cannot hold 1.5\n");
  EXPECT_EQ(mistakes("fn f(x: f32, Train: bool = True) -> f32 = x"),
            "E0101 1:28 nothing is called `True` here\n");
}

TEST(Lerp, EvaluatesItsArgumentsOnce) {
  const Checked checked =
      check_text("export fn f(inout rng: Rng, a: f32, t: f32) -> y: f32 = lerp(rng.normal(), a, t)");
  EXPECT_EQ(checked.mistakes, "") << checked.rendered;
  const std::string text = checked.text();
  EXPECT_EQ(text.find("rng_normal"), text.rfind("rng_normal"));
}

TEST(Types, DoNotNameThemselves) {
  EXPECT_EQ(mistakes("type A = A\nfn f(x: A) -> f32 = 1"), "E0505 1:10 `A` is defined by itself\n");
}

}  // namespace
}  // namespace kiln::sema
