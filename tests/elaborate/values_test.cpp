// What expressions, calls and models become.
#include <gtest/gtest.h>

#include "elaborated.h"

namespace kiln::elaborate {
namespace {

TEST(ElaborateValues, AReductionIsANodeAndWhatFollowsItAnother) {
  EXPECT_EQ(elaborated(R"(export fn linear(x: f32[B, I], w: f32[O, I], bias: f32[O]) -> y: f32[B, O] {
  y[b, o] = sum[i] x[b, i] * w[o, i] + bias[o]
})"),
            normalised(R"(function linear(B, I, O) {
  input %x: f32[B, I]
  input %w: f32[O, I]
  input %bias: f32[O]
  %3: f32[B, O] = compute [b: B, o: O, i: I] write [b, o] sum mul(%x[b, i], %w[o, i])
  %y: f32[B, O] = compute [i0: B, i1: O] write [i0, i1] assign add(%3[i0, i1], %bias[i1])
  output %y as "y"
})"));
}

TEST(ElaborateValues, LiftedOperatorsShareOneNode) {
  EXPECT_EQ(elaborated(R"(export fn shift(x: f32[B, T], bias: f32[T]) -> y: f32[B, T] = x * 2 + bias)"),
            normalised(R"(function shift(B, T) {
  input %x: f32[B, T]
  input %bias: f32[T]
  %y: f32[B, T] = compute [i0: B, i1: T] write [i0, i1] assign add(mul(%x[i0, i1], 2.0), %bias[i1])
  output %y as "y"
})"));
}

TEST(ElaborateValues, ACalledFunctionGetsTheAxesAroundTheCall) {
  EXPECT_EQ(elaborated(R"(fn scaled(x: f32[N]) -> y: f32[N] {
  let total = sum(x)
  y = x / total
}
export fn rows(x: f32[B, N]) -> y: f32[B, N] { y[b] = scaled(x[b]) })"),
            normalised(R"(function rows(B, N) {
  input %x: f32[B, N]
  %1: f32[B] = compute [b: B, i0: N] write [b] sum %x[b, i0]
  %y: f32[B, N] = compute [b: B, i0: N] write [b, i0] assign div(%x[b, i0], %1[b])
  output %y as "y"
})"));
}

TEST(ElaborateValues, ViewsNeedNoNodes) {
  EXPECT_EQ(elaborated(R"(export fn views(x: f32[N, M]) -> y: f32[M, N] {
  let t[j, i] = x[i, j]
  let u = t
  y = u
})"),
            normalised(R"(function views(N, M) {
  input %x: f32[N, M]
  %y: f32[M, N] = compute [j: M, i: N] write [j, i] assign %x[i, j]
  output %y as "y"
})"));
}

TEST(ElaborateValues, NarrowFloatsComputeWideAndRoundWhereTheyAreBound) {
  EXPECT_EQ(elaborated(R"(export fn rounded(x: bf16[N], y: bf16[N]) -> z: bf16[N] {
  let p = x * y + x
  z = p - y
})"),
            normalised(R"(function rounded(N) {
  input %x: bf16[N]
  input %y: bf16[N]
  %p: bf16[N] = compute [i0: N] write [i0]
      assign bf16(add(mul(f32(%x[i0]), f32(%y[i0])), f32(%x[i0])))
  %z: bf16[N] = compute [i0: N] write [i0] assign bf16(sub(f32(%p[i0]), f32(%y[i0])))
  output %z as "z"
})"));
}

TEST(ElaborateValues, PaddingChoosesByTheSubscript) {
  EXPECT_EQ(elaborated(R"(export fn padded(x: f32[N]) -> y: f32[N] { y[i: N] = x[i - 1 else 0] })"),
            normalised(R"(function padded(N) {
  input %x: f32[N]
  %y: f32[N] = compute [i0: N] write [i0]
      assign select(and(le(0, sub(i0, 1)), lt(sub(i0, 1), N)), %x[sub(i0, 1)], 0.0)
  output %y as "y"
})"));
}

TEST(ElaborateValues, AFilteredMeanCountsItsPoints) {
  EXPECT_EQ(elaborated(R"(export fn filtered(x: f32[N], n: i32) -> y: f32 = mean[i where i < n] x[i])"),
            normalised(R"(function filtered(N) {
  input %x: f32[N]
  input %n: i32
  %2: f32 = compute [i: N] write [] where lt(i32(i), %n) sum %x[i]
  %3: i64 = compute [i: N] write [] where lt(i32(i), %n) sum 1
  %y: f32 = compute [] write [] assign div(%2, f32(%3))
  output %y as "y"
})"));
}

TEST(ElaborateValues, ArgmaxOverSeveralIndicesReportsEach) {
  EXPECT_EQ(elaborated(R"(export fn best(x: f32[N, M]) -> row: i32, column: i32 {
  let (r, c) = argmax[i: N, j: M] x[i, j]
  row = r
  column = c
})"),
            normalised(R"(function best(N, M) {
  input %x: f32[N, M]
  %1: i32 = compute [i: N, j: M] write [] argmax[i] %x[i, j]
  %2: i32 = compute [i: N, j: M] write [] argmax[j] %x[i, j]
  output %1 as "row"
  output %2 as "column"
})"));
}

TEST(ElaborateValues, FunctionValuesAreInlined) {
  EXPECT_EQ(elaborated(R"(fn twice(f: fn(f32) -> f32, x: f32) -> f32 = f(f(x))
export fn closures(x: f32, k: f32) -> y: f32 = twice(fn(v) = v * k, x))"),
            normalised(R"(function closures() {
  input %x: f32
  input %k: f32
  %y: f32 = compute [] write [] assign mul(mul(%x, %k), %k)
  output %y as "y"
})"));
}

TEST(ElaborateValues, ModelsAreTheirLeaves) {
  EXPECT_EQ(elaborated(R"(model Two(N: dim) {
  param a: f32[N] = 1
  state n: i32 = 0
  fn step(inout self) { n += 1 }
}
export type M = Two(3)
export fn go(inout m: M) { m.step() })"),
            normalised(R"(function go() {
  input %m.a: f32[3]
  input %m.n: i32
  %self.n: i32 = compute [] write [] assign add(%m.n, 1:i32)
  output %m.a as "m.a"
  output %self.n as "m.n"
})"));
}

}  // namespace
}  // namespace kiln::elaborate
