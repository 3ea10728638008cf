#include "derivative_cases.h"

namespace kiln::transform {
namespace {

/// A recurrent cell over T rounds, with what it gives after each of them; `head` says how the rounds are
/// made.
std::string recurrent(const std::string& head,
                      const std::string& results = "%h: f64[B, H], %ys: f64[T, B, H]") {
  return R"(
function recurrent(B, T, H) {
  fact T - 1 >= 0
  input %h0: f64[B, H]
  input %w: f64[H, H]
  input %bias: f64[H]
  input %x: f64[B, T, H]
  %three: i64 = compute [] write [] assign 3
  )" + results +
         " = loop t " + head + R"( carried 1 (%h0, %w, %bias, %x) function body(B, T, H, t) {
    fact t >= 0
    fact T - t - 1 >= 0
    input %h: f64[B, H]
    input %w: f64[H, H]
    input %bias: f64[H]
    input %x: f64[B, T, H]
    %m: f64[B, H] = compute [b: B, o: H, i: H] write [b, o] sum mul(%h[b, i], %w[o, i])
    %n: f64[B, H] = compute [b: B, o: H] write [b, o] assign tanh(add(add(%m[b, o], %bias[o]), %x[b, t, o]))
    output %n as "h"
    output %n as "ys"
  }
  output %h as "h"
  output %ys as "ys"
})";
}

/// Newton's method for a root, three rounds of it.
std::string newton(const std::string& checkpoints) {
  return R"(
function newton(N) {
  fact N - 1 >= 0
  input %a: f64
  input %x: f64
  %first: bool = compute [] write [] assign lt(0.0:f64, 1.0:f64)
  %y: f64, %made: i64 = loop k below N)" +
         checkpoints + R"( while %first carried 1 (%x, %a) function newton(N, k) {
    fact k >= 0
    fact N - k - 1 >= 0
    input %x: f64
    input %a: f64
    %n: f64 = compute [] write [] assign mul(0.5:f64, add(%x, div(%a, %x)))
    %more: bool = compute [] write [] assign lt({k + 1}, 3)
    output %n as "x"
    output %more as "more"
  }
  output %y as "y"
})";
}

}  // namespace

std::vector<DerivativeCase> loop_cases() {
  const Dims dims = {{"B", 2}, {"T", 4}, {"H", 3}};
  const std::string with_rounds = "%h: f64[B, H], %ys: f64[T, B, H], %made: i64";
  return {
      {"recurrent_cell", 4, dims, recurrent("below T")},
      {"recurrent_cell_backward", 4, dims, recurrent("below T reversed")},
      {"recurrent_cell_made_again", 4, dims, recurrent("below T recompute")},
      {"recurrent_cell_with_checkpoints", 4, dims, recurrent("below T every 2")},
      {"recurrent_cell_with_checkpoints_that_do_not_divide", 4, dims, recurrent("below T every 3")},
      {"recurrent_cell_with_checkpoints_within_checkpoints",
       4,
       {{"B", 2}, {"T", 7}, {"H", 3}},
       recurrent("below T every 4, 3")},
      {"recurrent_cell_with_more_between_checkpoints_than_rounds", 4, dims, recurrent("below T every 9, 2")},
      {"recurrent_cell_of_three_rounds_with_checkpoints", 4, dims,
       recurrent("below T every 2 rounds %three", with_rounds)},
      {"recurrent_cell_of_three_rounds_with_checkpoints_within_checkpoints", 4, dims,
       recurrent("below T every 2, 1 rounds %three", with_rounds)},
      {"recurrent_cell_of_three_rounds", 4, dims, recurrent("below T rounds %three", with_rounds)},
      {"recurrent_cell_of_one_round", 4, {{"B", 2}, {"T", 1}, {"H", 3}}, recurrent("below T")},
      {"the_last_of_three_carried_values_is_the_first", 3, {{"T", 5}}, R"(
function turns(T) {
  input %a: f64
  input %b: f64
  input %c: f64
  %x: f64, %y: f64, %z: f64 = loop t below T carried 3 (%a, %b, %c) function turns(T, t) {
    input %x: f64
    input %y: f64
    input %z: f64
    %n: f64 = compute [] write [] assign add(mul(%x, %y), sin(%z))
    output %y as "x"
    output %z as "y"
    output %n as "z"
  }
  output %x as "x"
  output %z as "z"
})"},
      {"a_carried_value_that_begins_without_tangent", 1, {{"T", 3}}, R"(
function powers(T) {
  input %x: f64
  %one: f64 = compute [] write [] assign 1.0:f64
  %y: f64, %s: f64 = loop t below T carried 2 (%one, %one, %x) function powers(T, t) {
    input %p: f64
    input %s: f64
    input %x: f64
    %q: f64 = compute [] write [] assign mul(%p, %x)
    %u: f64 = compute [] write [] assign add(%s, mul(%q, f64(add(t, 1))))
    output %q as "p"
    output %u as "s"
  }
  output %s as "s"
})"},
      {"while_with_a_limit", 2, {{"N", 6}}, newton(""), 0.5, 2},
      {"while_with_a_limit_and_checkpoints", 2, {{"N", 6}}, newton(" every 2"), 0.5, 2},
      {"while_with_a_limit_and_checkpoints_within_checkpoints", 2, {{"N", 6}}, newton(" every 2, 1"), 0.5, 2},
      {"a_loop_in_a_loop", 3, {{"N", 3}, {"M", 2}}, R"(
function nested(N, M) {
  input %x: f64[N, M]
  input %h0: f64[M]
  input %w: f64[M]
  %h: f64[M] = loop i below N carried 1 (%h0, %x, %w) function nested(N, M, i) {
    fact i >= 0
    fact N - i - 1 >= 0
    input %h: f64[M]
    input %x: f64[N, M]
    input %w: f64[M]
    %k: f64[M] = loop j below M carried 1 (%h, %x, %w) function nested(N, M, i, j) {
      fact j >= 0
      fact M - j - 1 >= 0
      input %h: f64[M]
      input %x: f64[N, M]
      input %w: f64[M]
      %n: f64[M] = compute [m: M] write [m] assign add(mul(sin(%h[m]), %w[m]), mul(%x[i, j], %w[j]))
      output %n as "h"
    }
    output %k as "h"
  }
  output %h as "h"
})"},
      {"a_triangle", 1, {{"N", 4}}, R"(
function triangle(N) {
  input %x: f64[N]
  %zero: f64 = compute [] write [] assign 0.0:f64
  %s: f64, %ys: f64[N] = loop t below N carried 1 (%zero, %x) function triangle(N, t) {
    fact t >= 0
    fact N - t - 1 >= 0
    input %s: f64
    input %x: f64[N]
    %p: f64 = compute [k: N] write [] where le(k, t) sum mul(%x[k], %x[k])
    %n: f64 = compute [] write [] assign add(%s, mul(%p, sin(%s)))
    %m: f64 = compute [] write [] assign add(%n, %p)
    output %m as "s"
    output %p as "ys"
  }
  output %s as "s"
  output %ys as "ys"
})"},
      {"a_value_with_the_counter_in_its_shape", 1, {{"N", 4}}, R"(
function growing(N) {
  input %x: f64[N]
  %zero: f64 = compute [] write [] assign 0.0:f64
  %s: f64 = loop t below N carried 1 (%zero, %x) function growing(N, t) {
    fact t >= 0
    fact N - t - 1 >= 0
    input %s: f64
    input %x: f64[N]
    %head: f64[t] = compute [k: t] write [k] assign sin(mul(%x[k], %s))
    %n: f64 = compute [k: t] write [] sum mul(%head[k], %x[k])
    %m: f64 = compute [] write [] assign add(%n, add(%s, %x[t]))
    output %m as "s"
  }
  output %s as "s"
})"},
      {"the_greatest_of_each_round", 1, {{"N", 3}, {"M", 4}}, R"(
function greatest(N, M) {
  fact M - 1 >= 0
  input %x: f64[N, M]
  %zero: f64 = compute [] write [] assign 0.0:f64
  %s: f64 = loop t below N carried 1 (%zero, %x) function greatest(N, M, t) {
    fact M - 1 >= 0
    fact t >= 0
    fact N - t - 1 >= 0
    input %s: f64
    input %x: f64[N, M]
    %y: f64[M] = compute [m: M] write [m] assign mul(%x[t, m], add(%s, 2.0:f64))
    %p: f64 = compute [m: M] write [] max %y[m]
    %n: f64 = compute [] write [] assign add(%s, %p)
    output %n as "s"
  }
  output %s as "s"
})"},
  };
}

}  // namespace kiln::transform
