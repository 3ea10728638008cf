#include <gtest/gtest.h>

#include "check_program.h"
#include "kernel/print.h"

namespace kiln::kernel {
namespace {

/// Runs the graph at sizes around those of the data that bounds it; `tests` says how many comparisons are
/// left.
void expect_bounded(const std::string& text, const std::map<std::string, int64_t>& dims, int tests) {
  const Program program = expect_same(text, {.dims = dims, .greatest_integer = 40, .tolerance = 1e-4});
  const std::string kernels = print(program);
  int found = 0;
  for (const char* comparison : {"] = lt ", "] = le ", "] = eq ", "bool = lt ", "bool = le ", "bool = eq "})
    for (size_t at = kernels.find(comparison); at != std::string::npos; at = kernels.find(comparison, at + 1))
      ++found;
  EXPECT_EQ(found, tests) << kernels;
}

TEST(DataBoundedLoops, RowsRunOverTheirOwnLength) {
  for (const int64_t t : {0, 1, 16, 37, 200})
    expect_bounded(R"(function f(B, T) {
      input %x: f32[B, T]
      input %len: i32[B]
      %y: f32[B] = compute [b: B, t: T] write [b] where lt(t, i64(%len[b])) sum %x[b, t]
      %z: f32[B] = compute [b: B, t: T] write [b] where le(sub(i64(%len[b]), 20), t) max %x[b, t]
      output %y as "y"
      output %z as "z" })",
                   {{"B", 5}, {"T", t}}, 0);
}

TEST(DataBoundedLoops, BothEndsAndASecondCondition) {
  for (const int64_t t : {3, 64, 129})
    expect_same(R"(function f(B, T) {
      input %x: f32[B, T]
      input %first: i32[B]
      input %end: i64[B]
      %y: f32[B] = compute [b: B, t: T] write [b]
          where lt(i64(%first[b]), t), lt(t, %end[b]), lt(0.0, %x[b, t]) sum %x[b, t]
      output %y as "y" })",
                {.dims = {{"B", 9}, {"T", t}}, .greatest_integer = 60});
}

TEST(DataBoundedLoops, CausalRowsStopAtTheirOwnPlace) {
  expect_bounded(R"(function f(B, T) {
    input %x: f32[B, T, T]
    %m: f32[B, T] = compute [b: B, t: T, s: T] write [b, t] where le(s, t) max %x[b, t, s]
    %y: f32[B, T] = compute [b: B, t: T, s: T] write [b, t] where le(s, t) sum exp(sub(%x[b, t, s], %m[b, t]))
    output %y as "y" })",
                 {{"B", 2}, {"T", 45}}, 0);
}

TEST(DataBoundedLoops, LanesThatDifferShareTheLongestRange) {
  for (const int64_t b : {1, 16, 67})
    expect_same(R"(function f(T, B) {
      input %x: f32[T, B]
      input %len: i32[B]
      input %n: i32
      %y: f32[B] = compute [b: B, t: T] write [b] where lt(t, i64(%len[b])) sum %x[t, b]
      %z: f32[B] = compute [b: B, t: T] write [b] where lt(t, i64(%n)) sum %x[t, b]
      output %y as "y"
      output %z as "z" })",
                {.dims = {{"B", b}, {"T", 30}}, .greatest_integer = 40});
}

TEST(DataBoundedLoops, OffsetsOfPackedRows) {
  expect_bounded(R"(function f(B, N) {
    input %x: f32[N]
    input %offset: i32[B + 1]
    %y: f32[B] = compute [b: B, n: N] write [b]
        where le(i64(%offset[b]), n), lt(n, i64(%offset[add(b, 1)])) sum %x[n]
    output %y as "y" })",
                 {{"B", 6}, {"N", 43}}, 0);
}

TEST(DataBoundedLoops, ALimitThatMayLieOutsideItsTensorStaysATest) {
  expect_same(R"(function f(B, T) {
    input %x: f32[B, T]
    input %len: i32[T]
    %y: f32[B] = compute [b: B, t: T] write [b] where lt(b, T), lt(t, i64(%len[b])) sum %x[b, t]
    output %y as "y" })",
              {.dims = {{"B", 9}, {"T", 4}}, .greatest_integer = 5});
}

TEST(DataBoundedLoops, SumsThatWrapAreNotTakenApart) {
  // t + 1 < end wraps to a small number where end - 1 would be a great one.
  expect_same(R"(function f(T) {
    input %x: f32[T]
    input %end: i64
    %y: f32 = compute [t: T] write [] where lt(add(t, 1), add(%end, -9223372036854775808)) sum %x[t]
    output %y as "y" })",
              {.dims = {{"T", 4}}, .greatest_integer = 0});
}

TEST(DataBoundedLoops, ContractionsSumWhatTheirBatchLeaves) {
  for (const int64_t t : {1, 3, 20})
    for (const int64_t s : {2, 33, 300}) {
      const Program program =
          expect_same(R"(function f(B, T, S, D) {
        input %p: f32[B, T, S]
        input %v: f32[B, S, D]
        input %len: i32[B]
        %y: f32[B, T, D] = compute [b: B, t: T, d: D, s: S] write [b, t, d]
            where lt(s, i64(%len[b])) sum mul(%p[b, t, s], %v[b, s, d])
        output %y as "y" })",
                      {.dims = {{"B", 3}, {"T", t}, {"S", s}, {"D", 21}}, .greatest_integer = 40});
      EXPECT_NE(program.kernels[0].explanation.schedule.find("contraction"), std::string::npos);
    }
}

TEST(DataBoundedLoops, DotsSumWhatTheirBatchLeaves) {
  for (const int64_t s : {2, 33, 300})
    expect_same(R"(function f(B, N, S) {
      input %p: f32[B, S]
      input %w: f32[N, S]
      input %len: i32
      %y: f32[B, N] = compute [b: B, n: N, s: S] write [b, n]
          where lt(s, i64(%len)) sum mul(%p[b, s], %w[n, s])
      output %y as "y" })",
                {.dims = {{"B", 2}, {"N", 11}, {"S", s}}, .greatest_integer = 40});
}

TEST(DataBoundedLoops, ScattersSkipWhatTheirGuardLeavesOut) {
  expect_same(R"(function f(B, T, V) {
    input %x: f32[B, T]
    input %to: i32[B, T]
    input %len: i32[B]
    %y: f32[V] = compute [b: B, t: T] write [i64(%to[b, t])] where lt(t, i64(%len[b])) sum %x[b, t]
    output %y as "y" })",
              {.dims = {{"B", 6}, {"T", 10}, {"V", 41}}, .greatest_integer = 12});
}

}  // namespace
}  // namespace kiln::kernel
