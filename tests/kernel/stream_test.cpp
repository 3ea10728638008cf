#include <gtest/gtest.h>

#include <cmath>

#include <fmt/format.h>

#include "check_program.h"
#include "kernel/execute.h"

namespace kiln::kernel {
namespace {

/// Attention as the planner sees it: `scores` is what the softmax is taken of, over %d (the scaled products).
struct Form {
  std::string inputs;  // beyond q, k and v
  std::string guard;   // of the products
  std::string scores = "%d[b, h, t, u]";
};

std::string attention(const Form& form) {
  return fmt::format(R"(function f(B, H, T, U, E) {{
    input %q: f32[B, H, T, E]
    input %k: f32[B, H, U, E]
    input %v: f32[B, H, U, E]
    {}
    %d: f32[B, H, T, U] = compute [b: B, h: H, t: T, u: U, e: E] write [b, h, t, u] {} sum mul(mul(%q[b, h, t, e], %k[b, h, u, e]), rsqrt(f32(E)))
    %s: f32[B, H, T, U] = compute [b: B, h: H, t: T, u: U] write [b, h, t, u] assign {}
    %top: f32[B, H, T] = compute [b: B, h: H, t: T, u: U] write [b, h, t] max %s[b, h, t, u]
    %e: f32[B, H, T, U] = compute [b: B, h: H, t: T, u: U] write [b, h, t, u] assign exp(sub(%s[b, h, t, u], %top[b, h, t]))
    %total: f32[B, H, T] = compute [b: B, h: H, t: T, u: U] write [b, h, t] sum %e[b, h, t, u]
    %p: f32[B, H, T, U] = compute [b: B, h: H, t: T, u: U] write [b, h, t, u] assign div(%e[b, h, t, u], %total[b, h, t])
    %y: f32[B, H, T, E] = compute [b: B, h: H, t: T, e: E, u: U] write [b, h, t, e] sum mul(%p[b, h, t, u], %v[b, h, u, e])
    output %y as "y" }})",
                     form.inputs, form.guard, form.scores);
}

const Form plain,
    causal{"", "where le(add(u, T), add(t, U))", "select(lt(add(t, U), add(u, T)), -inf, %d[b, h, t, u])"},
    windowed{"", "where not(or(lt(t, u), lt(add(u, 5), t)))",
             "select(or(lt(t, u), lt(add(u, 5), t)), -inf, %d[b, h, t, u])"},
    biased{"input %bias: f32[H, T, U]", "", "add(%d[b, h, t, u], %bias[h, t, u])"},
    kept{"input %keep: i32[B, U]", "", "select(eq(i64(%keep[b, u]), 0), -inf, %d[b, h, t, u])"};

/// One kernel, whose memory does not grow with the number of queries: nothing has room for all scores.
void expect_streamed(const Program& program) {
  EXPECT_EQ(program.kernels.size(), 1u);
  for (const Buffer& buffer : program.buffers) {
    if (buffer.scope < Scope::arena) continue;
    EXPECT_EQ(buffer.scope, Scope::worker) << buffer.name;
    for (const std::string& symbol : buffer.count.symbols())
      EXPECT_TRUE(symbol == "U" || symbol == "E") << buffer.name << " grows with " << symbol;
  }
}

class Streams : public testing::TestWithParam<std::tuple<int64_t, int64_t>> {};

TEST_P(Streams, AreAttentionWithoutItsScores) {
  const auto [t, u] = GetParam();
  for (const Form* form : {&plain, &causal, &windowed, &biased}) {
    SCOPED_TRACE(form->scores);
    const Case how{.dims = {{"B", 2}, {"H", 2}, {"T", t}, {"U", u}, {"E", 5}}};
    expect_streamed(expect_same(attention(*form), how));
    if (testing::Test::HasFailure()) return;
  }
}

INSTANTIATE_TEST_SUITE_P(Sizes, Streams,
                         testing::Values(std::tuple{1, 1}, std::tuple{1, 7}, std::tuple{50, 50},
                                         std::tuple{97, 131}, std::tuple{3, 2}, std::tuple{16, 300}));

/// Whole columns of a block: 16 columns and more, two blocks of them and a part.
TEST(Stream, OfManyColumns) {
  for (const int64_t e : {16, 37}) {
    const Case how{.dims = {{"B", 1}, {"H", 1}, {"T", 53}, {"U", 40}, {"E", e}}};
    expect_streamed(expect_same(attention(causal), how));
  }
}

/// A batch that is known to be of one has no index in what stands between the products.
TEST(Stream, OfABatchOfOne) {
  for (const Form* form : {&plain, &causal, &biased}) {
    std::string text = attention(*form);
    for (const auto& [from, to] :
         {std::pair("f(B, ", "f("), std::pair("[B, ", "[1, "), std::pair("b: B", "b: 1")})
      for (size_t at = 0; (at = text.find(from, at)) != std::string::npos; ++at)
        text.replace(at, std::string_view(from).size(), to);
    expect_streamed(expect_same(text, {.dims = {{"H", 3}, {"T", 41}, {"U", 45}, {"E", 7}}}));
  }
}

/// Rows without any key: NaN, as -inf - -inf is.
TEST(Stream, RowsThatSeeNothing) {
  const Case how{.dims = {{"B", 2}, {"H", 1}, {"T", 40}, {"U", 9}, {"E", 4}}};
  expect_streamed(expect_same(attention(causal), how));
  expect_streamed(expect_same(attention(kept), {.dims = how.dims, .greatest_integer = 1}));
}

/// Blocks of queries are independent of who makes them.
TEST(Stream, GivesTheSameBitsWithAnyNumberOfWorkers) {
  const graph::Function function = read_graph(attention(causal));
  const Program program = schedule(fuse::plan(function, bindings_of(function)), x86_64_v4());
  const std::map<std::string, int64_t> dims = {{"B", 1}, {"H", 3}, {"T", 70}, {"U", 75}, {"E", 6}};
  std::vector<std::vector<std::byte>> one;
  for (int workers = 1; workers <= 8; ++workers) {
    std::vector<std::vector<std::byte>> arguments(4);
    for (size_t i = 0; i < 4; ++i) {
      const size_t count = size_t{3} * 6 * (i == 1 || i == 2 ? 75 : 70);
      std::vector<float> values(count);
      for (size_t at = 0; at < count; ++at)
        values[at] = i == 3 ? 0 : std::sin(static_cast<float>(at + 7 * i));
      const auto* bytes = reinterpret_cast<const std::byte*>(values.data());
      arguments[i].assign(bytes, bytes + count * sizeof(float));
    }
    EXPECT_EQ(execute(program, dims, arguments, workers), "");
    if (workers == 1) one = arguments;
    EXPECT_EQ(arguments, one) << workers;
  }
}

}  // namespace
}  // namespace kiln::kernel
