// What counts as a fact must be true of the numbers that the program calculates: typed integers wrap, the
// prover's do not.
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

std::string mistakes(const std::string& program) { return check_text(program).mistakes; }

TEST(Comparisons, CalculateSignedNumbersIn64Bits) {
  const std::string text = typed(
      "export fn f(x: f32[Max], past: i32, T: dim) -> y: f32 where T >= 1 {\n"
      "  assert past + T <= Max\n  assert past >= 0\n  y = x[past]\n}");
  EXPECT_THAT(text, HasSubstr("assert le(add(i64(past.1), dim(T)), dim(Max))"));
  EXPECT_THAT(text, HasSubstr("y.2 = x.0[i64(past.1)]\n"));  // proved
}

TEST(Comparisons, StayAsTheyAreWhereNothingCanWrap) {
  EXPECT_THAT(typed("export fn f(a: i32, b: i32) -> y: bool = a < b"), HasSubstr("lt(a.0, b.1)"));
  EXPECT_THAT(typed("export fn f(a: i32[N]) -> y: bool[N] { y[i] = a[i] == i }"),
              HasSubstr("eq(a.0[i.0], i32(i.0))"));
}

TEST(Comparisons, OfDimsThatAnI32CannotHoldAreWide) {
  EXPECT_THAT(typed("export fn f(x: f32[N, M], n: i32) -> y: bool = n < N * M"),
              HasSubstr("lt(i64(n.1), dim(M*N))"));
}

TEST(Comparisons, OfUnsignedNumbersWrapAndAreNoFacts) {
  const std::string text = typed(
      "export fn f(x: f32[10], a: u32, b: u32) -> y: f32 {\n"
      "  assert a - b < 10\n  assert a >= b\n  y = x[a - b]\n}");
  EXPECT_THAT(text, HasSubstr("assert lt(sub(a.1, b.2), 10:u32)"));
  EXPECT_THAT(text, HasSubstr("sub(i64(a.1), i64(b.2))?]"));
}

TEST(Comparisons, OfSumsThatMayLeave64BitsAreNoFacts) {
  const std::string text = typed(
      "export fn f(x: f32[10], a: i64, b: i64) -> y: f32 {\n"
      "  assert a + b < 10\n  assert b >= 0\n  assert a >= 0\n  y = x[a]\n}");
  EXPECT_THAT(text, HasSubstr("x.0[a.1?]"));
}

TEST(Variables, HoldWhatWrapped) {
  const std::string program =
      "export fn f(x: f32[Max], a: i32, b: i32) -> y: f32 {\n"
      "  assert a >= 0\n  assert b >= 0\n%  let p = a + b\n  assert p < Max\n  y = x[p]\n}";
  std::string known = program, unknown = program;
  known.replace(known.find('%'), 1, "  assert a + b < Max\n");
  unknown.replace(unknown.find('%'), 1, "");
  EXPECT_THAT(typed(unknown), HasSubstr("x.0[i64(p.4)?]"));
  EXPECT_THAT(typed(known), HasSubstr("x.0[i64(p.4)]"));  // it fits, so it does not wrap
}

TEST(Variables, OfIndicesStayIndices) {
  EXPECT_THAT(typed("export fn f(x: f32[2 * N], w: f32[N]) -> y: f32[N] {\n  y[i: N] = { let k = 2 * i + 1\n "
                    "return x[k] }\n}"),
              HasSubstr("return x.0[k.3]"));
}

TEST(Casts, ToSmallerTypesForget) {
  EXPECT_THAT(typed("export fn f(x: f32[10], a: i32) -> y: f32 {\n  assert a >= 0\n  assert a < 10\n"
                    "  y = x[i8(a)] + x[i64(a)]\n}"),
              HasSubstr("add(x.0[i64(i8(a.1))], x.0[i64(a.1)])"));
  EXPECT_THAT(typed("export fn f(x: f32[1000], a: i32) -> y: f32 {\n  assert a >= 0\n  assert a < 1000\n"
                    "  y = x[i8(a)]\n}"),
              HasSubstr("x.0[i64(i8(a.1))?]"));
}

TEST(Arguments, AreKnownAsTheCalleeGetsThem) {
  const std::string callee = "fn g(x: f32[N], k: i32) -> y: f32 where 0 <= k, k < N = x[k]\n";
  EXPECT_THAT(typed(callee + "export fn f(x: f32[N], a: i32, b: i32) -> y: f32 {\n"
                             "  assert a >= 0\n  assert b >= 0\n  y = g(x, a + b)\n}"),
              HasSubstr("assert lt(k.1, i32(dim(N)))"));
}

TEST(RangesOfData, LieInsideOfTheAxis) {
  EXPECT_THAT(typed("export fn f(x: f32[N]) -> y: f32[N] { y[j] = sum[k: 0..j] x[k] }"),
              Not(HasSubstr("assert")));
  EXPECT_EQ(mistakes("export fn f(x: f32[N]) -> y: f32[N + 2] { y[j: N + 2] = sum[k: 0..j] x[k] }"),
            "E0301 1:61 the range of `k` may leave 0..N\n");
  EXPECT_THAT(typed("export fn f(x: f32[N], n: i32) -> y: f32 = sum[k: 0..n] x[k]"),
              HasSubstr("assert le(bound.2, dim(N)), \"the range of `k` leaves its axis of N elements\""));
  EXPECT_THAT(
      typed("export fn f(x: f32[N], n: i32) -> y: f32 {\n  assert n <= N\n  y = sum[k: 0..n] x[k]\n}"),
      Not(HasSubstr("leaves its axis")));
}

TEST(RangesOfData, MayDependOnAnIndexOfTheSameBrackets) {
  EXPECT_THAT(typed("export fn f(x: f32[N, N]) -> y: f32 = sum[i, j: 0..i] x[i, j]"),
              HasSubstr("sum[i.0: N, j.1: N] where lt(i.1, i.0) (x.0[i.0, i.1])"));
  EXPECT_EQ(mistakes("export fn f(N: dim, x: f32[2 * N]) -> y: f32 = sum[i: 0..N + 4, j: 0..i] x[j]"),
            "E0301 1:65 the range of `j` may leave 0..2*N\n");
  EXPECT_EQ(
      mistakes("export fn f(x: f32[N], n: i32) -> y: f32 = sum[i, j: 0..i + n] x[i] * x[j]").substr(0, 5),
      "L0001");
}

TEST(Slices, MayStartAtRunTime) {
  EXPECT_THAT(typed("export fn f(x: f32[N], t: i32) -> y: f32[3] = x[t..t + 3]"),
              HasSubstr("x.0[i64(t.1)..+3?]"));
  EXPECT_THAT(typed("export fn f(x: f32[N], t: i32) -> y: f32[3] {\n  assert 0 <= t\n  assert t + 3 <= N\n"
                    "  y = x[t..t + 3]\n}"),
              HasSubstr("x.0[i64(t.1)..+3]"));
  EXPECT_THAT(
      typed("export fn f(x: f32[N]) -> y: f32[N - 2] where N >= 2 { y[i: N - 2] = sum(x[i..i + 3]) }"),
      HasSubstr("x.0[i.0..+3]"));
  EXPECT_EQ(mistakes("export fn f(x: f32[N], t: i32) -> y: f32 = sum(x[0..t])"),
            "E0211 1:50 the length of this slice is not known at compile time\n");
}

TEST(Elements, AreKnownUntilTheyChange) {
  const std::string text = typed(
      "export fn f(x: f32[N], k: i32[B]) -> y: f32[B] {\n"
      "  y[b] = if k[b] >= 0 and k[b] < N { x[k[b]] } else { 0 }\n}");
  EXPECT_THAT(text, HasSubstr("x.0[i64(k.1[i.0])]"));
  const std::string changed = typed(
      "export fn f(x: f32[N], n: i32[4]) -> y: f32 {\n  var k = n\n  assert k[0] >= 0\n  assert k[0] < N\n"
      "  let a = x[k[0]]\n  k[1] = 7\n  y = a + x[k[0]]\n}");
  EXPECT_THAT(changed, HasSubstr("let a.4 = x.0[i64(k.3[0:i64])]"));
  EXPECT_THAT(changed, HasSubstr("add(a.4, x.0[i64(k.3[0:i64])?])"));
}

TEST(Divisors, AreCheckedUnlessTheyAreKnown) {
  EXPECT_THAT(typed("export fn f(a: i32, n: i32) -> y: i32 = a / n"), HasSubstr("quot?(a.0, n.1)"));
  EXPECT_THAT(typed("export fn f(a: i32[N], n: i32) -> y: i32[N] = a % n"), HasSubstr("rem?(a.0[i.0], n.1)"));
  EXPECT_THAT(typed("export fn f(a: i32, K: dim) -> y: i32 = a / K"), HasSubstr("quot?(a.0, i32(dim(K)))"));
  EXPECT_THAT(typed("export fn f(a: i32) -> y: i32 = a / 3"), HasSubstr("quot(a.0, 3:i32)"));
  EXPECT_THAT(typed("export fn f(a: i32) -> y: i32 = a / -3"), HasSubstr("quot(a.0, -3:i32)"));
  EXPECT_THAT(typed("export fn f(a: i32, n: i32) -> y: i32 {\n  assert n >= 1\n  y = a / n\n}"),
              HasSubstr("quot(a.0, n.1)"));
  EXPECT_THAT(typed("export fn f(x: f32[N], n: i32, k: i32) -> y: f32 = x[k / n]"), HasSubstr("quot?("));
}

}  // namespace
}  // namespace kiln::sema
