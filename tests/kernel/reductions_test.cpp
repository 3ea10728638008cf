#include <gtest/gtest.h>

#include <fmt/format.h>

#include "check_program.h"
#include "kernel/print.h"

namespace kiln::kernel {
namespace {

int loops_of(const Program& program) {
  const std::string text = print(program);
  int count = 0;
  for (size_t at = text.find("= loop "); at != std::string::npos; at = text.find("= loop ", at + 1)) ++count;
  return count;
}

/// Few points, one part, several parts, and an end within a part.
TEST(Reductions, ToOneCellAreCutForWorkers) {
  for (const std::string reducer : {"sum", "prod", "min", "max"})
    for (const int64_t n : {0, 1, 70, 16384, 16385, 40000}) {
      SCOPED_TRACE(fmt::format("{} {}", reducer, n));
      const Program program = expect_same(fmt::format(R"(function f(N) {{
        input %x: f32[N]
        %s: f32 = compute [i: N] write [] {} add(mul(%x[i], 0.001), 1.0)
        output %s as "s" }})",
                                                      reducer),
                                          {.dims = {{"N", n}}, .tolerance = 1e-4});
      EXPECT_EQ(program.kernels.size(), 2u);
      EXPECT_FALSE(program.kernels[0].serial);
    }
}

/// The parts of a reduction that is cut end together where it ends: they count no more than it does.
TEST(Reductions, CountTheirOwnWorkWhenTheyAreCut) {
  const Program program = expect_same(R"(function f(N) {
    input %x: f32[N]
    %s: f32 = compute [i: N] write [] sum mul(%x[i], %x[i])
    output %s as "s" })",
                                      {.dims = {{"N", 256}}, .tolerance = 1e-4});
  ASSERT_EQ(program.kernels.size(), 2u);
  EXPECT_EQ(program.kernels[0].explanation.flops.evaluate({{"N", 256}}), 2 * 256);
}

TEST(Reductions, OfSeveralAxesRunOverNeighboursAsOne) {
  for (const bool apart : {false, true}) {
    const Program program = expect_same(fmt::format(R"(function f(N, M) {{
      input %x: f32[N, 3, M]
      %s: f32 = compute [i: N, c: 3, j: M] write [] sum mul(%x[i, c, j], {})
      output %s as "s" }})",
                                                    apart ? "f32(j)" : "%x[i, c, j]"),
                                        {.dims = {{"N", 220}, {"M", 37}}, .tolerance = 1e-4});
    EXPECT_EQ(program.kernels.size(), 2u);
    EXPECT_EQ(loops_of(program), apart ? 3 : 2)
        << print(program);  // whole tiles and the rest, within rows or not
  }
}

/// Rows of a length that only the call knows: side by side where they are short, one by one where they are
/// not.
TEST(Reductions, OfShortRowsRunSideBySide) {
  for (const int64_t m : {0, 1, 3, 16, 17, 70})
    for (const int64_t n : {1, 15, 300}) {
      SCOPED_TRACE(fmt::format("{} rows of {}", n, m));
      const Program program = expect_same(R"(function f(N, M) {
        input %x: f32[N, 2, M]
        %s: f32[N, 2] = compute [i: N, c: 2, j: M] write [i, c] sum %x[i, c, j]
        %m: f32[N, 2] = compute [i: N, c: 2, j: M] write [i, c] max mul(%x[i, c, j], %s[i, c])
        output %m as "m" })",
                                          {.dims = {{"N", n}, {"M", m}}, .tolerance = 1e-5});
      ASSERT_EQ(program.kernels.size(), 1u);
      const std::string& schedule = program.kernels[0].explanation.schedule;
      EXPECT_EQ(schedule.find("if M <= 16: columns, "), 0u) << schedule;
      EXPECT_NE(schedule.find("; else rows"), std::string::npos) << schedule;
    }
}

TEST(Reductions, OfShortRowsOfKnownLengthRunSideBySide) {
  for (const int length : {1, 3, 10, 64}) {
    const Program program = expect_same(fmt::format(R"(function f(N) {{
      input %x: f32[N, {0}]
      %s: f32[N] = compute [i: N, j: {0}] write [i] sum mul(%x[i, j], %x[i, j])
      output %s as "s" }})",
                                                    length),
                                        {.dims = {{"N", 301}}});
    const std::string& schedule = program.kernels[0].explanation.schedule;
    EXPECT_EQ(schedule.find("rows") == std::string::npos, length < 16) << schedule;
  }
}

/// Windows of two axes, as pooling has them, in rows of results that fill whole tiles, parts of one, or both.
TEST(Reductions, OfSmallWindowsRunSideBySide) {
  for (const int stride : {1, 2, 4})
    for (const int64_t m : {1, 12, 30, 70, 147}) {
      SCOPED_TRACE(fmt::format("{} results, {} apart", m, stride));
      const Program program = expect_same(fmt::format(R"(function f(N, M) {{
        input %x: f32[N, {0} * M]
        %y: f32[N, M] = compute [n: N, m: M, d: 2, e: 2] write [n, m]
            where le(1, add(mul({0}, m), d)), le(1, add(mul({0}, m), e)) max
            mul(%x[n, sub(add(mul({0}, m), d), 1)], %x[n, sub(add(mul({0}, m), e), 1)])
        output %y as "y" }})",
                                                      stride),
                                          {.dims = {{"N", 3}, {"M", m}}});
      const std::string& schedule = program.kernels[0].explanation.schedule;
      EXPECT_EQ(schedule.find("columns"), 0u) << schedule;
    }
}

/// The pass that reads a row again brings the next one meanwhile; one that has little to do, or reads a row
/// first, does not.
TEST(Reductions, BringTheNextRowWhileTheyAreAtWorkOnOne) {
  const auto count = [](const std::string& again) {
    const Program program = expect_same(R"(function f(N, M) {
      input %x: f32[N, M]
      %top: f32[N] = compute [i: N, j: M] write [i] max %x[i, j]
      %e: f32[N, M] = compute [i: N, j: M] write [i, j] assign )" +
                                            again + R"(
      %s: f32[N] = compute [i: N, j: M] write [i] sum %e[i, j]
      %y: f32[N, M] = compute [i: N, j: M] write [i, j] assign div(%e[i, j], %s[i])
      output %y as "y" })",
                                        {.dims = {{"N", 5}, {"M", 301}}});
    const std::string text = print(program);
    size_t found = 0;
    for (size_t at = 0; (at = text.find("prefetch @0", at)) != std::string::npos; ++at) ++found;
    return found;
  };
  EXPECT_EQ(count("exp(sub(%x[i, j], %top[i]))"), 1u);
  EXPECT_EQ(count("sub(%x[i, j], %top[i])"), 0u);
}

TEST(Reductions, OfTruthsAndIntegersAreCut) {
  expect_same(R"(function f(N) {
    input %b: bool[N, 300]
    input %k: i32[N, 300]
    %all: bool = compute [i: N, j: 300] write [] all %b[i, j]
    %any: bool = compute [i: N, j: 300] write [] any %b[i, j]
    %sum: i32 = compute [i: N, j: 300] write [] sum %k[i, j]
    output %all as "all"
    output %any as "any"
    output %sum as "sum" })",
              {.dims = {{"N", 150}}});
}

TEST(Reductions, OfColumnsAreCutWhereThereAreFew) {
  const Program program = expect_same(R"(function f(N) {
    input %x: f32[8000, 10]
    %s: f32[10] = compute [j: 10, i: 8000] write [j] sum %x[i, j]
    output %s as "s" })",
                                      {.dims = {{"N", 0}}});
  EXPECT_EQ(program.kernels.size(), 2u);
}

TEST(Reductions, InRoundsAreCutWhereTheyAreKnownToBeLong) {
  for (const bool known : {false, true}) {
    const Program program = expect_same(fmt::format(R"(function f(N, T) {{
      input %h: f32[{0}]
      %y: f32[{0}] = loop t below T carried 1 (%h) function body(N, T, t) {{
        fact t >= 0
        fact T - t - 1 >= 0
        input %h: f32[{0}]
        %s: f32 = compute [i: {0}] write [] sum mul(%h[i], %h[i])
        %next: f32[{0}] = compute [i: {0}] write [i] assign div(%h[i], add(%s, 1.0))
        output %next as "h"
      }}
      output %y as "y" }})",
                                                    known ? "40000" : "N"),
                                        {.dims = {{"N", 40000}, {"T", 3}}, .tolerance = 1e-4});
    EXPECT_EQ(program.kernels.size(), known ? 4u : 3u) << print(program);
  }
}

TEST(Reductions, OfWhatReductionsMadeStayWhole) {
  const Program program = expect_same(R"(function f(N) {
    input %x: f32[N, 20]
    %r: f32[N] = compute [i: N, j: 20] write [i] max %x[i, j]
    %s: f32 = compute [i: N] write [] sum %r[i]
    output %s as "s" })",
                                      {.dims = {{"N", 100}}});
  EXPECT_EQ(program.kernels.size(), 2u);  // one for each
}

TEST(Reductions, VisitOnlyWhatTheirGuardsAllow) {
  expect_same(R"(function f(N) {
    input %x: f32[N, N]
    %low: f32[N] = compute [i: N, j: N] write [i] where le(j, i) sum %x[i, j]
    %high: f32[N] = compute [i: N, j: N] write [i] where lt(i, j) max %x[i, j]
    %band: f32[N] = compute [i: N, j: N] write [i] where le(sub(i, 2), j), lt(j, add(i, 3)) sum %x[i, j]
    %column: f32[N] = compute [j: N, i: N] write [j] where le(j, i) sum %x[i, j]
    %shifted: f32[N] = compute [i: N, j: N] write [i] where le(j, i) sum %x[0, sub(i, j)]
    %lone: f32[N] = compute [i: N, j: N] write [i] where lt(j, sub(i, 40)) sum %x[i, j]
    output %low as "low"
    output %high as "high"
    output %band as "band"
    output %column as "column"
    output %shifted as "shifted"
    output %lone as "lone" })",
              {.dims = {{"N", 45}}});
}

TEST(ArgumentsOfExtremes, RunAlongTheLanes) {
  for (const std::string element : {"f32", "i32", "bf16", "f64"})
    for (const int64_t n : {1, 7, 16, 70, 300}) {
      SCOPED_TRACE(fmt::format("{} {}", element, n));
      // Few different numbers: the first of many equals counts.
      const Program program = expect_same(fmt::format(R"(function f(N) {{
        input %x: {0}[5, N]
        %a: i32[5] = compute [i: 5, j: N] write [i] argmax[j] %x[i, j]
        %b: i32[5] = compute [i: 5, j: N] write [i] argmin[j] %x[i, sub(sub(N, 1), j)]
        %c: i32[5] = compute [i: 5, j: N] write [i] where le(i, j), lt(j, 100) argmax[j] %x[i, j]
        %e: i32 = compute [j: N] write [] argmin[j] %x[3, j]
        output %a as "a"
        output %b as "b"
        output %c as "c"
        output %e as "e" }})",
                                                      element),
                                          {.dims = {{"N", n}}});
      EXPECT_NE(print(program).find("reduce_lanes"), std::string::npos) << print(program);
    }
}

TEST(ArgumentsOfExtremes, TakeTheFirstNan) {
  expect_same(R"(function f(N) {
    input %x: i32[9, N]
    %y: f32[9, N] = compute [i: 9, j: N] write [i, j] assign
        select(eq(rem(add(j, i), 11), 10), div(0.0, f32(rem(j, 5))), f32(%x[i, j]))
    %a: i32[9] = compute [i: 9, j: N] write [i] argmax[j] %y[i, j]
    %b: i32[9] = compute [i: 9, j: N] write [i] argmin[j] %y[i, j]
    %inf: i32[9] = compute [i: 9, j: N] write [i] argmax[j] div(-1.0, mul(0.0, %y[i, 0]))
    output %a as "a"
    output %b as "b"
    output %inf as "inf" })",
              {.dims = {{"N", 83}}});
}

}  // namespace
}  // namespace kiln::kernel
