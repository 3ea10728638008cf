#include "derivative_cases.h"

namespace kiln::transform {

std::vector<DerivativeCase> network_cases() {
  return {
      {"mlp_cross_entropy", 4, {{"B", 5}, {"In", 4}}, R"(
function loss(B, In) {
  input %w1: f64[6, In]
  input %b1: f64[6]
  input %w2: f64[3, 6]
  input %b2: f64[3]
  input %x: f64[B, In]
  input %label: i32[B] in 0..3
  %m1: f64[B, 6] = compute [b: B, o: 6, i: In] write [b, o] sum mul(%x[b, i], %w1[o, i])
  %h: f64[B, 6] = compute [b: B, o: 6] write [b, o] assign max(add(%m1[b, o], %b1[o]), 0.0:f64)
  %m2: f64[B, 3] = compute [b: B, o: 3, i: 6] write [b, o] sum mul(%h[b, i], %w2[o, i])
  %z: f64[B, 3] = compute [b: B, o: 3] write [b, o] assign add(%m2[b, o], %b2[o])
  %top: f64[B] = compute [b: B, o: 3] write [b] max %z[b, o]
  %still: f64[B] = stop_gradient %top
  %s: f64[B] = compute [b: B, o: 3] write [b] sum exp(sub(%z[b, o], %still[b]))
  %each: f64[B] = compute [b: B] write [b] assign sub(add(log(%s[b]), %still[b]), %z[b, i64(%label[b])])
  %total: f64 = compute [b: B] write [] sum %each[b]
  %mean: f64 = compute [] write [] assign div(%total, f64(B))
  output %mean as "loss"
})"},
      {"softmax", 1, {{"B", 3}, {"N", 5}}, R"(
function softmax(B, N) {
  input %x: f64[B, N]
  %top: f64[B] = compute [b: B, n: N] write [b] max %x[b, n]
  %e: f64[B, N] = compute [b: B, n: N] write [b, n] assign exp(sub(%x[b, n], %top[b]))
  %s: f64[B] = compute [b: B, n: N] write [b] sum %e[b, n]
  %y: f64[B, N] = compute [b: B, n: N] write [b, n] assign div(%e[b, n], %s[b])
  output %y as "y"
})"},
      {"logsumexp_of_one_column", 1, {{"B", 3}}, R"(
function logsumexp(B) {
  input %x: f64[B, 1]
  %top: f64[B] = compute [b: B, n: 1] write [b] max %x[b, n]
  %s: f64[B] = compute [b: B, n: 1] write [b] sum exp(sub(%x[b, n], %top[b]))
  %y: f64[B] = compute [b: B] write [b] assign add(log(%s[b]), %top[b])
  output %y as "y"
})"},
      {"layernorm", 3, {{"B", 4}, {"N", 5}}, R"(
function layernorm(B, N) {
  input %x: f64[B, N]
  input %scale: f64[N]
  input %shift: f64[N]
  %sum: f64[B] = compute [b: B, n: N] write [b] sum %x[b, n]
  %mean: f64[B] = compute [b: B] write [b] assign div(%sum[b], f64(N))
  %squares: f64[B] = compute [b: B, n: N]
    $0 = sub(%x[b, n], %mean[b])
    write [b] sum mul($0, $0)
  %rstd: f64[B] = compute [b: B] write [b] assign rsqrt(add(div(%squares[b], f64(N)), 0.1:f64))
  %y: f64[B, N] = compute [b: B, n: N] write [b, n]
    assign add(mul(mul(sub(%x[b, n], %mean[b]), %rstd[b]), %scale[n]), %shift[n])
  output %y as "y"
})"},
      {"causal_attention", 3, {{"T", 4}, {"D", 3}}, R"(
function attention(T, D) {
  input %q: f64[T, D]
  input %k: f64[T, D]
  input %v: f64[T, D]
  %dots: f64[T, T] = compute [t: T, s: T, d: D] write [t, s] sum mul(%q[t, d], %k[s, d])
  %top: f64[T] = compute [t: T, s: T] write [t] where le(s, t) max %dots[t, s]
  %sum: f64[T] = compute [t: T, s: T] write [t] where le(s, t) sum exp(sub(%dots[t, s], %top[t]))
  %y: f64[T, D] = compute [t: T, d: D, s: T] write [t, d]
    where le(s, t) sum mul(div(exp(sub(%dots[t, s], %top[t])), %sum[t]), %v[s, d])
  output %y as "y"
})"},
      {"gated_chain", 1, {{"N", 3}}, R"(
function chain(N) {
  input %x: f64[N]
  %a: f64[N] = compute [n: N] write [n] assign mul(%x[n], sigmoid(mul(1.7:f64, %x[n])))
  %b: f64[N] = compute [n: N] write [n] assign mul(%a[n], sigmoid(mul(1.7:f64, %a[n])))
  %c: f64[N] = compute [n: N] write [n] assign mul(%b[n], sigmoid(mul(1.7:f64, %b[n])))
  output %c as "c"
  output %a as "a"
})"},
  };
}

}  // namespace kiln::transform
