#include <fmt/format.h>

#include "derivative_cases.h"

namespace kiln::transform {

namespace {

/// A reducer over one axis of a product, with one more axis and a filter.
DerivativeCase reduced(const std::string& reducer, int64_t n) {
  return {fmt::format("{} over {}", reducer, n),
          1,
          {{"B", 3}, {"N", n}},
          fmt::format(R"(
function reduced(B, N) {{
  fact N - 1 >= 0
  input %x: f64[B, N]
  input %keep: i32[N] in 0..2
  %r: f64[B] = compute [b: B, n: N] write [b] {0} sin(%x[b, n])
  %q: f64[B] = compute [b: B, n: N] write [b] where ne(mul(n, 2), 2) {0} mul(%x[b, n], %x[b, n])
  %y: f64[B] = compute [b: B] write [b] assign add(mul(%r[b], %r[b]), sin(%q[b]))
  output %y as "y"
}})",
                      reducer)};
}

DerivativeCase pool(const std::string& reducer, int window, int stride, int padding) {
  return {fmt::format("{} pool {}/{} padding {}", reducer, window, stride, padding),
          1,
          {{"X", 7}},
          fmt::format(R"(
function pool(X) {{
  fact X - 4 >= 0
  input %x: f64[2, X]
  %y: f64[2, ({3}) / {2} + 1] = compute [c: 2, y: ({3}) / {2} + 1, k: {1}]
    $0 = sub(add(mul({2}, y), k), {4})
    write [c, y] where le(0, $0), lt($0, X) {0} mul(%x[c, $0], %x[c, $0])
  output %y as "y"
}})",
                      reducer, window, stride, plus("X", 2 * padding - window), padding)};
}

}  // namespace

std::vector<DerivativeCase> reducer_cases() {
  std::vector<DerivativeCase> cases;
  for (const char* reducer : {"sum", "prod", "min", "max"}) {
    for (const int64_t n : {1, 4}) cases.push_back(reduced(reducer, n));
  }
  for (const char* reducer : {"sum", "max"}) {
    cases.push_back(pool(reducer, 2, 2, 0));
    cases.push_back(pool(reducer, 3, 2, 1));
    cases.push_back(pool(reducer, 3, 1, 0));
  }
  const std::vector<DerivativeCase> others = {
      {"maximum of products", 2, {{"I", 3}, {"K", 4}}, R"(
function max_product(I, K) {
  input %a: f64[I, K]
  input %b: f64[K, 2]
  %y: f64[I, 2] = compute [i: I, j: 2, k: K] write [i, j] max mul(%a[i, k], %b[k, j])
  output %y as "y"
})"},
      {"maximum over two axes", 1, {{"I", 3}, {"K", 4}}, R"(
function max_two(I, K) {
  input %a: f64[I, K]
  %m: f64 = compute [i: I, k: K] write [] max sin(%a[i, k])
  output %m as "m"
})"},
      {"maximum of nothing", 1, {{"K", 0}}, R"(
function max_none(K) {
  input %a: f64[2, K]
  %m: f64[2] = compute [i: 2, k: K] write [i] max sin(%a[i, k])
  %y: f64[2] = compute [i: 2] write [i] assign exp(%m[i])
  output %y as "y"
})"},
      {"product with zeros", 1, {}, R"(
function zeros() {
  input %x: f64[4, 5]
  %z: f64[4, 5] = compute [i: 4, j: 5] write [i, j] assign mul(%x[i, j], f64(le(i, j)))
  %y: f64[4] = compute [i: 4, j: 5] write [i] prod add(%z[i, j], mul(%z[i, 0], %z[i, 1]))
  output %y as "y"
})"},
      {"product over two axes, scattered", 1, {}, R"(
function scattered() {
  input %x: f64[3, 4]
  input %to: i32[3] in 0..2
  %y: f64[2] = compute [i: 3, j: 4] write [i64(%to[i])] prod add(%x[i, j], 0.5:f64)
  output %y as "y"
})"},
      {"scattered maximum", 1, {}, R"(
function scattered() {
  input %x: f64[3, 4]
  input %to: i32[3] in 0..2
  %y: f64[2] = compute [i: 3, j: 4] write [i64(%to[i])] max sin(%x[i, j])
  %z: f64[2] = compute [i: 2] write [i] assign exp(%y[i])
  output %z as "z"
})"},
  };
  cases.insert(cases.end(), others.begin(), others.end());
  return cases;
}

}  // namespace kiln::transform
