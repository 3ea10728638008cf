#include <gtest/gtest.h>

#include <fmt/format.h>

#include "check_program.h"

/// Products within rows of different lengths: operands that begin where data says, results up to the end of
/// each row. Arena memory is poisoned by the executor, so what is left out and read all the same shows.
namespace kiln::kernel {
namespace {

constexpr int64_t greatest = 40;  // of lengths and offsets

std::string schedules(const Program& program) {
  std::string text;
  for (const Kernel& kernel : program.kernels) text += kernel.explanation.schedule + "\n";
  return text;
}

Program expect_rows(const std::string& body, int64_t longest, int64_t inner) {
  const std::string text = R"(function f(B, T, X, D) {
    input %len: i32[B]
    input %off: i32[B]
    input %x: f32[X, D]
    input %p: f32[B, T, T]
)" + body + "}";
  return expect_same(text, {.dims = {{"B", 5}, {"T", longest}, {"X", greatest + longest}, {"D", inner}},
                            .greatest_integer = greatest,
                            .tolerance = 1e-4});
}

constexpr const char* scores = R"(
    %s: f32[B, T, T] = compute [b: B, t: T, u: T, d: D] write [b, t, u]
        where lt(t, i64(%len[b])), lt(u, i64(%len[b]))
        sum mul(%x[add(t, i64(%off[b])), d], %x[add(u, i64(%off[b])), d])
)";

TEST(RaggedProducts, BeginAndEndWhereDataSays) {
  for (const int64_t longest : {1, 4, 16, 33, 70})
    for (const int64_t inner : {1, 3, 17}) {
      SCOPED_TRACE(fmt::format("{} {}", longest, inner));
      const Program program = expect_rows(std::string(scores) + R"(output %s as "s")", longest, inner);
      EXPECT_NE(schedules(program).find("up to the end of each row"), std::string::npos);
    }
}

TEST(RaggedProducts, SumOverTheRestOfARow) {
  for (const int64_t longest : {2, 16, 45})
    for (const int64_t inner : {1, 16, 50}) {
      SCOPED_TRACE(fmt::format("{} {}", longest, inner));
      const Program program = expect_rows(R"(
        %y: f32[B, T, D] = compute [b: B, t: T, d: D, u: T] write [b, t, d]
            where lt(t, i64(%len[b])), lt(u, i64(%len[b])) sum mul(%p[b, t, u], %x[add(u, i64(%off[b])), d])
        output %y as "y")",
                                          longest, inner);
      EXPECT_NE(schedules(program).find("up to the end of each row"), std::string::npos);
    }
}

TEST(RaggedProducts, TransposedAndWithAnEpilogue) {
  for (const int64_t longest : {3, 40})
    expect_rows(R"(
        %y: f32[B, T, D] = compute [b: B, u: T, d: D, t: T] write [b, u, d]
            where lt(t, i64(%len[b])), lt(u, i64(%len[b])) sum mul(%p[b, t, u], %x[add(t, i64(%off[b])), d])
        %z: f32[B, T, D] = compute [b: B, u: T, d: D] write [b, u, d] assign exp(add(%y[b, u, d], %x[d, 0]))
        output %z as "z")",
                longest, 7);
}

TEST(RaggedProducts, LeaveOutWhatNobodyReads) {
  for (const int64_t longest : {1, 20, 70})
    for (const int64_t inner : {2, 16}) {
      const Program program = expect_rows(std::string(scores) + R"(
        %m: f32[B, T] = compute [b: B, t: T, u: T] write [b, t]
            where lt(t, i64(%len[b])), lt(u, i64(%len[b])) max %s[b, t, u]
        %e: f32[B, T, T] = compute [b: B, t: T, u: T] write [b, t, u]
            assign select(and(lt(t, i64(%len[b])), lt(u, i64(%len[b]))), exp(sub(%s[b, t, u], %m[b, t])), 0.0)
        %n: f32[B, T] = compute [b: B, t: T, u: T] write [b, t]
            where lt(t, i64(%len[b])), lt(u, i64(%len[b])) sum %e[b, t, u]
        %y: f32[B, T, D] = compute [b: B, t: T, d: D, u: T] write [b, t, d]
            where lt(t, i64(%len[b])), lt(u, i64(%len[b])) sum mul(%e[b, t, u], %x[add(u, i64(%off[b])), d])
        %z: f32[B, T, D] = compute [b: B, t: T, d: D] write [b, t, d]
            assign select(lt(t, i64(%len[b])), div(%y[b, t, d], %n[b, t]), 0.0)
        output %z as "z")",
                                          longest, inner);
      EXPECT_NE(schedules(program).find("up to the end of each row"), std::string::npos);
    }
}

TEST(RaggedProducts, AnotherConditionOfTheBatch) {
  expect_rows(R"(
        %y: f32[B, T, D] = compute [b: B, t: T, d: D, u: T] write [b, t, d]
            where lt(t, i64(%len[b])), lt(20, i64(%off[b])), lt(u, i64(%len[b]))
            sum mul(%p[b, t, u], %x[add(u, i64(%off[b])), d])
        output %y as "y")",
              30, 9);
}

/// Several blocks of lanes in a row, so that what bounds one does not stand for the next.
TEST(RaggedMaps, BoundEachBlockOfLanes) {
  for (const int64_t longest : {40, 256, 700}) {
    const std::string text = R"(function f(B, T, E) {
      input %len: i32[B]
      input %x: f32[B, T]
      input %w: f32[E]
      %y: f32[B, T] = compute [b: B, t: T, k: 5] write [b, t] where lt(t, i64(%len[b]))
          sum mul(%x[b, t], mul(%w[rem(t, E)], f32(add(k, rem(t, 7)))))
      %z: f32[B] = compute [b: B, t: T] write [b] where lt(t, i64(%len[b])) sum %y[b, t]
      output %z as "z" })";
    expect_same(text,
                {.dims = {{"B", 6}, {"T", longest}, {"E", 3}}, .greatest_integer = 600, .tolerance = 1e-4});
  }
}

}  // namespace
}  // namespace kiln::kernel
