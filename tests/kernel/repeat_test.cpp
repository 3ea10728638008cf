#include <gtest/gtest.h>

#include <fmt/format.h>

#include "check_program.h"
#include "kernel/print.h"

namespace kiln::kernel {
namespace {

/// A recurrence: h' = tanh(h W + x[t]), all h kept.
constexpr const char* recurrence = R"(function f(T, B, D) {{
  input %x: f32[T, B, D]
  input %w: f32[D, D]
  input %h0: f32[B, D]
  input %n: i64
  %h: f32[B, D], %hs: f32[T, B, D]{} = loop t below T{} carried 1 (%h0, %x, %w) function body(T, B, D, t) {{
    fact t >= 0
    fact T - t - 1 >= 0
    input %h: f32[B, D]
    input %x: f32[T, B, D]
    input %w: f32[D, D]
    %z: f32[B, D] = compute [b: B, d: D, k: D] write [b, d] sum mul(%h[b, k], %w[k, d])
    %n: f32[B, D] = compute [b: B, d: D] write [b, d] assign tanh(add(%z[b, d], %x[t, b, d]))
    output %n as "h"
    output %n as "hs"
  }}
  output %h as "h"
  output %hs as "hs"{}
}})";

TEST(RepeatedKernels, CarryAndStack) {
  for (const int64_t rounds : {0, 1, 2, 5})
    expect_same(fmt::format(recurrence, "", "", ""),
                {.dims = {{"T", rounds}, {"B", 3}, {"D", 21}}, .tolerance = 1e-4});
}

TEST(RepeatedKernels, MakeAsManyRoundsAsDataSaysAndClearTheOtherRows) {
  for (const char* order : {"", " reversed"})
    for (const int64_t most : {0, 3, 9})
      expect_same(fmt::format(recurrence, ", %made: i64", fmt::format("{} rounds %n", order),
                              "\n  output %made as \"made\""),
                  {.dims = {{"T", 4}, {"B", 3}, {"D", 5}}, .greatest_integer = most, .tolerance = 1e-4});
}

TEST(RepeatedKernels, ChangeInPlaceWhatIsReadAtThePointAlone) {
  const Program program = expect_same(R"(function f(T, N) {
    input %x: f32[T, N]
    input %y: f32[N]
    %z: f32[N] = loop t below T carried 1 (%y, %x) function body(T, N, t) {
      fact t >= 0
      fact T - t - 1 >= 0
      input %y: f32[N]
      input %x: f32[T, N]
      %n: f32[N] = compute [i: N] write [i] assign add(mul(%y[i], 0.5), %x[t, i])
      output %n as "y"
    }
    output %z as "y" })",
                                      {.dims = {{"T", 5}, {"N", 40}}, .inout = {{"y", "y"}}});
  EXPECT_EQ(program.kernels.size(), 1U);
  for (const Buffer& buffer : program.buffers) EXPECT_EQ(buffer.scope, Scope::argument);
}

TEST(RepeatedKernels, CopyFirstWhatMayNotBeOverwritten) {
  expect_same(R"(function f(T, N) {
    input %x: f32[N]
    %y: f32[N] = compute [i: N] write [i] assign exp(%x[i])
    %z: f32[N] = loop t below T carried 1 (%y) function body(T, N, t) {
      input %y: f32[N]
      %n: f32[N] = compute [i: N] write [i] assign mul(%y[i], 0.5)
      output %n as "y"
    }
    %w: f32[N] = compute [i: N] write [i] assign sub(%y[i], %z[sub(N, add(i, 1))])
    output %w as "w" })",
              {.dims = {{"T", 3}, {"N", 40}}});
}

TEST(RepeatedKernels, OverwriteWhatNobodyReadsLater) {
  const Program program = expect_same(R"(function f(T, N) {
    input %x: f32[N]
    %y: f32[N] = compute [i: N] write [i] assign exp(%x[i])
    %s: f32 = compute [i: N] write [] sum %y[i]
    %z: f32[N] = loop t below T carried 1 (%y) function body(T, N, t) {
      input %y: f32[N]
      %n: f32[N] = compute [i: N] write [i] assign mul(%y[i], 0.5)
      output %n as "y"
    }
    %w: f32[N] = compute [i: N] write [i] assign sub(%s, %z[sub(N, add(i, 1))])
    output %w as "w" })",
                                      {.dims = {{"T", 3}, {"N", 40}}});
  for (const Kernel& kernel : program.kernels) EXPECT_NE(kernel.explanation.schedule, "copy");
}

TEST(RepeatedKernels, ExchangeValues) {
  for (const int64_t rounds : {0, 1, 2, 5})
    expect_same(R"(function f(T, N) {
      input %a: i32[N]
      input %b: i32[N]
      %c: i32[N], %d: i32[N] = loop t below T carried 2 (%a, %b) function body(T, N, t) {
        input %a: i32[N]
        input %b: i32[N]
        %n: i32[N] = compute [i: N] write [i] assign add(%a[i], %b[i])
        output %b as "a"
        output %n as "b"
      }
      output %c as "a"
      output %d as "b" })",
                {.dims = {{"T", rounds}, {"N", 7}}, .inout = {{"a", "a"}, {"b", "b"}}});
}

TEST(RepeatedKernels, GoOnWhileACondition) {
  for (const char* limit : {"", " below 3"})
    expect_same(fmt::format(R"(function f(N) {{
      input %x: f32[N]
      %norm: f32 = compute [i: N] write [] sum mul(%x[i], %x[i])
      %first: bool = compute [] write [] assign lt(0.01, %norm)
      %y: f32[N], %made: i64 = loop k{} while %first carried 1 (%x) function body(N, k) {{
        input %x: f32[N]
        %half: f32[N] = compute [i: N] write [i] assign mul(0.5, %x[sub(N, add(i, 1))])
        %n: f32 = compute [i: N] write [] sum mul(%half[i], %half[i])
        %more: bool = compute [] write [] assign lt(0.01, %n)
        output %half as "x"
        output %more as "more"
      }}
      output %y as "y"
      output %made as "made" }})",
                            limit),
                {.dims = {{"N", 30}}});
}

TEST(RepeatedKernels, NestAndGrow) {
  for (const int64_t rounds : {0, 1, 4})
    expect_same(R"(function f(T, N) {
      input %x: f32[T, N]
      input %y: f32[N]
      %h: f32[N], %all: f32[T, 3, N] = loop t below T carried 1 (%y, %x) function outer(T, N, t) {
        fact t >= 0
        fact T - t - 1 >= 0
        input %h: f32[N]
        input %x: f32[T, N]
        %past: f32[t + 1, N] = compute [k: t + 1, i: N] write [k, i] assign exp(%x[k, i])
        %top: f32[N] = compute [i: N, k: t + 1] write [i] max %past[k, sub(N, add(i, 1))]
        %g: f32[N], %gs: f32[3, N] = loop s below 3 carried 1 (%h, %top) function inner(T, N, t, s) {
          input %h: f32[N]
          input %top: f32[N]
          %n: f32[N] = compute [i: N] write [i] assign add(mul(0.5, %h[sub(N, add(i, 1))]), %top[i])
          output %n as "h"
          output %n as "hs"
        }
        output %g as "h"
        output %gs as "all"
      }
      output %h as "h"
      output %all as "all" })",
                {.dims = {{"T", rounds}, {"N", 19}}, .tolerance = 1e-4});
}

TEST(RepeatedKernels, ReadTheFirstValueWhereNoRoundWasMade) {
  // Without a round %z lies where the argument does, which must not be overwritten before %z is read.
  for (const int64_t rounds : {0, 1, 2})
    expect_same(R"(function f(T, N) {
      input %y: f32[N]
      %z: f32[N] = loop t below T carried 1 (%y) function body(T, N, t) {
        input %y: f32[N]
        %n: f32[N] = compute [i: N] write [i] assign mul(%y[sub(N, add(i, 1))], 0.5)
        output %n as "y"
      }
      %w: f32[N] = compute [i: N] write [i] assign add(%z[sub(N, add(i, 1))], 1.0)
      output %w as "y" })",
                {.dims = {{"T", rounds}, {"N", 40}}, .inout = {{"y", "y"}}});
}

TEST(RepeatedKernels, CopyAResultOfALoopBeforeItsFirstValueIsChanged) {
  for (const int64_t rounds : {0, 1, 2}) {
    const Program program = expect_same(R"(function f(T, N) {
      input %y: f32[N]
      %z: f32[N] = loop t below T carried 1 (%y) function body(T, N, t) {
        input %y: f32[N]
        %n: f32[N] = compute [i: N] write [i] assign mul(%y[sub(N, add(i, 1))], 0.5)
        output %n as "y"
      }
      %w: f32[N] = compute [i: N] write [i] assign mul(%y[i], 3.0)
      output %w as "y"
      output %z as "z" })",
                                        {.dims = {{"T", rounds}, {"N", 40}}, .inout = {{"y", "y"}}});
    for (const Kernel& kernel : program.kernels) EXPECT_NE(kernel.explanation.schedule, "copy");
    // Each lies in the other's argument if no round is made.
    expect_same(R"(function f(T, N) {
      input %x: f32[N]
      input %y: f32[N]
      %v: f32[N], %z: f32[N] = loop t below T carried 2 (%x, %y) function body(T, N, t) {
        input %x: f32[N]
        input %y: f32[N]
        %a: f32[N] = compute [i: N] write [i] assign mul(%y[sub(N, add(i, 1))], 0.5)
        %b: f32[N] = compute [i: N] write [i] assign mul(%x[sub(N, add(i, 1))], 0.25)
        output %a as "x"
        output %b as "y"
      }
      output %z as "x"
      output %v as "y" })",
                {.dims = {{"T", rounds}, {"N", 40}}, .inout = {{"x", "x"}, {"y", "y"}}});
  }
}

/// Rounds that multiply a matrix of 4 * rows * columns bytes with a few rows from both sides.
std::string both_ways(int rows, int columns, const char* batch) {
  return fmt::format(R"(function f(B, T) {{
    input %h0: f32[{2}, {1}]
    input %w: f32[{0}, {1}]
    %h: f32[{2}, {1}] = loop t below T carried 1 (%h0, %w) function body(B, T, t) {{
      fact t >= 0
      fact T - t - 1 >= 0
      input %h: f32[{2}, {1}]
      input %w: f32[{0}, {1}]
      %z: f32[{2}, {0}] = compute [b: {2}, k: {0}, j: {1}] write [b, k] sum mul(%h[b, j], %w[k, j])
      %s: f32[{2}, {1}] = compute [b: {2}, j: {1}, k: {0}] write [b, j] sum mul(%z[b, k], %w[k, j])
      %n: f32[{2}, {1}] = compute [b: {2}, j: {1}] write [b, j] assign mul(0.001, add(%s[b, j], %h[b, j]))
      output %n as "h"
    }}
    output %h as "h" }})",
                     rows, columns, batch);
}

size_t kernels_with(const Program& program, const std::string& words) {
  size_t count = 0;
  for (const Kernel& kernel : program.kernels)
    if (kernel.explanation.schedule.find(words) != std::string::npos) ++count;
  return count;
}

TEST(Repeat, LargeMatricesAreInPanelsBeforeTheFirstRound) {
  for (const int64_t batch : {1, 3, 17}) {
    const Program program =
        expect_same(both_ways(520, 513, "B"), {.dims = {{"B", batch}, {"T", 2}}, .tolerance = 1e-4});
    EXPECT_EQ(kernels_with(program, "panels made before the loop"), 2u) << print(program);
  }
  const Program known =
      expect_same(both_ways(544, 512, "16"), {.dims = {{"B", 1}, {"T", 2}}, .tolerance = 1e-4});
  EXPECT_EQ(kernels_with(known, "contraction 8x32"), 2u);
}

TEST(Repeat, SmallMatricesAndThoseForOneRowStayAsTheyAre) {
  const Program small =
      expect_same(both_ways(40, 33, "B"), {.dims = {{"B", 5}, {"T", 2}}, .tolerance = 1e-4});
  EXPECT_EQ(kernels_with(small, "panels"), 0u);
  const Program row =
      expect_same(both_ways(520, 513, "1"), {.dims = {{"B", 1}, {"T", 1}}, .tolerance = 1e-4});
  EXPECT_EQ(kernels_with(row, "panels"), 0u);
}

}  // namespace
}  // namespace kiln::kernel
