#include "derivative_cases.h"

namespace kiln::transform {

namespace {

/// `y[i] = x[subscript]`, squared so that the second derivative is not zero, over given extents.
DerivativeCase read(const std::string& name, const std::string& in, const std::string& domain,
                    const std::string& out, const std::string& write, const std::string& body,
                    Dims dims = {}) {
  std::string names;
  for (const auto& [dim, value] : dims) names += (names.empty() ? "" : ", ") + dim;
  return {name, 1, std::move(dims),
          "function f(" + names + ") {\n  input %x: f64[" + in + "]\n  input %c: f64[12]\n  %y: f64[" + out +
              "] = compute [" + domain + "]\n $0 = " + body + "\n write [" + write +
              "] sum mul($0, mul($0, %c[rem(add(3, i), 12)]))\n  output %y as \"y\"\n}"};
}

}  // namespace

std::vector<DerivativeCase> reading_cases() {
  std::vector<DerivativeCase> cases = {
      read("transposed", "N, 4", "i: 4, j: N", "4, N", "i, j", "%x[j, i]", {{"N", 3}}),
      read("strided", "2*N + 3", "i: N", "N", "i", "%x[add(mul(2, i), 1)]", {{"N", 4}}),
      read("fixed place", "N, 5", "i: N", "N", "i", "%x[i, 3]", {{"N", 4}}),
      read("reversed", "N", "i: N", "N", "i", "%x[sub({N - 1}, i)]", {{"N", 5}}),
      read("reversed and empty", "N", "i: N", "N", "i", "%x[sub({N - 1}, i)]", {{"N", 0}}),
      read("toeplitz", "N + M", "i: N, j: M", "N", "i", "%x[add(sub(i, j), M)]", {{"N", 4}, {"M", 3}}),
      read("hankel", "N + M", "i: N, j: M", "N, M", "i, j", "%x[add(i, j)]", {{"N", 4}, {"M", 3}}),
      read("diagonal", "N, N", "i: N", "N", "i", "%x[i, i]", {{"N", 4}}),
      read("sum and difference", "7, 8", "i: 3, j: 4", "3", "i", "%x[add(i, j), add(sub(i, j), 3)]"),
      read("even sum", "2*N + 6", "i: N, j: 3", "N", "i", "%x[add(mul(2, i), mul(2, j))]", {{"N", 3}}),
      read("coupled axes", "20, 20", "i: 3, j: 4", "3", "i",
           "%x[add(mul(2, i), mul(3, j)), add(mul(3, i), mul(2, j))]"),
      read("halved", "N", "i: 2*N", "2*N", "i", "%x[quot(i, 2)]", {{"N", 4}}),
      read("halved and shifted", "6", "i: 4, k: 3", "4", "i", "%x[quot(add(i, k), 2)]"),
      read("remainder", "3", "i: N", "N", "i", "%x[rem(i, 3)]", {{"N", 8}}),
      read("split of one axis", "N*4", "i: N, j: 4", "N, 4", "i, j", "%x[add(mul(4, i), j)]", {{"N", 3}}),
      read("split by a dim", "N*M", "i: N, j: M", "N, M", "i, j", "%x[add(mul(M, i), j)]",
           {{"N", 3}, {"M", 2}}),
      read("join of two axes", "N, 4", "i: 4*N", "4*N", "i", "%x[quot(i, 4), rem(i, 4)]", {{"N", 3}}),
      read("pixel shuffle", "4, N", "i: N, j: 2, k: 2", "4*N", "add(add(mul(4, i), mul(2, j)), k)",
           "%x[add(mul(2, j), k), i]", {{"N", 3}}),
      read("stencil with guards", "N", "i: N, k: 3", "N", "i",
           "select(and(le(1, add(i, k)), lt(add(i, k), {N + 1})), %x[sub(add(i, k), 1)], 0.0:f64)",
           {{"N", 5}}),
      read("cumulative sum by guard", "N", "i: N, k: N", "N", "i", "select(le(k, i), %x[k], 0.0:f64)",
           {{"N", 5}}),
      read("join write", "N, 4", "i: N, j: 4", "4*N", "add(mul(4, i), j)", "%x[i, j]", {{"N", 3}}),
      read("shifted write", "N", "i: N", "N + 2", "add(i, 2)", "%x[i]", {{"N", 3}}),
      read("two guards of one read", "N", "i: N, k: 2", "N", "i",
           "add(select(le(1, i), %x[sub(i, 1)], 0.0:f64), select(lt(2, i), %x[sub(i, 1)], 0.0:f64))",
           {{"N", 5}}),
  };
  const std::vector<DerivativeCase> others = {
      {"embedding", 1, {{"V", 5}, {"N", 7}}, R"(
function embedding(V, N) {
  fact V - 1 >= 0
  input %table: f64[V, 3]
  input %token: i32[N] in 0..V
  %e: f64[N, 3] = compute [n: N, d: 3] write [n, d] assign %table[i64(%token[n]), d]
  %y: f64[N] = compute [n: N, d: 3] write [n] sum mul(%e[n, d], %e[n, d])
  output %y as "y"
})"},
      {"scatter and gather", 1, {{"V", 4}, {"N", 6}}, R"(
function scatter(V, N) {
  fact V - 1 >= 0
  input %x: f64[N]
  input %to: i32[N] in 0..V
  %bins: f64[V] = compute [n: N] write [i64(%to[n])] sum mul(%x[n], %x[n])
  %y: f64[V] = compute [v: V] write [v] assign sin(%bins[v])
  output %y as "y"
})"},
      {"offset in data", 1, {{"B", 3}}, R"(
function offset(B) {
  input %x: f64[B, 9]
  input %off: i32[B] in 0..5
  %y: f64[B, 4] = compute [b: B, i: 4] write [b, i] assign exp(%x[b, add(i, i64(%off[b]))])
  output %y as "y"
})"},
      {"picked by label", 1, {{"B", 4}}, R"(
function pick(B) {
  input %x: f64[B, 3]
  input %label: i32[B] in 0..3
  %y: f64[B] = compute [b: B] write [b] assign log(add(2.0:f64, %x[b, i64(%label[b])]))
  output %y as "y"
})"},
      {"filter by length", 1, {{"B", 4}}, R"(
function filter(B) {
  input %x: f64[B, 5]
  input %len: i32[B] in 0..6
  %y: f64[B] = compute [b: B, t: 5] write [b] where lt(i32(t), %len[b]) sum sin(%x[b, t])
  output %y as "y"
})"},
      {"concatenation", 2, {{"N", 3}, {"M", 2}}, R"(
function concat(N, M) {
  input %a: f64[N]
  input %b: f64[M]
  %y: f64[N + M] = compute [i: N + M] write [i] assign exp(select(lt(i, N), %a[i], %b[sub(i, N)]))
  output %y as "y"
})"},
      {"last writer wins", 2, {{"V", 4}, {"N", 6}}, R"(
function last(V, N) {
  fact V - 1 >= 0
  input %w: f64[N]
  input %x: f64[V]
  input %to: i32[N] in 0..V
  %set: f64[V] = compute [n: N] write [i64(%to[n])] last sin(%w[n])
  %hit: bool[V] = compute [n: N] write [i64(%to[n])] any true
  %y: f64[V] = compute [v: V] write [v] assign select(%hit[v], %set[v], exp(%x[v]))
  output %y as "y"
})"},
      {"piecewise with a root at 0",
       1,
       {},
       R"(
function piecewise() {
  input %x: f64[3]
  %z: f64[3] = compute [i: 3] write [i] assign mul(%x[i], f64(i))
  %y: f64[3] = compute [i: 3] write [i] assign select(lt(0.0:f64, %z[i]), mul(%z[i], sqrt(%z[i])), 0.0:f64)
  output %y as "y"
})",
       0.5,
       2.0},
      {"sort and top_k", 1, {{"B", 3}}, R"(
function sorted(B) {
  input %x: f64[B, 5]
  %s: f64[B, 5], %p: i32[B, 5] in 0..5 = sort %x
  %t: f64[B, 2], %q: i32[B, 2] in 0..5 = sort %x descending count 2
  %y: f64[B] = compute [b: B, i: 5] write [b] sum mul(f64(i), sin(%s[b, i]))
  %z: f64[B, 2] = compute [b: B, i: 2] write [b, i] assign mul(%t[b, i], %t[b, i])
  output %y as "y"
  output %z as "z"
})"},
      {"rows that begin where data says", 2, {{"B", 3}, {"T", 4}, {"N", 9}}, R"(
function rows(B, T, N) {
  input %x: f64[N]
  input %w: f64[T, T]
  input %len: i32[B] in 0..T + 1
  input %off: i32[B] in 0..N - T + 1
  %y: f64[B, T] = compute [b: B, t: T, u: T] write [b, t] where lt(t, i64(%len[b])), lt(u, i64(%len[b]))
      sum mul(sin(%x[add(t, i64(%off[b]))]), mul(%w[t, u], %x[add(u, i64(%off[b]))]))
  output %y as "y"
})"},
      {"stop_gradient and unused input", 2, {{"N", 3}}, R"(
function stopped(N) {
  input %x: f64[N]
  input %unused: f64[N]
  %e: f64[N] = compute [n: N] write [n] assign exp(%x[n])
  %y: f64[N] = compute [n: N] write [n] assign mul(%e[n], %x[n])
  output %y as "y"
  output %x as "x"
})"},
  };
  cases.insert(cases.end(), others.begin(), others.end());
  return cases;
}

}  // namespace kiln::transform
