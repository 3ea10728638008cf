#include <gtest/gtest.h>

#include "check_program.h"
#include "fuse/plan.h"

namespace kiln::kernel {
namespace {

TEST(Contractions, OfAllLayoutsWithEpilogue) {
  for (const int64_t b : {1, 3, 40})
    expect_same(R"(function f(B) {
      input %x: f32[B, 37]
      input %w: f32[50, 37]
      input %bias: f32[50]
      input %v: f32[50, 21]
      %s: f32[B, 50] = compute [b: B, o: 50, i: 37] write [b, o] sum mul(%x[b, i], %w[o, i])
      %h: f32[B, 50] = compute [b: B, o: 50] write [b, o] assign max(add(%s[b, o], %bias[o]), 0.0)
      %y: f32[B, 21] = compute [b: B, j: 21, o: 50] write [b, j] sum mul(%h[b, o], %v[o, j])
      %g: f32[50, 37] = compute [o: 50, i: 37, b: B] write [o, i] sum mul(%h[b, o], %x[b, i])
      output %h as "h"
      output %y as "y"
      output %g as "g" })",
                {.dims = {{"B", b}}});
}

TEST(InPlace, AMapWritesOverItsOperand) {
  const Program program = expect_same(R"(function f(N) {
    input %p: f32[N]
    input %m: f32[N]
    input %g: f32[N]
    %m1: f32[N] = compute [i: N] write [i] assign add(mul(%m[i], 0.9), mul(%g[i], 0.1))
    %p1: f32[N] = compute [i: N] write [i] assign sub(%p[i], mul(%m1[i], 0.01))
    output %p1 as "p"
    output %m1 as "m" })",
                                      {.dims = {{"N", 100}}, .inout = {{"p", "p"}, {"m", "m"}}});
  EXPECT_EQ(program.kernels.size(), 1u);
  for (const Buffer& buffer : program.buffers) EXPECT_EQ(buffer.scope, Scope::argument);
}

TEST(InPlace, WaitsForOtherReadersOfTheOldValue) {
  expect_same(R"(function f(N) {
    input %w: f32[N, N]
    input %x: f32[N]
    %w1: f32[N, N] = compute [i: N, j: N] write [i, j] assign mul(%w[i, j], 0.5)
    %y: f32[N] = compute [i: N, j: N] write [i] sum mul(%w[i, j], %x[j])
    output %w1 as "w"
    output %y as "y" })",
              {.dims = {{"N", 33}}, .inout = {{"w", "w"}}});
}

TEST(InPlace, GoesThroughATemporaryWhereItMust) {
  expect_same(R"(function f(N) {
    input %a: f32[N]
    input %b: f32[N]
    input %c: f32[N, N]
    %turned: f32[N] = compute [i: N] write [i] assign %a[sub(sub(N, 1), i)]
    %t: f32[N, N] = compute [i: N, j: N] write [i, j] assign %c[j, i]
    output %turned as "a"
    output %t as "c" })",
              {.dims = {{"N", 18}}, .inout = {{"a", "a"}, {"c", "c"}}});
}

TEST(InPlace, TwoArgumentsMayChangePlaces) {
  expect_same(R"(function f(N) {
    input %a: f32[N]
    input %b: f32[N]
    output %b as "a"
    output %a as "b" })",
              {.dims = {{"N", 18}}, .inout = {{"a", "a"}, {"b", "b"}}});
}

TEST(Outputs, MayBeInputsConstantsOrTheSameValueTwice) {
  expect_same(R"(function f(N) {
    input %a: f32[N]
    %k: i32[3] = constant [1, 2, 3]
    %d: f32[N] = compute [i: N] write [i] assign exp(%a[i])
    output %a as "a"
    output %k as "k"
    output %d as "d"
    output %d as "e" })",
              {.dims = {{"N", 18}}});
}

TEST(Targets, ShareKernelsAndBuffers) {
  const graph::Function function = read_graph(R"(function f(B) {
    input %x: f32[B, 37]
    input %w: f32[50, 37]
    %s: f32[B, 50] = compute [b: B, o: 50, i: 37] write [b, o] sum mul(%x[b, i], %w[o, i])
    %y: f32[B] = compute [b: B, o: 50] write [b] sum %s[b, o]
    output %y as "y" })");
  const fuse::Plan plan = fuse::plan(function, bindings_of(function));
  const Program worst = schedule(plan, x86_64_v3()), best = schedule(plan, x86_64_v4());
  ASSERT_EQ(worst.kernels.size(), best.kernels.size());
  for (size_t i = 0; i < worst.kernels.size(); ++i)
    EXPECT_EQ(worst.kernels[i].serial, best.kernels[i].serial);
  const std::vector<Buffer> shared = shared_buffers({&worst, &best});
  EXPECT_EQ(shared.size(), std::max(worst.buffers.size(), best.buffers.size()));
  for (const Program* program : {&worst, &best})
    for (size_t i = 0; i < program->buffers.size(); ++i) {
      EXPECT_EQ(shared[i].scope, program->buffers[i].scope);
      for (const int64_t b : {1, 100})
        EXPECT_GE(*shared[i].bytes().evaluate({{"B", b}}), *program->buffers[i].bytes().evaluate({{"B", b}}));
    }
}

TEST(Checks, ComeBeforeWritesToArgumentsAndBeforeReadsThroughData) {
  const graph::Function function = read_graph(R"(function f(N) {
    input %p: f32[N]
    input %table: f32[4]
    input %place: i32[N]
    %least: i64 = compute [i: N] write [] min i64(%place[i])
    %greatest: i64 = compute [i: N] write [] max i64(%place[i])
    check index %least, %greatest < 4 of "table" axis 0
    %z: f32[N] = compute [i: N] write [i] assign %table[i64(%place[i])]
    %p1: f32[N] = compute [i: N] write [i] assign mul(%p[i], 2.0)
    %total: f32 = compute [i: N] write [] sum %z[i]
    %good: bool = compute [] write [] assign lt(%total, 1000.0)
    check assertion %good message "total is small"
    output %p1 as "p" })");
  const fuse::Plan plan = fuse::plan(function, bindings_of(function, {{"p", "p"}}));
  uint32_t writer = 0, reader = 0;
  for (uint32_t group = 0; group < plan.groups.size(); ++group)
    for (const graph::ValueId member : plan.groups[group].members) {
      if (plan.function[member].name == "p1") writer = group;
      if (plan.function[member].name == "total") reader = group;
    }
  ASSERT_EQ(plan.checks.size(), 2u);
  EXPECT_LT(plan.checks[0].after_group, reader);
  EXPECT_LT(plan.checks[1].after_group, writer);
}

}  // namespace
}  // namespace kiln::kernel
