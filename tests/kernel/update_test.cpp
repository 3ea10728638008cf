#include <gtest/gtest.h>

#include <fmt/format.h>

#include "check_program.h"

namespace kiln::kernel {
namespace {

/// How many kernels change a value in place, and how many copy or compute one as a whole.
struct Kinds {
  int in_place = 0;
  int whole = 0;
};
Kinds kinds_of(const Program& program) {
  Kinds kinds;
  for (const Kernel& kernel : program.kernels)
    ++(kernel.explanation.schedule.find("in place") != std::string::npos ? kinds.in_place : kinds.whole);
  return kinds;
}

TEST(Updates, OfACacheVisitTheNewCells) {
  for (const int64_t most : {0, 3}) {
    const Program program = expect_same(
        R"(function f(L, B, Max) {
      input %k: f32[L, B, Max, 5]
      input %x: f32[B, 5]
      input %past: i32
      input %layer: i32
      %n: f32[L, B, Max, 5] = compute [l: L, b: B, t: Max, d: 5] write [l, b, t, d] assign
          select(and(eq(l, i64(%layer)), eq(t, i64(%past))), %x[b, d], %k[l, b, t, d])
      output %n as "k" })",
        {.dims = {{"L", 4}, {"B", 3}, {"Max", 6}}, .inout = {{"k", "k"}}, .greatest_integer = most});
    EXPECT_EQ(kinds_of(program).in_place, 1);
    EXPECT_EQ(kinds_of(program).whole, 0);
    EXPECT_EQ(program.kernels[0].explanation.bytes.to_string(), "40*B");
  }
}

TEST(Updates, OfRangesAndOfWhatOtherIndicesSay) {
  for (const int64_t n : {1, 17, 40}) {
    const Program program =
        expect_same(R"(function f(B, N, D) {
      input %y: f32[B, N, D]
      input %x: f32[B, D]
      input %low: i32[B]
      input %high: i32
      %m: f32[B, N, D] = compute [b: B, n: N, d: D] write [b, n, d] assign
          select(and(le(i64(%low[b]), n), and(lt(n, i64(%high)), lt(0.0, %y[b, n, d]))),
                 add(%y[b, n, d], %x[b, d]), %y[b, n, d])
      %o: f32[B, N, D] = compute [b: B, n: N, d: D] write [b, n, d] assign
          select(lt(d, i64(%low[b])), 7.0, %m[b, n, d])
      output %o as "y" })",
                    {.dims = {{"B", 3}, {"N", n}, {"D", 19}}, .inout = {{"y", "y"}}, .greatest_integer = 25});
    EXPECT_EQ(kinds_of(program).in_place, 2);
  }
}

TEST(Updates, OfAChainThatIsReadInBetween) {
  const Program program = expect_same(R"(function f(N, D) {
    input %y: f32[N, D]
    input %at: i32
    %before: f32[D] = compute [d: D, n: N] write [d] sum %y[n, d]
    %m: f32[N, D] = compute [n: N, d: D] write [n, d] assign select(eq(n, i64(%at)), %before[d], %y[n, d])
    %between: f32[D] = compute [d: D, n: N] write [d] sum exp(%m[n, d])
    %o: f32[N, D] = compute [n: N, d: D] write [n, d] assign select(eq(n, 0), %between[d], %m[n, d])
    output %o as "y" })",
                                      {.dims = {{"N", 9}, {"D", 20}}, .inout = {{"y", "y"}}});
  EXPECT_EQ(kinds_of(program).in_place, 2);
}

TEST(Updates, CopyWhereTheOldValueIsStillNeeded) {
  const Program program = expect_same(R"(function f(N, D) {
    input %y: f32[N, D]
    input %at: i32
    %m: f32[N, D] = compute [n: N, d: D] write [n, d] assign select(eq(n, i64(%at)), 1.0, %y[n, d])
    %s: f32[N, D] = compute [n: N, d: D] write [n, d] assign add(%y[sub(N, add(n, 1)), d], %m[sub(N, add(n, 1)), d])
    output %m as "y"
    output %s as "s" })",
                                      {.dims = {{"N", 9}, {"D", 20}}, .inout = {{"y", "y"}}});
  EXPECT_EQ(kinds_of(program).in_place, 0);
}

TEST(Updates, CopyWhereOtherCellsAreRead) {
  const Program program = expect_same(R"(function f(N, D) {
    input %y: f32[N, D]
    input %at: i32
    %m: f32[N, D] = compute [n: N, d: D] write [n, d] assign
        select(eq(n, i64(%at)), %y[sub(N, add(n, 1)), d], %y[n, d])
    output %m as "y" })",
                                      {.dims = {{"N", 9}, {"D", 20}}, .inout = {{"y", "y"}}});
  EXPECT_EQ(kinds_of(program).in_place, 0);
}

TEST(Updates, InMemoryBetweenKernels) {
  const Program program = expect_same(R"(function f(N, D) {
    input %x: f32[N, D]
    input %at: i32
    %y: f32[N, D] = compute [n: N, d: D, k: D] write [n, d] sum mul(%x[n, k], %x[k, d])
    %top: f32 = compute [n: N, d: D] write [] max %y[n, d]
    %m: f32[N, D] = compute [n: N, d: D] write [n, d] assign select(eq(n, i64(%at)), %top, %y[n, d])
    %s: f32[D] = compute [d: D, n: N] write [d] sum %m[n, d]
    output %s as "s" })",
                                      {.dims = {{"N", 20}, {"D", 20}}, .tolerance = 1e-4});
  EXPECT_EQ(kinds_of(program).in_place, 1);
}

TEST(Updates, InsideOfALoopChangeTheCallersMemory) {
  const Program program = expect_same(R"(function f(T, N, D) {
    input %y: f32[N, D]
    input %x: f32[T, D]
    %z: f32[N, D], %all: f32[T, D] = loop t below T carried 1 (%y, %x) function body(T, N, D, t) {
      fact t >= 0
      fact T - t - 1 >= 0
      input %y: f32[N, D]
      input %x: f32[T, D]
      %top: f32[D] = compute [d: D, n: N] write [d] max %y[n, d]
      %m: f32[N, D] = compute [n: N, d: D] write [n, d] assign
          select(eq(n, t), add(%x[t, d], %top[d]), %y[n, d])
      output %m as "y"
      output %top as "top"
    }
    output %z as "y"
    output %all as "all" })",
                                      {.dims = {{"T", 5}, {"N", 9}, {"D", 20}}, .inout = {{"y", "y"}}});
  EXPECT_EQ(kinds_of(program).in_place, 1);
  for (const Buffer& buffer : program.buffers) EXPECT_NE(buffer.scope, Scope::arena);
}

TEST(Updates, OfAValueThatAnArgumentMustKeepSayWhyTheyCopy) {
  const Program program = expect_same(R"(function f(N) {
    input %x: f32[N]
    input %at: i32
    %y: f32[N] = compute [n: N] write [n] assign select(eq(n, i64(%at)), 1.0, %x[n])
    output %y as "y" })",
                                      {.dims = {{"N", 30}}});
  ASSERT_EQ(program.kernels.size(), 1U);
  ASSERT_FALSE(program.kernels[0].explanation.notes.empty());
  EXPECT_EQ(program.kernels[0].explanation.notes.back(),
            "copied as a whole because `x` is an argument or a constant that must stay as it is");
}

constexpr const char* table = R"(function f(V, D, B) {{
  input %w: f32[V, D]
  input %at: i32[B]
  input %g: f32[B, D]
  %s: f32[V, D] = compute [d: D, b: B] write [i64(%at[b]), d] sum mul(0.5, %g[b, d])
  %n: f32[V, D] = compute [v: V, d: D] write [v, d] assign {}(%w[v, d], %s[v, d])
  output %n as "{}" }})";

TEST(Updates, AddRowsInPlaceOrToACopy) {
  for (const char* joins : {"add", "sub"})
    for (const char* name : {"w", "y"}) {
      const Program program = expect_same(
          fmt::format(table, joins, name),
          {.dims = {{"V", 9}, {"D", 35}, {"B", 20}}, .inout = {{"w", "w"}}, .greatest_integer = 8});
      ASSERT_EQ(program.kernels.size(), 1U);
      EXPECT_EQ(kinds_of(program).in_place, name[0] == 'w' ? 1 : 0);
      EXPECT_EQ(program.buffers.size(), name[0] == 'w' ? 3U : 4U) << "no memory for the sums";
    }
}

constexpr const char* assigned = R"(function f(V, D, B) {{
  input %w: {0}[V, D]
  input %at: i32[B]
  input %g: {0}[B, D]
  %s: {0}[V, D] = compute [b: B, d: D] write [i64(%at[b]), d] {1} last {2}
  %r: bool[V, D] = compute [d: D, b: B] write [i64(%at[b]), d] {1} any true
  %n: {0}[V, D] = compute [v: V, d: D] write [v, d] assign select(%r[v, d], %s[v, d], %w[v, d])
  output %n as "{3}" }})";

/// The last of several rows that go to one place wins.
TEST(Updates, WriteRowsInPlaceOrToACopy) {
  for (const std::string guard : {"", "where lt(0.0, f32(%g[b, d]))"})
    for (const std::string element : {"f32", "i32", "f64"})
      for (const std::string name : {"w", "y"}) {
        SCOPED_TRACE(element + " " + name + " " + guard);
        const Program program = expect_same(
            fmt::format(assigned, element, guard, "%g[b, d]", name),
            {.dims = {{"V", 9}, {"D", 35}, {"B", 20}}, .inout = {{"w", "w"}}, .greatest_integer = 8});
        ASSERT_EQ(program.kernels.size(), 1U);
        EXPECT_EQ(kinds_of(program).in_place, name == "w" ? 1 : 0);
        EXPECT_EQ(program.buffers.size(), name == "w" ? 3U : 4U) << "no memory for what is between";
      }
}

TEST(Updates, WriteHalvesInPlace) {
  const Program program =
      expect_same(R"(function f(V, D, B) {
    input %w: bf16[V, D]
    input %at: i32[B]
    input %g: bf16[B, D]
    %s: bf16[V, D] = compute [b: B, d: D] write [i64(%at[b]), d] last %g[b, d]
    %r: bool[V, D] = compute [d: D, b: B] write [i64(%at[b]), d] any true
    %n: bf16[V, D] = compute [v: V, d: D] write [v, d] assign
        bf16(select(%r[v, d], f32(%s[v, d]), f32(%w[v, d])))
    output %n as "w" })",
                  {.dims = {{"V", 9}, {"D", 35}, {"B", 20}}, .inout = {{"w", "w"}}, .greatest_integer = 8});
  EXPECT_EQ(kinds_of(program).in_place, 1);
  EXPECT_EQ(program.kernels.size(), 1U);
}

TEST(Updates, WithGapsAreInPlace) {
  for (const char* joined : {"add(%w[v, d], %s[v, d])", "select(%r[v, d], %s[v, d], %w[v, d])"}) {
    const Program program = expect_same(fmt::format(R"(function f(V, D) {{
      input %w: f32[2 * V, D]
      input %g: f32[V, D]
      %s: f32[2 * V, D] = compute [b: V, d: D] write [mul(2, b), d] assign %g[b, d]
      %r: bool[2 * V, D] = compute [b: V, d: D] write [mul(2, b), d] assign true
      %n: f32[2 * V, D] = compute [v: 2 * V, d: D] write [v, d] assign {}
      output %n as "w" }})",
                                                    joined),
                                        {.dims = {{"V", 9}, {"D", 35}}, .inout = {{"w", "w"}}});
    EXPECT_EQ(kinds_of(program).in_place, 1);
    EXPECT_EQ(program.kernels.size(), 1U);
  }
}

/// Where somebody else needs to know what was written, or that is not what was written, all is computed.
TEST(Updates, OfOtherPlacesThanWereReachedAreWhole) {
  for (const bool read_elsewhere : {false, true}) {
    const Program program =
        expect_same(fmt::format(R"(function f(V, B) {{
      input %w: f32[V]
      input %at: i32[B]
      input %g: f32[B]
      %s: f32[V] = compute [b: B] write [i64(%at[b])] last %g[b]
      %r: bool[V] = compute [b: B] write [i64(%at[b])] {} any true
      %n: f32[V] = compute [v: V] write [v] assign select(%r[v], %s[v], %w[v])
      %c: i32 = compute [v: V] write [] sum i32(%r[v])
      output %n as "w"
      output {} as "other" }})",
                                read_elsewhere ? "" : "where lt(0.0, %g[b])", read_elsewhere ? "%c" : "%g"),
                    {.dims = {{"V", 9}, {"B", 6}}, .inout = {{"w", "w"}}, .greatest_integer = 8});
    EXPECT_EQ(kinds_of(program).in_place, 0);
  }
}

/// What is made of the value itself is computed first for all points: it holds the old values.
TEST(Updates, OfWhatTheValueItselfHoldsReadItFirst) {
  const char* sum = R"(function f(V, D, B) {
    input %w: f32[V, D]
    input %at: i32[B]
    %s: f32[V, D] = compute [d: D, b: B] write [i64(%at[b]), d] sum %w[b, d]
    %n: f32[V, D] = compute [v: V, d: D] write [v, d] assign add(%w[v, d], %s[v, d])
    output %n as "w" })";
  const std::string last = R"(function f(V, D, B) {
    input %w: f32[V, D]
    input %at: i32[B]
    %s: f32[V, D] = compute [b: B, d: D] write [i64(%at[b]), d] where lt(b, 6) last mul(2.0, %w[i64(%at[b]), d])
    %r: bool[V, D] = compute [b: B, d: D] write [i64(%at[b]), d] where lt(b, 6) any true
    %n: f32[V, D] = compute [v: V, d: D] write [v, d] assign select(%r[v, d], %s[v, d], %w[v, d])
    output %n as "w" })";
  for (const std::string& text : {std::string(sum), last}) {
    const Program program = expect_same(
        text, {.dims = {{"V", 9}, {"D", 35}, {"B", 8}}, .inout = {{"w", "w"}}, .greatest_integer = 8});
    EXPECT_EQ(kinds_of(program).in_place, 1);
    EXPECT_EQ(program.kernels.size(), 2U);
  }
}

}  // namespace
}  // namespace kiln::kernel
