#include <gtest/gtest.h>

#include <fmt/format.h>

#include "check_program.h"
#include "kernel/print.h"

namespace kiln::kernel {
namespace {

std::string product(const std::string& m, const std::string& n, const std::string& k, bool a_turned,
                    bool b_turned, const std::string& element = "f32") {
  const auto shape = [&](const std::string& rows, const std::string& columns, bool turned) {
    return turned ? columns + ", " + rows : rows + ", " + columns;
  };
  return fmt::format(R"(function f(M, N, K) {{
    input %a: {0}[{4}]
    input %b: {0}[{5}]
    %c: {0}[{1}, {2}] = compute [i: {1}, j: {2}, k: {3}] write [i, j] sum mul(%a[{6}], %b[{7}])
    output %c as "c" }})",
                     element, m, n, k, shape(m, k, a_turned), shape(k, n, b_turned),
                     shape("i", "k", a_turned), shape("k", "j", b_turned));
}

TEST(Products, OfEveryLayoutAndManySizes) {
  const std::vector<std::array<int64_t, 3>> sizes = {{1, 1, 1},   {1, 40, 33}, {3, 50, 20},  {40, 1, 33},
                                                     {17, 29, 5}, {64, 64, 8}, {33, 70, 64}, {0, 5, 7},
                                                     {5, 7, 0},   {4, 100, 3}, {290, 20, 9}};
  for (const bool a_turned : {false, true})
    for (const bool b_turned : {false, true})
      for (const auto& [m, n, k] : sizes) {
        SCOPED_TRACE(fmt::format("{}x{}x{} {} {}", m, n, k, a_turned, b_turned));
        expect_same(product("M", "N", "K", a_turned, b_turned), {.dims = {{"M", m}, {"N", n}, {"K", k}}});
        if (m && n && k)
          expect_same(product(std::to_string(m), std::to_string(n), std::to_string(k), a_turned, b_turned),
                      {.dims = {{"M", 0}, {"N", 0}, {"K", 0}}});
      }
}

TEST(Products, KeepWhatTheyComputeBesideWhatAGuardLeavesOut) {
  for (const int64_t k : {1, 2, 9, 40})
    expect_same(R"(function f(J, M, K) {
      input %a: f64[J, M]
      input %b: f64[J, M, K]
      %c: f64[M, K] = compute [i: M, k: K, j: J] write [i, k] where lt(k, {K - 1}) sum mul(%a[j, i], %b[j, i, add(k, 1)])
      output %c as "c" })",
                {.dims = {{"J", 3}, {"M", 2}, {"K", k}}});
}

TEST(Products, OfWhichAMaskLeavesOutResults) {
  // Causal, a band, a condition of the batch too, one that is data; and an infinite factor where nothing may
  // be seen of it.
  const char* masks[] = {"le(j, i)",
                         "lt(i, j)",
                         "le(sub(i, 2), j), le(j, add(i, 3))",
                         "le(add(j, mul(3, h)), mul(2, i))",
                         "%keep[h, i, j]",
                         "le(j, i), %keep[h, i, j]"};
  const std::vector<std::array<int64_t, 3>> sizes = {{1, 1, 1},    {5, 9, 3},    {33, 70, 8},
                                                     {64, 64, 17}, {130, 40, 2}, {40, 3, 0}};
  for (const char* mask : masks)
    for (const bool b_turned : {false, true})
      for (const auto& [m, n, k] : sizes) {
        SCOPED_TRACE(fmt::format("{} {}x{}x{} {}", mask, m, n, k, b_turned));
        expect_same(fmt::format(R"(function f(B, M, N, K) {{
          input %a: f32[B, M, K]
          input %b: f32[{}]
          input %keep: bool[B, M, N]
          input %scale: f32[B, M, N]
          %c: f32[B, M, N] = compute [h: B, i: M, j: N, k: K] write [h, i, j] where {} sum mul(mul(%a[h, i, k], %b[{}]), %scale[h, i, j])
          %s: f32[B, M, N] = compute [h: B, i: M, j: N] write [h, i, j] assign select(lt(i, j), -inf, %c[h, i, j])
          output %c as "c"
          output %s as "s" }})",
                                b_turned ? "B, K, N" : "B, N, K", mask, b_turned ? "h, k, j" : "h, j, k"),
                    {.dims = {{"B", 2}, {"M", m}, {"N", n}, {"K", k}}});
      }
}

TEST(Products, WithAMaskAreContractionsThatTakeWhatFollows) {
  const Program program = expect_same(R"(function f(M, N, K) {
    input %a: f32[M, K]
    input %b: f32[K, N]
    %c: f32[M, N] = compute [i: M, j: N, k: K] write [i, j] where le(j, i) sum mul(%a[i, k], %b[k, j])
    %s: f32[M, N] = compute [i: M, j: N] write [i, j] assign select(lt(i, j), -inf, %c[i, j])
    output %s as "s" })",
                                      {.dims = {{"M", 45}, {"N", 37}, {"K", 11}}});
  ASSERT_EQ(program.kernels.size(), 1U);
  EXPECT_NE(program.kernels[0].explanation.schedule.find("contraction"), std::string::npos);
}

TEST(Products, OneSymbolicSide) {
  for (const int64_t m : {1, 2, 4, 5, 18, 70})
    for (const bool b_turned : {false, true}) {
      SCOPED_TRACE(fmt::format("{} {}", m, b_turned));
      expect_same(product("M", "52", "23", false, b_turned), {.dims = {{"M", m}, {"N", 0}, {"K", 0}}});
      expect_same(product("52", "M", "23", false, b_turned), {.dims = {{"M", m}, {"N", 0}, {"K", 0}}});
    }
}

/// As many rows in one block as in another: where the cache has room for 168 of 512, a fourth block of 8 left
/// the second of two workers with half the work of the first.
TEST(Products, InBlocksThatWorkersShareOut) {
  const Program program = expect_same(product("M", "512", "784", false, true),
                                      {.dims = {{"M", 6}, {"N", 0}, {"K", 0}}, .machines = {x86_64_v4()}});
  const std::string text = print(program);
  EXPECT_NE(text.find("= 140\n"), std::string::npos) << text;
  EXPECT_EQ(text.find("= 168\n"), std::string::npos) << text;
}

TEST(Products, WithRowsAPageApart) {
  for (const bool turned : {false, true}) {
    const std::string shape = turned ? "5, 1024" : "70, 1024";
    const Program program =
        expect_same(fmt::format(R"(function f(N) {{
          input %a: f32[{}]
          input %b: f32[{}]
          %c: f32[{}, 530] = compute [i: {}, j: 530, k: {}] write [i, j] sum mul(%a[{}], %b[k, j])
          output %c as "c" }})",
                                shape, turned ? "5, 530" : "1024, 530", turned ? 1024 : 70,
                                turned ? 1024 : 70, turned ? 5 : 1024, turned ? "k, i" : "i, k"),
                    {.dims = {{"N", 0}}});
    EXPECT_NE(program.kernels[0].explanation.schedule.find("both operands packed"), std::string::npos)
        << program.kernels[0].explanation.schedule;
  }
}

/// A machine whose caches are so small that little products are cut.
TEST(Products, InRunsOfSteps) {
  Machine machine = x86_64_v3();
  machine.l2_bytes = 16 << 10;
  for (const auto& [m, n, k] :
       std::vector<std::array<int, 3>>{{130, 140, 300}, {129, 147, 515}, {128, 128, 512}})
    for (const bool turned : {false, true}) {
      SCOPED_TRACE(fmt::format("{}x{}x{} {}", m, n, k, turned));
      const Program program =
          expect_same(fmt::format(R"(function f(N) {{
        input %a: f32[{0}, {2}]
        input %b: f32[{3}]
        input %bias: f32[{1}]
        %p: f32[{0}, {1}] = compute [i: {0}, j: {1}, k: {2}] write [i, j] sum mul(%a[i, k], %b[{4}])
        %c: f32[{0}, {1}] = compute [i: {0}, j: {1}] write [i, j] assign max(add(%p[i, j], %bias[j]), 0.0)
        output %c as "c" }})",
                                  m, n, k, turned ? fmt::format("{}, {}", n, k) : fmt::format("{}, {}", k, n),
                                  turned ? "j, k" : "k, j"),
                      {.dims = {{"N", 0}}, .machines = {machine}});
      bool sums = false;
      for (const Buffer& buffer : program.buffers) sums = sums || buffer.name == "sums";
      EXPECT_TRUE(sums) << program.kernels[0].explanation.schedule;
    }
}

TEST(Products, OfAVectorWithManyLanesThatLieApart) {
  expect_same(R"(function f(N) {
    input %x: f32[40, 1100, 7]
    input %y: f32[40]
    %z: f32[7, 1100] = compute [l: 7, q: 1100, k: 40] write [l, q] sum mul(%x[k, q, l], %y[k])
    output %z as "z" })",
              {.dims = {{"N", 0}}});
}

/// A neighbour of few points loses against a long index that lies apart.
TEST(Products, WithFactorsThatAreReadOnlyWhereSomethingIsSummed) {
  for (const int64_t k : {0, 1, 7}) {
    SCOPED_TRACE(k);
    expect_same(R"(function f(M, N, K) {
      input %a: f32[K, M]
      input %b: f32[K, N]
      input %z: f32[K]
      %c: f32[M, N] = compute [i: M, j: N, k: K] write [i, j] sum mul(mul(%a[k, i], %b[k, j]), %z[{K - 1}])
      output %c as "c" })",
                {.dims = {{"M", 5}, {"N", 40}, {"K", k}}});
    // A factor that is infinite does not count where nothing is summed.
    expect_same(R"(function f(B, M, N, K) {
      input %a: f32[B, K, M]
      input %b: f32[B, K, N]
      input %len: i32[B]
      %c: f32[B, M, N] = compute [h: B, i: M, j: N, k: K] write [h, i, j] where lt(k, i64(%len[h]))
        sum mul(mul(%a[h, k, i], %b[h, k, j]), div(1.0, f32(%len[h])))
      output %c as "c" })",
                {.dims = {{"B", 6}, {"M", 5}, {"N", 40}, {"K", k}}});
  }
}

TEST(Products, OfAVectorWithAShortInnermostAxis) {
  for (const int m : {2, 3})
    expect_same(fmt::format(R"(function f(N) {{
      input %z: f32[33]
      input %v: f32[33, 33, {0}]
      %b: f32[{0}, 33] = compute [m: {0}, l: 33, r: 33] write [m, l] sum mul(%z[r], %v[r, l, m])
      output %b as "b" }})",
                            m),
                {.dims = {{"N", 0}}});
}

TEST(Products, InDoublePrecision) {
  expect_same(product("33", "21", "17", false, true, "f64"),
              {.dims = {{"M", 0}, {"N", 0}, {"K", 0}}, .tolerance = 1e-12});
}

TEST(Products, InBatches) {
  expect_same(R"(function f(B, T) {
    input %q: f32[B, 3, T, 8]
    input %k: f32[B, 3, T, 8]
    %s: f32[B, 3, T, T] = compute [b: B, h: 3, t: T, u: T, d: 8] write [b, h, t, u] sum
        mul(mul(%q[b, h, t, d], %k[b, h, u, d]), 0.5)
    output %s as "s" })",
              {.dims = {{"B", 2}, {"T", 19}}});
}

TEST(Products, JoinIndicesThatNest) {
  expect_same(R"(function f(B) {
    input %x: f32[B, 7, 12]
    input %w: f32[20, 12]
    input %bias: f32[20]
    %s: f32[B, 7, 20] = compute [b: B, t: 7, o: 20, i: 12] write [b, t, o] sum mul(%x[b, t, i], %w[o, i])
    %y: f32[B, 7, 20] = compute [b: B, t: 7, o: 20] write [b, t, o] assign tanh(add(%s[b, t, o], %bias[o]))
    output %y as "y" })",
              {.dims = {{"B", 5}}});
}

TEST(Convolutions, ReadWindows) {
  expect_same(R"(function f(N) {
    input %x: f32[N, 3, 11, 12]
    input %w: f32[6, 3, 3, 3]
    %y: f32[N, 6, 9, 10] = compute [n: N, f: 6, y: 9, x: 10, c: 3, r: 3, s: 3] write [n, f, y, x] sum
        mul(%x[n, c, add(y, r), add(x, s)], %w[f, c, r, s])
    %p: f32[N, 6, 11, 12] = compute [n: N, f: 6, y: 11, x: 12, c: 3, r: 3, s: 3] write [n, f, y, x] sum
        mul(select(and(and(le(1, add(y, r)), lt(add(y, r), 12)), and(le(1, add(x, s)), lt(add(x, s), 13))),
            %x[n, c, sub(add(y, r), 1), sub(add(x, s), 1)], 0.0), %w[f, c, r, s])
    %t: f32[N, 6, 5, 5] = compute [n: N, f: 6, y: 5, x: 5, c: 3, r: 3, s: 3] write [n, f, y, x] sum
        mul(%x[n, c, add(mul(2, y), r), add(mul(2, x), s)], %w[f, c, r, s])
    output %y as "y"
    output %p as "p"
    output %t as "t" })",
              {.dims = {{"N", 2}}});
}

TEST(Epilogues, OfSeveralResultsUpdateInPlace) {
  for (const bool turned : {false, true}) {
    const Program program = expect_same(fmt::format(R"(function f(B) {{
      input %w: f32[40, 36]
      input %m: f32[40, 36]
      input %v: f32[40, 36]
      input %x: f32[{0}]
      input %d: f32[B, 40]
      %g: f32[40, 36] = compute [o: 40, i: 36, b: B] write [o, i] sum mul(%d[b, o], %x[{1}])
      %m1: f32[40, 36] = compute [o: 40, i: 36] write [o, i] assign add(mul(%m[o, i], 0.9), mul(%g[o, i], 0.1))
      %v1: f32[40, 36] = compute [o: 40, i: 36] write [o, i] assign
          add(mul(abs(%v[o, i]), 0.99), mul(mul(%g[o, i], %g[o, i]), 0.01))
      %w1: f32[40, 36] = compute [o: 40, i: 36] write [o, i] assign
          sub(%w[o, i], div(mul(%m1[o, i], 0.1), add(sqrt(%v1[o, i]), 0.01)))
      output %w1 as "w"
      output %m1 as "m"
      output %v1 as "v" }})",
                                                    turned ? "36, B" : "B, 36", turned ? "i, b" : "b, i"),
                                        {.dims = {{"B", 9}}, .inout = {{"w", "w"}, {"m", "m"}, {"v", "v"}}});
    EXPECT_EQ(program.kernels.size(), 1u);
    for (const Buffer& buffer : program.buffers) EXPECT_NE(buffer.scope, Scope::arena);
  }
}

/// Results of which neither the rows' index nor the other of its side join: each panel is packed once for
/// all.
TEST(Contractions, PackPanelsOnceForAllRowsOfTwoIndices) {
  for (const auto& [batch, steps] : {std::pair<int64_t, int64_t>{5, 3}, {17, 2}, {1, 9}, {0, 4}}) {
    expect_same(R"(function f(B, T) {
      input %x: f32[B, T, 21]
      input %w: f32[300, 21]
      input %c: f32[300]
      %s: f32[T, B, 300] = compute [t: T, b: B, k: 300, i: 21] write [t, b, k] sum mul(%x[b, t, i], %w[k, i])
      %y: f32[T, B, 300] = compute [t: T, b: B, k: 300] write [t, b, k] assign add(%s[t, b, k], %c[k])
      output %y as "y" })",
                {.dims = {{"B", batch}, {"T", steps}}});
    // Rows a multiple of a page apart.
    expect_same(R"(function f(B, T) {
      input %x: f32[T, B, 1024]
      input %w: f32[1024, 270]
      %y: f32[B, T, 270] = compute [b: B, t: T, k: 270, i: 1024] write [b, t, k] sum mul(%x[t, b, i], %w[i, k])
      output %y as "y" })",
                {.dims = {{"B", batch}, {"T", steps}}, .tolerance = 1e-4});
  }
}

}  // namespace
}  // namespace kiln::kernel
