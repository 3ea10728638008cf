// The ranges of indices (language.md, "Range of an index"): what a function's result type becomes, and what
// is refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "checked.h"

namespace kiln::sema {
namespace {

struct Case {
  const char* name;
  const char* program;
  const char* line;  // of the typed text
};

class Ranges : public testing::TestWithParam<Case> {};

TEST_P(Ranges, AreFound) {
  const Checked checked = check_text(GetParam().program);
  EXPECT_EQ(checked.mistakes, "") << checked.rendered;
  EXPECT_THAT(checked.text(), testing::HasSubstr(GetParam().line));
}

constexpr Case cases[] = {
    {"MatrixProductAndBias",
     "export fn f(x: f32[B, I], w: f32[O, I], bias: f32[O]) -> y: f32[B, O] {\n"
     "  y[b, o] = sum[i] x[b, i] * w[o, i] + bias[o]\n}",
     "for[b.0: B, o.1: O] y.3[i.0, i.1] = add(sum[i.3: I]"},
    {"Gather",
     "export fn f(table: f32[V, D], tokens: i32[B, T]) -> e: f32[B, T, D] {\n"
     "  e[b, t, d] = table[tokens[b, t], d]\n}",
     "for[b.0: B, t.1: T, d.2: D] e.2[i.0, i.1, i.2] = table.0[i64(tokens.1[i.0, i.1])?, i.2]"},
    {"PoolingStatesItsWindow",
     "export fn f(a: f32[N, H]) -> y: f32[N, H / 2] { y[n, i] = max[d: 2] a[n, 2 * i + d] }",
     "for[n.0: N, i.1: H / 2] y.1[i.0, i.1] = max[d."},
    {"JoinedAxes", "export fn f(h: f32[B, N, D]) -> y: f32[B, N * D] { y[b, (n, d)] = h[b, n, d] }",
     "for[b.0: B, n.1: N, d.2: D] y.1[i.0, add(mul(i.1, dim(D)), i.2)] = h.0[i.0, i.1, i.2]"},
    {"SplitAxisGivesTheQuotient",
     "export fn f(x: f32[B, D], Heads: dim) -> y: f32[B, Heads, D / Heads] where Heads >= 1, D % Heads == 0 "
     "{\n"
     "  let s[b, h, k] = x[b, (h: Heads, k)]\n  y = s\n}",
     "h.1: Heads, k.2: D / Heads]"},
    {"FilterIsACondition",
     "export fn f(x: f32[B, T], len: i32[B]) -> s: f32[B] { s[b] = sum[t where t < len[b]] x[b, t] }",
     "where lt("},
    {"RangeThatIsData", "export fn f(x: f32[N]) -> y: f32[N] { y[j] = sum[k: 0..j] x[k] }", "where lt(i."},
    {"GuardedReadsGiveNoRange",
     "export fn f(a: f32[N], w: f32[3]) -> y: f32[N] { y[i] = sum[d] a[i + d - 1 else 0] * w[d] }",
     "sum[d.2: 3] (mul(a.0[sub(add(i.0, i.2), 1:i64)] else 0:f32, w.1[i.2]))"},
    {"ReadsOfNestedComprehensionsCount",
     "export fn f(x: f32[B, N]) -> y: f32[B] { y[b] = sum(for[i] x[b, i]) }", "for[b.0: B] y.1[i.0]"},
    {"ScatterAddsUp",
     "export fn f(x: f32[N], k: i32[N], M: dim) -> y: f32[M] {\n  y = 0\n  y[k[i]] += x[i]\n}",
     "for[i.0: N] y.2[i64(k.1[i.0])?] += x.0[i.0]"},
    {"SlicesOnTheLeft", "export fn f(h: f32[B, D]) -> y: f32[B, 3, D] {\n  y = 0\n  y[:, 1] = h\n}",
     "y.1[..+B, 1:i64, ..+D] = h.0"},
    {"PerExampleCall",
     "fn g(x: f32[D]) -> f32 = sum(x)\nexport fn f(x: f32[B, D]) -> y: f32[B] { y[b] = g(x[b]) }",
     "g#1(x.0[i.0, ..+D])"},
    {"IndexOfALoopIsAValue",
     "export fn f(x: f32[B, 3]) -> s: f32[B] {\n  s = 0\n  for t in 0..3 { s[b] += x[b, t] }\n}",
     "for[b.0: B] s.1[i.0] += x.0[i.0, 0:i64]"},
    {"SeveralResults",
     "export fn f(z: f32[B, N]) -> v: f32[B, 2], k: i32[B, 2] where N >= 2 {\n"
     "  let (a[b], p[b]) = top_k(z[b], 2)\n  v = a\n  k = p\n}",
     "let a.3, p.4 = for[b.0: B] top_k(z.0[i.0, ..+N])"},
};
std::string name_of(const testing::TestParamInfo<Case>& info) { return info.param.name; }
INSTANTIATE_TEST_SUITE_P(Index, Ranges, testing::ValuesIn(cases), name_of);

}  // namespace
}  // namespace kiln::sema
