#include "transform/solve_writes.h"

#include <gmock/gmock.h>

#include <fmt/format.h>

#include <random>

#include "harness.h"
#include "transform/simplify.h"

namespace kiln::transform {
namespace {

using testing::HasSubstr;

std::string solved(const std::string& text) { return printed(tidied(solve_writes(parse(text)))); }

TEST(SolveWrites, ShiftBecomesAGuardedGather) {
  EXPECT_THAT(solved(R"(
function f(N) {
  input %c: f32[N]
  %x: f32[N + 2] = compute [i: N] write [add(i, 2)] sum %c[i]
  output %x as "x"
})"),
              HasSubstr("compute [i: N + 2] write [i] assign "
                        "select(le(2, i), %c[sub(i, 2)], 0.0)"));
}

TEST(SolveWrites, LongerIndexIsSolvedAndTheOtherReduced) {
  EXPECT_THAT(
      solved(R"(
function f() {
  input %c: f32[9, 3]
  %x: f32[11] = compute [i: 9, k: 3] write [add(i, k)] sum %c[i, k]
  output %x as "x"
})"),
      HasSubstr("compute [i: 11, k: 3] write [i] where le(k, i), le(i, add(k, 8)) sum %c[sub(i, k), k]"));
}

TEST(SolveWrites, DiagonalIsAComparison) {
  EXPECT_THAT(solved(R"(
function f(N) {
  input %c: f32[N]
  %x: f32[N, N] = compute [i: N] write [i, i] sum %c[i]
  output %x as "x"
})"),
              HasSubstr("compute [i: N, t: N] write [i, t] assign select(eq(i, t), %c[i], 0.0)"));
}

TEST(SolveWrites, SecondAxisIsSolvedInTermsOfTheFirst) {
  EXPECT_THAT(solved(R"(
function f() {
  input %c: f32[5, 3]
  %x: f32[7, 7] = compute [i: 5, j: 3] write [add(i, j), add(sub(i, j), 2)] sum %c[i, j]
  output %x as "x"
})"),
              HasSubstr("compute [i: 7, j: 3] write [i, add(sub(i, mul(2, j)), 2)] where"));
}

TEST(SolveWrites, StridedAxisStaysAWrite) {
  EXPECT_THAT(solved(R"(
function f(N) {
  input %c: f32[N, 3]
  %x: f32[2*N + 1] = compute [y: N, k: 3] write [add(mul(2, y), k)] sum %c[y, k]
  output %x as "x"
})"),
              HasSubstr("write [add(mul(2, y), k)] sum %c[y, k]"));
}

TEST(SolveWrites, JoinByADimIsAStore) {
  EXPECT_THAT(solved(R"(
function f(N, M) {
  input %c: f32[N, M]
  %x: f32[M*N] = compute [i: N, j: M] write [add(mul(M, i), j)] sum %c[i, j]
  output %x as "x"
})"),
              HasSubstr("write [add(mul(M, i), j)] assign %c[i, j]"));
}

TEST(SolveWrites, QuotientAndRemainderOfOneIndexAreAMap) {
  EXPECT_THAT(solved(R"(
function f(N) {
  input %c: f32[4*N]
  %x: f32[N, 4] = compute [i: 4*N] write [quot(i, 4), rem(i, 4)] sum %c[i]
  output %x as "x"
})"),
              HasSubstr("compute [q: N, r: 4] write [q, r] assign %c[add(mul(4, q), r)]"));
}

TEST(SolveWrites, DataUnderAReducedIndexStaysAScatter) {
  EXPECT_THAT(solved(R"(
function f(V, N) {
  input %c: f32[N, 2]
  input %to: i32[N] in 0..V
  %x: f32[V, 2] = compute [n: N, d: 2] write [i64(%to[n]), d] sum %c[n, d]
  output %x as "x"
})"),
              HasSubstr("compute [d: 2, n: N] write [i64(%to[n]), d] sum %c[n, d]"));
}

TEST(SolveWrites, DataUnderAWrittenIndexBecomesAComparison) {
  EXPECT_THAT(solved(R"(
function f(V, N) {
  input %c: f32[N]
  input %to: i32[N] in 0..V
  %x: f32[N, V] = compute [n: N] write [n, i64(%to[n])] sum %c[n]
  output %x as "x"
})"),
              HasSubstr("write [n, t] assign select(eq(t, i64(%to[n])), %c[n], 0.0)"));
}

/// Solved for t, each cell would try every row b.
TEST(SolveWrites, PlacesInRowsThatBeginWhereDataSaysStayAScatter) {
  EXPECT_THAT(solved(R"(
function f(B, T, N) {
  input %c: f32[B, T]
  input %off: i32[B] in 0..N
  %x: f32[N] = compute [b: B, t: T] write [add(t, i64(%off[b]))] where lt(t, i64(%off[b])) sum %c[b, t]
  output %x as "x"
})"),
              HasSubstr("compute [b: B, t: T] write [add(t, i64(%off[b]))] where"));
}

/// A random accumulating write: affine subscripts over up to four indices, some through a quotient or a
/// remainder, some with an offset from data, into a tensor that may cut their range.
class RandomWrite {
 public:
  explicit RandomWrite(unsigned seed) : random_(seed) {
    const int indices = 1 + pick(4), axes = 1 + pick(3);
    const bool symbolic = pick(2) == 0;
    std::string names, domain, reads, extents, inside, write, shape;
    for (int k = 0; k < indices; ++k) {
      extents_.push_back(pick(12) == 0 ? 0 : 1 + pick(4));
      const std::string extent = symbolic ? fmt::format("N{}", k) : std::to_string(extents_.back());
      if (symbolic) dims_[extent] = extents_.back();
      append(names, symbolic ? extent : "");
      append(domain, fmt::format("i{}: {}", k, extent));
      append(extents, extent);
      append(reads, fmt::format("i{}", k));
    }
    for (int a = 0; a < axes; ++a) {
      const auto [subscript, size] = axis(indices);
      append(write, subscript);
      append(shape, std::to_string(size));
      append(inside, fmt::format("le(0, {0}), lt({0}, {1})", subscript, size));
    }
    text = fmt::format(R"(
function f({}) {{
  input %c: f64[{}]
  input %off: i32[{}] in 0..3
  %x: f64[{}] = compute [{}] write [{}] where {} sum %c[{}]
  output %x as "x"
}})",
                       names, extents, extents, shape, domain, write, inside, reads);
    offset_subscripts_ = reads;
  }

  const Dims& dims() const { return dims_; }
  std::string text;

 private:
  int pick(int count) { return std::uniform_int_distribution<int>(0, count - 1)(random_); }
  static void append(std::string& list, const std::string& item) {
    if (!item.empty()) list += (list.empty() ? "" : ", ") + item;
  }

  std::pair<std::string, int64_t> axis(int indices) {
    const int64_t constant = pick(4) == 0 ? pick(7) - 3 : 0;
    std::string sum = std::to_string(constant);
    int64_t low = constant, high = constant;
    for (int k = 0; k < indices; ++k) {
      if (pick(2) == 0) continue;
      const int64_t coefficient = pick(3) != 0 ? 1 - 2 * (pick(4) == 0) : pick(10) - 3;
      sum = fmt::format("add({}, mul({}, i{}))", sum, coefficient, k);
      (coefficient > 0 ? high : low) +=
          coefficient * std::max<int64_t>(extents_[static_cast<size_t>(k)] - 1, 0);
    }
    const int kind = pick(6), divisor = 2 + pick(2);
    if (kind == 0) {
      if (pick(3) != 0) sum = fmt::format("sub({}, {})", sum, low), high -= low, low = 0;
      return {fmt::format("quot({}, {})", sum, divisor), std::max<int64_t>(high / divisor + 1 - pick(2), 1)};
    }
    if (kind == 1) {
      if (pick(3) != 0) sum = fmt::format("sub({}, {})", sum, low);
      return {fmt::format("rem({}, {})", sum, divisor), divisor};
    }
    if (kind == 2) {
      std::string reads;
      for (int k = 0; k < indices; ++k) append(reads, fmt::format("i{}", k));
      return {fmt::format("add({}, i64(%off[{}]))", sum, reads), std::max<int64_t>(high + 3 - pick(3), 1)};
    }
    if (pick(2) == 0 && low < 0) sum = fmt::format("sub({}, {})", sum, low), high -= low;
    return {sum, std::max<int64_t>(high + 1 + pick(3) - 1, 1)};
  }

  std::mt19937 random_;
  Dims dims_;
  std::vector<int64_t> extents_;
  std::string offset_subscripts_;
};

void expect_same(const Tensors& a, const Tensors& b, const std::string& text) {
  ASSERT_EQ(a[0].extents, b[0].extents);
  for (int64_t i = 0; i < a[0].count(); ++i) {
    ASSERT_NEAR(a[0].at(i).real, b[0].at(i).real, 1e-12) << "at " << i << text;
  }
}

TEST(SolveWrites, GathersGiveWhatRandomWritesAccumulate) {
  int injective = 0, classical = 0;
  constexpr unsigned count = 1000;  // 3000 were tried
  for (unsigned seed = 0; seed < count; ++seed) {
    const RandomWrite random(seed);
    graph::Function written = parse(random.text);
    const Tensors inputs = random_inputs(written, random.dims(), static_cast<int>(seed));
    const Tensors expected = run(written, random.dims(), inputs);
    const graph::Function gathered = solve_writes(written);
    expect_same(run(gathered, random.dims(), inputs), expected, random.text + printed(gathered));
    const graph::Function simple = tidied(gathered);
    expect_same(run(simple, random.dims(), inputs), expected, random.text + printed(simple));
    classical += printed(simple).find("assign") != std::string::npos;

    // The interpreter accumulates whatever it is told; only counting catches a wrong proof of injectivity.
    graph::Compute compute = std::get<graph::Compute>(written.node_of(written.outputs[0]).op);
    Folder folder(written.expressions);
    if (!writes_each_cell_once(written, folder, compute)) continue;
    ++injective;
    graph::Function ones = written;
    auto& node = std::get<graph::Compute>(ones.nodes.back().op);
    node.body = ones.expressions.real(1, ElementType::f64);
    const Tensors hits = run(ones, random.dims(), inputs);
    for (int64_t i = 0; i < hits[0].count(); ++i) ASSERT_LE(hits[0].at(i).real, 1) << random.text;
  }
  // The draw holds enough of both kinds to mean something.
  EXPECT_GT(injective, 40);
  EXPECT_GT(classical, 100);
}

}  // namespace
}  // namespace kiln::transform
