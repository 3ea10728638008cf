// What is checked when a program runs.
#include <gtest/gtest.h>

#include "elaborated.h"

namespace kiln::elaborate {
namespace {

TEST(ElaborateChecks, AnIndexThatIsDataIsCheckedOnceForAllPoints) {
  EXPECT_EQ(elaborated(R"(export fn gathered(t: f32[V], p: i32[N]) -> y: f32[N] { y[i] = t[p[i]] })"),
            normalised(R"(function gathered(V, N) {
  input %t: f32[V]
  input %p: i32[N]
  %least_index: i64 = compute [i: N] write [] min i64(%p[i])
  %greatest_index: i64 = compute [i: N] write [] max i64(%p[i])
  check index %least_index, %greatest_index < V of "t" axis 0 at "test.model:1:66"
  %y: f32[N] = compute [i0: N] write [i0] assign %t[i64(%p[i0])]
  output %y as "y"
})"));
}

TEST(ElaborateChecks, WhatAConditionExcludesIsNotChecked) {
  EXPECT_EQ(elaborated(R"(export fn guarded(t: f32[V], k: i32) -> y: f32 = if k >= 0 { t[k] } else { 0 })"),
            normalised(R"(function guarded(V) {
  input %t: f32[V]
  input %k: i32
  %least_index: i64 = compute [] write [] where le(0:i32, %k) min i64(%k)
  %greatest_index: i64 = compute [] write [] where le(0:i32, %k) max i64(%k)
  check index %least_index, %greatest_index < V of "t" axis 0 at "test.model:1:64"
  %y: f32 = compute [] write [] assign select(le(0:i32, %k), %t[i64(%k)], 0.0)
  output %y as "y"
})"));
}

TEST(ElaborateChecks, WhatNoPointReadsIsNotChecked) {
  EXPECT_EQ(
      elaborated(
          R"(export fn same_for_all(t: f32[V], k: i32, x: f32[B]) -> y: f32[B] { y[b] = t[k] * x[b] })"),
      normalised(R"(function same_for_all(V, B) {
  input %t: f32[V]
  input %k: i32
  input %x: f32[B]
  %least_index: i64 = compute [] write [] where lt(0, B) min i64(%k)
  %greatest_index: i64 = compute [] write [] where lt(0, B) max i64(%k)
  check index %least_index, %greatest_index < V of "t" axis 0 at "test.model:1:78"
  %y: f32[B] = compute [i0: B] write [i0] assign mul(%t[i64(%k)], %x[i0])
  output %y as "y"
})"));
}

TEST(ElaborateChecks, ADivisorThatIsDataIsChecked) {
  EXPECT_EQ(elaborated(R"(export fn quotient(x: i32[N], n: i32) -> y: i32[N] { y[i] = x[i] / n })"),
            normalised(R"(function quotient(N) {
  input %x: i32[N]
  input %n: i32
  %holds: bool = compute [] write [] where lt(0, N) all ne(%n, 0:i32)
  check divisor %holds message "division by zero" at "test.model:1:68"
  %y: i32[N] = compute [i0: N] write [i0] assign quot(%x[i0], %n)
  output %y as "y"
})"));
}

TEST(ElaborateChecks, AnAssertionIsACheck) {
  EXPECT_EQ(elaborated(R"(test "sums" {
  let x: f32[3] = [1, 2, 3]
  assert sum(x) == 6, "they add up"
})"),
            normalised(R"(function sums() {
  %0: f32[3] = constant [1.0, 2.0, 3.0]
  %1: f32 = compute [i0: 3] write [] sum %0[i0]
  %holds: bool = compute [] write [] all eq(%1, 6.0)
  check assertion %holds message "they add up" at "test.model:3:3"
})"));
}

}  // namespace
}  // namespace kiln::elaborate
