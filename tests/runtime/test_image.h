#pragma once

#include <cstdint>

/// What test_image.cpp describes, by hand, as a compiler would:
///
///   scale(x: f32[B, N], factor: f32) -> y: f32[B, N]
///   flatten(a: f32[B, H, W], b: i32[B]) -> out: f32[B, H * W] where H >= W, H / W <= 100   out = a + b,
///   flattened gather(table: f32[V, D], tokens: i32[T]) -> out: f32[T, D]                 tokens checked
///   apply(m: Net, x: f32[B, 4]) -> y: f32[B, 3]
///   train(inout m: Net, x: f32[B, 4], rate: f32) -> norm: f32                  asserts rate > 0
///   count(N: dim, inout rng: Rng) -> out: f32[N]                               N numbers from rng.counter on
///   chain(x: f32[N]) -> y: f32[N]                                              y = x + 4 through four arena
///   buffers window(x: f32[N]) -> y: f32[N - 3]                                         the first N - 3 model
///   Net { param weight: f32[3, 4], param bias: f32[3], state steps: i64, state mask: bool[2] } model Other {
///   param weight: f32[3] }
enum TestFunction : int32_t {
  scale,
  flatten,
  gather,
  apply,
  train,
  count,
  chain,
  window,
  init_net,
  init_other
};
enum TestModel : int32_t { net, other };
