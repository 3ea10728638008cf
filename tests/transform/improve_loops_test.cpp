#include "transform/improve_loops.h"

#include <gtest/gtest.h>

#include "harness.h"
#include "transform/remove_dead.h"

namespace kiln::transform {
namespace {

using graph::Function;
using graph::Loop;

const Loop* loop_of(const Function& function) {
  for (const graph::Node& node : function.nodes)
    if (const auto* loop = std::get_if<Loop>(&node.op)) return loop;
  return nullptr;
}

/// Improved, verified, and the same numbers before and after.
Function improved(std::string_view text, const Dims& dims) {
  const Function function = parse(text);
  Function result = remove_dead(improve_loops(function));
  printed(result);  // verifies
  const Tensors inputs = random_inputs(function, dims, 3);
  const Tensors before = run(function, dims, inputs), after = run(result, dims, inputs);
  for (size_t k = 0; k < before.size(); ++k) EXPECT_EQ(before[k].data, after[k].data) << "output " << k;
  return result;
}

const char* const slices = R"(
function slices(T, B) {
  input %x: f64[T, B]
  input %ys0: f64[B, T + 1]
  input %n: i64 in 0..7
  %h0: f64[B] = compute [b: B] write [b] assign 0.0:f64
  %h: f64[B], %ys: f64[B, T + 1]ROUNDS loop t below T HEAD carried 2 (%h0, %ys0, %x) function slices(T, B, t) {
    fact t >= 0
    fact T - t - 1 >= 0
    input %h: f64[B]
    input %ys: f64[B, T + 1]
    input %x: f64[T, B]
    %n: f64[B] = compute [b: B] write [b] assign add(%h[b], %x[t, b])
    %zs: f64[B, T + 1] = compute [b: B, s: T + 1] write [b, s] assign select(eq(s, {t + 1}), mul(%n[b], f64(s)), %ys[b, s])
    output %n as "h"
    output %zs as "ys"
  }
  output %h as "h"
  output %ys as "ys"
})";

std::string with(std::string text, const std::string& rounds, const std::string& head) {
  text.replace(text.find("ROUNDS"), 6, rounds);
  return text.replace(text.find("HEAD"), 4, head);
}

TEST(ImproveLoops, StacksTheSlicesThatRoundsWrite) {
  const Function result = improved(with(slices, " =", ""), {{"T", 4}, {"B", 3}});
  ASSERT_NE(loop_of(result), nullptr);
  EXPECT_EQ(loop_of(result)->carried_count, 1u);
  EXPECT_EQ(loop_of(result)->stacked_count(), 1u);
}

TEST(ImproveLoops, KeepsTheFirstValueWhereNoRoundWas) {
  for (const char* head : {"rounds %n", "reversed rounds %n"})
    EXPECT_EQ(loop_of(improved(with(slices, ", %made: i64 =", head), {{"T", 9}, {"B", 2}}))->stacked_count(),
              1u);
}

TEST(ImproveLoops, KeepsAValueThatARoundReads) {
  const std::string text = R"(
function reads(T) {
  input %ys0: f64[T + 1]
  %ys: f64[T + 1] = loop t below T carried 1 (%ys0) function reads(T, t) {
    fact t >= 0
    fact T - t - 1 >= 0
    input %ys: f64[T + 1]
    %zs: f64[T + 1] = compute [s: T + 1] write [s] assign select(eq(s, {t + 1}), add(%ys[t], 1.0:f64), %ys[s])
    output %zs as "ys"
  }
  output %ys as "ys"
})";
  EXPECT_EQ(loop_of(improved(text, {{"T", 4}}))->carried_count, 1u);
}

TEST(ImproveLoops, MakesWhatIsTheSameInEachRoundOnceAndCapturesWhatDoesNotChange) {
  const std::string text = R"(
function same(T, N) {
  input %w: f64[N]
  input %h0: f64[N]
  %h: f64[N], %w#2: f64[N] = loop t below T carried 2 (%h0, %w) function same(T, N, t) {
    fact t >= 0
    fact T - t - 1 >= 0
    input %h: f64[N]
    input %w: f64[N]
    %s: f64[N] = compute [i: N, j: N] write [i] sum mul(%w[i], %w[j])
    %n: f64[N] = compute [i: N] write [i] assign mul(%s[i], sin(%h[i]))
    output %n as "h"
    output %w as "w"
  }
  output %h as "h"
  output %w#2 as "w"
})";
  const Function result = improved(text, {{"T", 3}, {"N", 4}});
  const Loop* loop = loop_of(result);
  ASSERT_NE(loop, nullptr);
  EXPECT_EQ(loop->carried_count, 1u);
  EXPECT_EQ(count_computes(*loop->body), 1u);
}

TEST(ImproveLoops, LeavesInTheLoopWhatMayReadOutsideWithoutRounds) {
  const std::string text = R"(
function last(T) {
  input %x: f64[T]
  input %h0: f64
  %h: f64 = loop t below T carried 1 (%h0, %x) function last(T, t) {
    fact t >= 0
    fact T - t - 1 >= 0
    input %h: f64
    input %x: f64[T]
    %s: f64 = compute [] write [] assign sin(%x[{T - 1}])
    %n: f64 = compute [] write [] assign add(%s, %h)
    output %n as "h"
  }
  output %h as "h"
})";
  EXPECT_EQ(count_computes(*loop_of(improved(text, {{"T", 0}}))->body), 2u);
}

TEST(RemoveDead, DropsWhatNobodyNeedsOfALoop) {
  const Function result = remove_dead(parse(R"(
function f(T) {
  input %x: f64[T]
  input %a: f64
  input %b: f64
  %c: f64, %d: f64, %s: f64[T], %r: f64[T] = loop t below T carried 2 (%a, %b, %x) function f(T, t) {
    fact t >= 0
    fact T - t - 1 >= 0
    input %a: f64
    input %b: f64
    input %x: f64[T]
    %n: f64 = compute [] write [] assign add(%a, 1.0:f64)
    %m: f64 = compute [] write [] assign add(%b, %x[t])
    output %n as "a"
    output %m as "b"
    output %n as "s"
    output %m as "r"
  }
  output %s as "s"
})"));
  const Loop* loop = loop_of(result);
  ASSERT_NE(loop, nullptr);
  EXPECT_EQ(loop->carried_count, 1u);
  EXPECT_EQ(loop->operands.size(), 1u);
  EXPECT_EQ(loop->body->outputs.size(), 2u);
}

}  // namespace
}  // namespace kiln::transform
