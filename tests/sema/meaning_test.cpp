// What programs become: constants, lifting, rule E, walks, static branches, exports.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "checked.h"

namespace kiln::sema {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string typed(const std::string& program) {
  const Checked checked = check_text(program);
  EXPECT_EQ(checked.mistakes, "") << checked.rendered;
  return checked.text();
}

TEST(Constants, TakeTheTypeTheyMeet) {
  EXPECT_THAT(typed("export fn f(x: f64) -> y: f64 = x * 2 + 1 / 4"),
              HasSubstr("add(mul(x.0, 2:f64), 0.25:f64)"));
  EXPECT_THAT(typed("export fn f(x: i8) -> y: i8 = x + 100"), HasSubstr("add(x.0, 100:i8)"));
  EXPECT_THAT(typed("const half = 1 / 2\nexport fn f(x: f32) -> y: f32 = half * x"),
              HasSubstr("mul(0.5:f32, x.0)"));
}

TEST(Constants, AreI32OrF32Alone) {
  EXPECT_THAT(
      typed("export fn f(x: f32) -> y: f32 {\n  var n = 3\n  var r = 0.5\n  n = n + 1\n  y = f32(n) * r\n}"),
      HasSubstr("let n.2 = 3:i32"));
}

TEST(ConstantBranches, TakeTheTypeThatIsExpected) {
  EXPECT_THAT(typed("export fn f(x: f32) -> y: f32 = if x > 0 { 1 } else { -1 }"),
              HasSubstr("return -1:f32"));
}

TEST(Dims, AreI32OrI64AsTheyMeet) {
  EXPECT_THAT(typed("export fn f(x: f32[N], n: i32) -> y: i32 = n + N"), HasSubstr("add(n.1, i32(dim(N)))"));
  EXPECT_THAT(typed("export fn f(x: f32[N], n: i64) -> y: i64 = n + N"), HasSubstr("add(n.1, dim(N))"));
}

TEST(Lifting, MakesOneComprehensionOfAnExpression) {
  EXPECT_THAT(typed("export fn f(x: f32[B, N], c: f32[N]) -> y: f32[B, N] = 2 * x + c"),
              HasSubstr("add(mul(2:f32, x.0[i.2, i.3]), c.1[i.3])"));
}

TEST(Lifting, AppliesFunctionsOfNumbers) {
  const std::string text =
      typed("fn square(x: f32) -> f32 = x * x\nexport fn f(x: f32[N]) -> y: f32[N] = square(x)");
  EXPECT_THAT(text, HasSubstr("for[i0.0: N] square#1(x.0[i.0])"));
}

TEST(RuleE, GivesDrawsTheShapeOfTheirPlace) {
  EXPECT_THAT(typed("export fn f(inout rng: Rng, B: dim) -> y: f32[B, 3] {\n"
                    "  let z: f32[B, 3] = rng.normal()\n  y = z\n}"),
              HasSubstr("rng_normal(&rng.0)(): f32[B, 3]"));
}

TEST(Generics, AreMadeForEachUse) {
  const std::string text = typed(
      "fn last[T: element](x: T[...S, N]) -> y: T[...S] where N >= 1 = x[..., N - 1]\n"
      "export fn f(x: i32[A, B, 4]) -> y: i32[A, B] = last(x)\n");
  EXPECT_THAT(text, HasSubstr("x.0[..+A, ..+B, 3:i64]"));
}

TEST(Walks, ArePutSideBySide) {
  const std::string text = typed(
      "model M { param a: f32[2] = 0  param b: f32 = 1  state n: i32 = 0 }\nexport type T = M\n"
      "fn norm[G: tree](g: G) -> n: f32 {\n  n = 0\n  for leaf in g { n += sum(leaf * leaf) }\n}\n"
      "export fn step(inout m: T, x: f32[2]) -> n: f32 {\n  let g = grad(m) { sum(m.a * x) * m.b }\n"
      "  for &p, d in m.params, g { p -= 0.5 * d }\n  n = norm(g)\n}\n");
  EXPECT_THAT(text, HasSubstr("m.0<0+1> = for[i0."));
  EXPECT_THAT(text, HasSubstr("m.0<1+1> = sub(m.0<1+1>, mul(0.5:f32, "));
  EXPECT_THAT(text, HasSubstr("fn norm#"));
}

TEST(StaticBranches, LeaveNothingOfTheOther) {
  const std::string text = typed(
      "fn g(x: f32, Twice: bool) -> f32 = if Twice { x + x } else { sin(x) }\n"
      "export fn f(x: f32) -> y: f32 = g(x, Twice: true)\n");
  EXPECT_THAT(text, HasSubstr("return add(x.0, x.0)"));
  EXPECT_THAT(text, Not(HasSubstr("sin")));
}

TEST(ConditionalInout, ServesConstantModels) {
  const std::string text = typed(
      "model Norm {\n  state mean_: f32 = 0\n"
      "  fn call(inout self if Train, x: f32, Train: bool) -> y: f32 {\n"
      "    if Train { mean_ = 0.9 * mean_ + 0.1 * x }\n    y = x - mean_\n  }\n}\n"
      "model Net {\n  norms: Norm[2]\n"
      "  fn call(inout self if Train, x: f32, Train: bool) -> y: f32 {\n"
      "    var h = x\n    for &n in norms { h = n(h, Train) }\n    y = h\n  }\n}\n"
      "export type T = Net\nexport fn run(m: T, x: f32) -> y: f32 = m(x, Train: false)\n"
      "export fn train(inout m: T, x: f32) -> y: f32 = m(x, Train: true)\n");
  EXPECT_THAT(text, HasSubstr("Net.call#1(m.0, x.1)"));
  EXPECT_THAT(text, HasSubstr("(&m.0, x.1)"));
}

TEST(Inference, CarriesNAtLeastOneToTheExport) {
  const std::string text =
      typed("fn last(x: f32[N]) -> f32 = x[N - 1]\nexport fn f(x: f32[M]) -> y: f32 = last(x)\n");
  EXPECT_THAT(text, HasSubstr("export f[M] where M >= 1"));
}

TEST(Functions, ArePassedByNameOrWritten) {
  const std::string library =
      "fn apply(f: fn(f32) -> f32, x: f32[...S]) -> y: f32[...S] = f(x)\nfn half(x: f32) -> f32 = x / 2\n";
  EXPECT_THAT(typed(library + "export fn f(x: f32[N]) -> y: f32[N] = apply(half, x)"),
              HasSubstr("for[i0.0: N] half#"));
  const std::string text =
      typed(library + "export fn f(x: f32[N], a: f32) -> y: f32[N] = apply(fn(v) = v * a, x)");
  EXPECT_THAT(text, HasSubstr("for[i0.0: N] call f.0(x.1[i.0])"));
}

TEST(Slices, AreChangedByCalls) {
  const std::string text = typed(
      "fn add_one(inout x: f32[N]) { x = x + 1 }\n"
      "export fn f(inout y: f32[3, N]) -> s: f32 {\n  add_one(&y[1])\n  s = y[1, 0]\n}\n");
  EXPECT_THAT(text, HasSubstr("let slice."));
  EXPECT_THAT(text, HasSubstr("y.0[1:i64, ..+N] = slice."));
}

TEST(Exports, FlattenTuples) {
  const std::string text = typed(
      "export type Cache(B: dim) = (k: f32[B, 2], len: i32)\n"
      "export fn fill(B: dim) -> cache: Cache(B) = 0\n"
      "export fn grow(inout cache: Cache(B), n: i32) -> total: i32 {\n  cache.len += n\n  total = "
      "cache.len\n}\n");
  EXPECT_THAT(text, HasSubstr("inout tensor cache.k: f32[B, 2] (parameter 0, leaves 0+1)"));
  EXPECT_THAT(text, HasSubstr("dim B: dim"));
  EXPECT_THAT(text, HasSubstr("result cache.len: i32 (leaf 1)"));
}

TEST(Derivatives, GiveTuplesForSeveralVariables) {
  const std::string text = typed(
      "export fn f(w: f32[N], b: f32) -> l: f32, gw: f32[N], gb: f32 {\n"
      "  let (v, (d, e)) = value_and_grad(w, b) { sum(w * w) * b }\n  l = v\n  gw = d\n  gb = e\n}\n");
  EXPECT_THAT(text, HasSubstr("value_and_grad(w.0, b.1) {"));
}

TEST(Numbers, OfATypeAreCalculatedInIt) {
  EXPECT_THAT(typed("export fn f(x: u8[2]) -> r: u8[2] = x * (u8(100) * u8(100))\n"),
              HasSubstr("mul(100:u8, 100:u8)"));
  EXPECT_THAT(typed("export fn f(x: i32) -> r: i32 = x * (i32(7) + 1)\n"), HasSubstr("add(7:i32, 1:i32)"));
}

}  // namespace
}  // namespace kiln::sema
