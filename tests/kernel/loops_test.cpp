#include <gtest/gtest.h>

#include "check_program.h"

namespace kiln::kernel {
namespace {

TEST(Maps, RunOverWholeTilesAndWhatIsLeft) {
  for (const int64_t n : {0, 1, 15, 16, 33, 5000})
    expect_same(R"(function f(N) {
      input %x: f32[N]
      input %y: f32[N]
      %z: f32[N] = compute [i: N] write [i] assign add(mul(%x[i], %y[i]), 2.0)
      output %z as "z" })",
                {.dims = {{"N", n}}});
}

TEST(Maps, BroadcastTransposeAndReverse) {
  expect_same(R"(function f(N) {
    input %x: f32[N, 21]
    input %b: f32[21]
    %z: f32[21, N] = compute [c: 21, i: N] write [c, i] assign add(%x[i, c], %b[sub(20, c)])
    output %z as "z" })",
              {.dims = {{"N", 37}}});
}

TEST(Maps, JoinAndSplitAxes) {
  const Program program = expect_same(R"(function f(N) {
    input %x: f32[N, 3, 5, 4]
    input %w: f32[7, 20]
    %z: f32[N, 3, 20] = compute [b: N, c: 3, i: 5, j: 4] write [b, c, add(mul(i, 4), j)] assign exp(%x[b, c, i, j])
    %s: f32[N, 3, 7] = compute [b: N, c: 3, o: 7, k: 20] write [b, c, o] sum mul(%z[b, c, k], %w[o, k])
    %t: f32[N, 15] = compute [b: N, c: 3, i: 5] write [b, add(mul(c, 5), i)] assign %x[b, c, i, 2]
    output %z as "z"
    output %s as "s"
    output %t as "t" })",
                                      {.dims = {{"N", 7}}});
  for (const Kernel& kernel : program.kernels)
    EXPECT_EQ(kernel.explanation.schedule.find("scatter"), std::string::npos);
}

TEST(Maps, ConvertBetweenElements) {
  expect_same(R"(function f(N) {
    input %x: u8[N, 4, 5]
    input %h: bf16[N]
    %z: f32[N, 20] = compute [b: N, j: 20] write [b, j] assign div(f32(%x[b, quot(j, 5), rem(j, 5)]), 255.0)
    %g: bf16[N] = compute [b: N] write [b] assign mul(%h[b], %h[b])
    output %z as "z"
    output %g as "g" })",
              {.dims = {{"N", 7}}, .greatest_integer = 255});
}

TEST(Maps, ReadOnlyWhatTheGuardAllows) {
  expect_same(R"(function f(N) {
    input %x: f32[N]
    %z: f32[N] = compute [i: N] write [i] assign
        select(and(lt(0, i), lt(i, sub(N, 1))), add(%x[sub(i, 1)], %x[add(i, 1)]), 0.0)
    output %z as "z" })",
              {.dims = {{"N", 50}}});
}

TEST(Maps, GatherRowsThroughData) {
  expect_same(R"(function f(N) {
    input %table: f32[4, 40]
    input %place: i32[N]
    %z: f32[N, 40] = compute [i: N, d: 40] write [i, d] assign %table[i64(%place[i]), d]
    %y: f32[N] = compute [i: N] write [i] assign %table[i64(%place[i]), i64(%place[sub(sub(N, 1), i)])]
    output %z as "z"
    output %y as "y" })",
              {.dims = {{"N", 19}}});
}

TEST(Reductions, OverRowsColumnsAndEverything) {
  for (const int64_t n : {0, 1, 5, 70})
    expect_same(R"(function f(N) {
      input %x: f32[N, 83]
      %rows: f32[N] = compute [i: N, j: 83] write [i] sum %x[i, j]
      %columns: f32[83] = compute [j: 83, i: N] write [j] sum %x[i, j]
      %all: f32 = compute [i: N, j: 83] write [] max %x[i, j]
      %scaled: f32[83] = compute [j: 83, i: N] write [j] min mul(%x[i, j], 3.0)
      %product: f32[N] = compute [i: N, j: 4] write [i] prod %x[i, j]
      output %rows as "rows"
      output %columns as "columns"
      output %all as "all"
      output %scaled as "scaled"
      output %product as "product" })",
                {.dims = {{"N", n}}});
}

TEST(Reductions, CountAndReportPlaces) {
  for (const int64_t c : {1, 10, 64})
    expect_same(R"(function f(C) {
      input %x: f32[9, C]
      input %k: i32[9, C]
      %best: i32[9] = compute [i: 9, j: C] write [i] argmax[j] %x[i, j]
      %worst: i32[C] = compute [j: C, i: 9] write [j] argmin[i] %k[i, j]
      %some: bool[9] = compute [i: 9, j: C] write [i] any lt(0.9, %x[i, j])
      %every: bool[9] = compute [i: 9, j: C] write [i] all lt(%x[i, j], 0.9)
      %last: f32[9] = compute [i: 9, j: C] write [i] where lt(%x[i, j], 0.5) last %x[i, j]
      output %best as "best"
      output %worst as "worst"
      output %some as "some"
      output %every as "every"
      output %last as "last" })",
                {.dims = {{"C", c}}});
}

TEST(Reductions, KeepTheirGuards) {
  expect_same(R"(function f(N) {
    input %x: f32[N, N]
    %lower: f32[N] = compute [i: N, j: N] write [i] where le(j, i) sum %x[i, j]
    %none: f32[N] = compute [i: N, j: N] write [i] where lt(j, 0) max %x[i, j]
    output %lower as "lower"
    output %none as "none" })",
              {.dims = {{"N", 35}}});
}

TEST(Rows, SoftmaxIsOneKernel) {
  for (const int64_t c : {10, 100}) {
    const Program program = expect_same(R"(function f(B, C) {
      input %x: f32[B, C]
      %m: f32[B] = compute [b: B, c: C] write [b] max %x[b, c]
      %e: f32[B, C] = compute [b: B, c: C] write [b, c] assign exp(sub(%x[b, c], %m[b]))
      %s: f32[B] = compute [b: B, c: C] write [b] sum %e[b, c]
      %p: f32[B, C] = compute [b: B, c: C] write [b, c] assign div(%e[b, c], %s[b])
      output %p as "p" })",
                                        {.dims = {{"B", 7}, {"C", c}}});
    EXPECT_EQ(program.kernels.size(), 1u);
  }
}

TEST(Scatters, AddUpInOrderAndFillTheRest) {
  expect_same(R"(function f(N) {
    input %c: f32[N, 40]
    input %place: i32[N]
    %t: f32[5, 40] = compute [i: N, d: 40] write [i64(%place[i]), d] sum %c[i, d]
    %count: i32[5] = compute [i: N] write [i64(%place[i])] sum 1:i32
    %winner: f32[5] = compute [i: N] write [i64(%place[i])] last %c[i, 3]
    %best: i32[5] = compute [i: N] write [i64(%place[i])] argmax[i] %c[i, 0]
    output %t as "t"
    output %count as "count"
    output %winner as "winner"
    output %best as "best" })",
              {.dims = {{"N", 33}}});
}

TEST(Scatters, StridedWritesLeaveZeros) {
  expect_same(R"(function f(N) {
    input %x: f32[N, 6]
    %up: f32[2*N, 6] = compute [i: N, j: 6] write [mul(2, i), j] assign %x[i, j]
    %diagonal: f32[N, N] = compute [i: N] write [i, i] assign %x[i, 0]
    %slid: f32[N + 5] = compute [i: N, j: 6] write [add(i, j)] sum %x[i, j]
    output %up as "up"
    output %diagonal as "diagonal"
    output %slid as "slid" })",
              {.dims = {{"N", 23}}});
}

TEST(Sorts, AreStableAndKeepTheGreatest) {
  for (const int64_t n : {1, 2, 37})
    expect_same(R"(function f(N) {
      input %x: i32[3, N]
      input %y: f32[N]
      %v: i32[3, N], %p: i32[3, N] = sort %x
      %g: f32[1], %q: i32[1] = sort %y descending count 1
      output %v as "v"
      output %p as "p"
      output %g as "g"
      output %q as "q" })",
                {.dims = {{"N", n}}});
}

}  // namespace
}  // namespace kiln::kernel
