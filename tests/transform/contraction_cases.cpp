#include <fmt/format.h>

#include "derivative_cases.h"

namespace kiln::transform {

namespace {

/// A convolution over one axis, zero-padded: the number of outputs is (X + 2P - D*(K - 1) - 1) / S + 1.
DerivativeCase convolution(int stride, int padding, int dilation, int kernel) {
  return {
      fmt::format("conv1d stride {} padding {} dilation {} kernel {}", stride, padding, dilation, kernel),
      2,
      {{"N", 2}, {"X", 9}},
      fmt::format(R"(
function conv(N, X) {{
  fact X - 8 >= 0
  input %x: f64[N, 2, X]
  input %w: f64[3, 2, {3}]
  %y: f64[N, 3, ({4}) / {0} + 1] = compute [n: N, f: 3, y: ({4}) / {0} + 1, c: 2, k: {3}]
    $0 = sub(add(mul({0}, y), mul({2}, k)), {1})
    write [n, f, y] sum mul(select(and(le(0, $0), lt($0, X)), %x[n, c, $0], 0.0:f64), %w[f, c, k])
  output %y as "y"
}})",
                  stride, padding, dilation, kernel, plus("X", 2 * padding - dilation * (kernel - 1) - 1))};
}

}  // namespace

std::vector<DerivativeCase> contraction_cases() {
  std::vector<DerivativeCase> cases = {
      {"matmul", 2, {{"B", 3}, {"I", 4}, {"O", 2}}, R"(
function matmul(B, I, O) {
  input %x: f64[B, I]
  input %w: f64[O, I]
  %y: f64[B, O] = compute [b: B, o: O, i: I] write [b, o] sum mul(%x[b, i], %w[o, i])
  output %y as "y"
})"},
      {"matmul over an empty axis", 2, {{"B", 3}, {"I", 0}, {"O", 2}}, R"(
function matmul(B, I, O) {
  input %x: f64[B, I]
  input %w: f64[O, I]
  %y: f64[B, O] = compute [b: B, o: O, i: I] write [b, o] sum mul(%x[b, i], %w[o, i])
  output %y as "y"
})"},
      {"matmul of one row and column", 2, {{"B", 1}, {"I", 1}, {"O", 1}}, R"(
function matmul(B, I, O) {
  input %x: f64[B, I]
  input %w: f64[O, I]
  %y: f64[B, O] = compute [b: B, o: O, i: I] write [b, o] sum mul(%x[b, i], %w[o, i])
  output %y as "y"
})"},
      {"batched matmul with broadcast", 2, {{"B", 2}, {"N", 3}}, R"(
function batched(B, N) {
  input %a: f64[B, 2, N]
  input %b: f64[N, 4]
  %y: f64[B, 2, 4] = compute [b: B, i: 2, j: 4, n: N] write [b, i, j] sum mul(%a[b, i, n], %b[n, j])
  output %y as "y"
})"},
      {"three factors", 3, {{"N", 3}}, R"(
function three(N) {
  input %a: f64[N, 2]
  input %b: f64[2, N]
  input %c: f64[N]
  %y: f64[2] = compute [j: 2, i: N, k: N] write [j] sum mul(mul(%a[i, j], %b[j, k]), %c[k])
  output %y as "y"
})"},
      {"outer product and bias", 3, {{"N", 3}, {"M", 2}}, R"(
function outer(N, M) {
  input %a: f64[N]
  input %b: f64[M]
  input %c: f64[M]
  %y: f64[N, M] = compute [i: N, j: M] write [i, j] assign add(mul(%a[i], %b[j]), %c[j])
  output %y as "y"
})"},
      {"convolution in two dimensions", 2, {{"X", 5}}, R"(
function conv2d(X) {
  input %x: f64[2, X, 6]
  input %w: f64[2, 2, 3, 3]
  %y: f64[2, (X + 1) / 2, 3] = compute [f: 2, y: (X + 1) / 2, z: 3, c: 2, k: 3, l: 3]
    $0 = sub(add(mul(2, y), k), 1)
    $1 = sub(add(mul(2, z), l), 1)
    write [f, y, z]
    where le(0, $0), lt($0, X), le(0, $1), lt($1, 6)
    sum mul(%x[c, $0, $1], %w[f, c, k, l])
  output %y as "y"
})"},
      {"grouped convolution", 2, {{"X", 6}}, R"(
function grouped(X) {
  fact X - 3 >= 0
  input %x: f64[4, X]
  input %w: f64[6, 2, 3]
  %y: f64[6, X - 2] = compute [f: 6, y: X - 2, c: 2, k: 3] write [f, y]
    sum mul(%x[add(mul(2, quot(f, 3)), c), add(y, k)], %w[f, c, k])
  output %y as "y"
})"},
      {"depthwise convolution", 2, {{"X", 6}}, R"(
function depthwise(X) {
  fact X - 3 >= 0
  input %x: f64[3, X]
  input %w: f64[3, 3]
  %y: f64[3, X - 2] = compute [c: 3, y: X - 2, k: 3] write [c, y] sum mul(%x[c, add(y, k)], %w[c, k])
  output %y as "y"
})"},
      {"transposed convolution", 2, {{"X", 4}}, R"(
function transposed(X) {
  input %x: f64[2, X]
  input %w: f64[2, 3]
  %y: f64[2*X + 1] = compute [i: X, c: 2, k: 3] write [add(mul(2, i), k)] sum mul(%x[c, i], %w[c, k])
  output %y as "y"
})"},
  };
  for (const auto& [stride, padding, dilation, kernel] : {std::tuple(1, 0, 1, 3),
                                                          {1, 1, 1, 3},
                                                          {2, 1, 1, 3},
                                                          {3, 0, 1, 2},
                                                          {2, 3, 2, 3},
                                                          {4, 2, 1, 3},
                                                          {3, 2, 2, 4},
                                                          {2, 0, 6, 2}}) {
    cases.push_back(convolution(stride, padding, dilation, kernel));
  }
  return cases;
}

}  // namespace kiln::transform
