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

const char* const recurrence = R"(
function recurrence(T, B, N) {
  input %x: SHAPE
  input %w: f64[7, 9]
  input %u: f64[7, 7]
  input %n: i64 in 0..7
  %h0: f64[B, 7] = compute [b: B, k: 7] write [b, k] assign 0.5:f64
  %h: f64[B, 7]ROUNDS loop t below T HEAD carried 1 (%h0, %x, %w, %u) function recurrence(T, B, N, t) {
    fact t >= 0
    fact T - t - 1 >= 0
    input %h: f64[B, 7]
    input %x: SHAPE
    input %w: f64[7, 9]
    input %u: f64[7, 7]
    %a: f64[B, 7] = compute [b: B, k: 7, i: 9] write [b, k] sum mul(%x[SLICE], %w[k, i])
    %r: f64[B, 7] = compute [b: B, k: 7, j: 7] write [b, k] sum mul(%h[b, j], %u[k, j])
    %next: f64[B, 7] = compute [b: B, k: 7] write [b, k] assign tanh(add(%a[b, k], %r[b, k]))
    output %next as "h"
  }
  output %h as "h"
})";

std::string with_slice(std::string text, const std::string& shape, const std::string& slice) {
  for (size_t at = text.find("SHAPE"); at != std::string::npos; at = text.find("SHAPE"))
    text.replace(at, 5, shape);
  return text.replace(text.find("SLICE"), 5, slice);
}

/// How many products are left in the body, and the shape of the one before the loop.
std::pair<int, std::string> products_of(const Function& function) {
  int inside = 0;
  for (const graph::Node& node : loop_of(function)->body->nodes)
    if (const auto* compute = std::get_if<graph::Compute>(&node.op))
      inside += compute->reducer == graph::Reducer::sum;
  std::string shape;
  for (const graph::Node& node : function.nodes)
    if (const auto* compute = std::get_if<graph::Compute>(&node.op))
      if (compute->reducer == graph::Reducer::sum)
        for (const dim::Dim& extent : function.type_of(node.results[0]).shape)
          shape += extent.to_string() + " ";
  return {inside, shape};
}

/// The rounds have an axis where the slice has it, also if they go through it from its end or from a place
/// within.
TEST(ImproveLoops, MakesProductsOfSlicesForAllRoundsAtOnce) {
  const std::tuple<const char*, const char*, const char*> cases[] = {
      {"f64[T, B, 9]", "{t}, b, i", "T B 7 "},
      {"f64[B, T, 9]", "b, {t}, i", "B T 7 "},
      {"f64[B, 9, T + 2]", "b, i, {t + 2}", "B T 7 "},
      {"f64[B, T, 9]", "b, {T - t - 1}, i", "B T 7 "},
      {"f64[N + T, B, 9]", "{N + T - t - 1}, b, i", "T B 7 "},
  };
  for (const auto& [shape, slice, kept] : cases)
    for (const int64_t rounds : {0, 1, 4}) {
      SCOPED_TRACE(slice);
      const Function result =
          improved(with(with_slice(recurrence, shape, slice), " =", ""), {{"T", rounds}, {"B", 3}, {"N", 2}});
      EXPECT_EQ(products_of(result), std::make_pair(1, std::string(kept)));
    }
}

TEST(ImproveLoops, MakesProductsInTheirRoundsWhereThatIsLessWorkOrMemory) {
  // As many rounds as data says, both factors sliced, no slice of its own, and much more kept than read.
  EXPECT_EQ(products_of(improved(with(with_slice(recurrence, "f64[T, B, 9]", "{t}, b, i"),
                                      ", %rounds: i64 =", "rounds %n"),
                                 {{"T", 4}, {"B", 3}, {"N", 2}}))
                .first,
            2);
  EXPECT_EQ(products_of(improved(with(with_slice(recurrence, "f64[T + B, 9]", "add({t}, b), i"), " =", ""),
                                 {{"T", 4}, {"B", 3}, {"N", 2}}))
                .first,
            2);
  std::string wide = with(with_slice(recurrence, "f64[T, 9]", "{t}, i"), " =", "");
  EXPECT_EQ(products_of(improved(wide, {{"T", 4}, {"B", 3}, {"N", 2}})).first, 2);
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
