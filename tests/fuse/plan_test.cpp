#include "fuse/plan.h"

#include <gtest/gtest.h>

#include <fmt/format.h>

#include "fuse/supported.h"
#include "graph/text.h"

namespace kiln::fuse {
namespace {

graph::Function read_graph(const std::string& text) {
  auto result = graph::read(text);
  if (const auto* error = std::get_if<graph::ReadError>(&result)) {
    ADD_FAILURE() << "line " << error->line << ": " << error->message;
    return {};
  }
  return std::get<graph::Function>(std::move(result));
}

/// Outputs take the memory of the input of the same name.
Plan plan_of(const std::string& text) {
  const graph::Function function = read_graph(text);
  Bindings bindings;
  for (size_t i = 0; i < function.inputs.size(); ++i) bindings.inputs.push_back(bindings.argument_count++);
  for (const std::string& name : function.output_names) {
    uint32_t number = UINT32_MAX;
    for (size_t i = 0; i < function.inputs.size(); ++i)
      if (function[function.inputs[i]].name == name) number = bindings.inputs[i];
    bindings.outputs.push_back(number == UINT32_MAX ? bindings.argument_count++ : number);
  }
  return plan(function, bindings);
}

std::string kinds(const Plan& plan) {
  std::string text;
  for (const Group& group : plan.groups) {
    constexpr std::string_view names[] = {"loops", "contraction", "sort", "copy"};
    text += (text.empty() ? "" : " ") + std::string(names[static_cast<size_t>(group.kind)]);
    text += "(" + std::to_string(group.members.size()) + ")";
  }
  return text;
}

TEST(Fusion, ChainsOfMapsAreOneKernelWithoutMemoryBetween) {
  const Plan plan = plan_of(R"(function f(N) {
    input %x: f32[N]
    %a: f32[N] = compute [i: N] write [i] assign exp(%x[i])
    %b: f32[N] = compute [i: N] write [i] assign add(%a[i], 1.0)
    %c: f32[N] = compute [i: N] write [i] assign tanh(%b[i])
    output %c as "c" })");
  EXPECT_EQ(kinds(plan), "loops(1)");
  EXPECT_TRUE(plan.arenas.empty());
}

TEST(Fusion, NormalisedRowsAreOneKernel) {
  const Plan plan = plan_of(R"(function f(B, C) {
    input %x: f32[B, C]
    %sum: f32[B] = compute [b: B, c: C] write [b] sum %x[b, c]
    %mean: f32[B] = compute [b: B] write [b] assign div(%sum[b], f32(C))
    %squares: f32[B] = compute [b: B, c: C] write [b] sum mul(sub(%x[b, c], %mean[b]), sub(%x[b, c], %mean[b]))
    %scale: f32[B] = compute [b: B] write [b] assign rsqrt(add(div(%squares[b], f32(C)), 1e-5))
    %y: f32[B, C] = compute [b: B, c: C] write [b, c] assign mul(sub(%x[b, c], %mean[b]), %scale[b])
    output %y as "y" })");
  EXPECT_EQ(plan.groups.size(), 1u);
  EXPECT_TRUE(plan.arenas.empty());
}

TEST(Fusion, LayersAreContractionsWithTheirEpilogues) {
  const Plan plan = plan_of(R"(function f(B) {
    input %x: f32[B, 30]
    input %w1: f32[20, 30]
    input %b1: f32[20]
    input %w2: f32[10, 20]
    %s: f32[B, 20] = compute [b: B, o: 20, i: 30] write [b, o] sum mul(%x[b, i], %w1[o, i])
    %t: f32[B, 20] = compute [b: B, o: 20] write [b, o] assign add(%s[b, o], %b1[o])
    %h: f32[B, 20] = compute [b: B, o: 20] write [b, o] assign max(%t[b, o], 0.0)
    %y: f32[B, 10] = compute [b: B, o: 10, i: 20] write [b, o] sum mul(%h[b, i], %w2[o, i])
    output %y as "y" })");
  EXPECT_EQ(kinds(plan), "contraction(2) contraction(1)");
  ASSERT_EQ(plan.arenas.size(), 1u);  // h
  EXPECT_EQ(plan.arenas[0].first_group, 0u);
  EXPECT_EQ(plan.arenas[0].last_group, 1u);
}

/// The sum of an older value and a product has two readers, each of which could make it from the two.
TEST(Fusion, WhatFollowsAProductIsWrittenInItsPlace) {
  const Plan plan = plan_of(R"(function f(B) {
    input %x: f32[B, 30]
    input %w: f32[30, 30]
    %p: f32[B, 30] = compute [b: B, o: 30, i: 30] write [b, o] sum mul(%x[b, i], %w[o, i])
    %h: f32[B, 30] = compute [b: B, o: 30] write [b, o] assign add(%x[b, o], %p[b, o])
    %m: f32[B] = compute [b: B, o: 30] write [b] sum %h[b, o]
    %y: f32[B, 30] = compute [b: B, o: 30] write [b, o] assign sub(%h[b, o], %m[b])
    output %y as "y" })");
  EXPECT_EQ(kinds(plan), "contraction(2) loops(2)");
  ASSERT_EQ(plan.arenas.size(), 1u);
  EXPECT_EQ(plan.arenas[0].name, "h");
}

TEST(Fusion, FactorsOfOneOperandAreComputedOnceForIt) {
  const Plan plan = plan_of(R"(function f(B) {
    input %x: f32[B, 30]
    input %d: f32[B, 20]
    input %n: f32[B]
    %s: f32[B, 20, 30] = compute [b: B, o: 20, i: 30] write [b, o, i] assign mul(mul(%d[b, o], %x[b, i]), exp(%n[b]))
    %g: f32[20, 30] = compute [o: 20, i: 30, b: B] write [o, i] sum %s[b, o, i]
    output %g as "g" })");
  EXPECT_EQ(kinds(plan), "loops(1) contraction(1)");
  EXPECT_EQ(plan.function.type_of(plan.groups[0].members[0]).shape,
            (std::vector<dim::Dim>{dim::Dim::symbol("B"), 20}));
}

/// An operand over all indices would be a second pass over as many points; under a guard its own points might
/// be outside of what is read.
TEST(Fusion, ProductsWithoutTwoOperandsStaySums) {
  for (const char* sum : {
           "sum mul(exp(mul(%x[b, i], %d[b, o])), %x[b, i])",
           "where lt(b, i64(%n[o])) sum mul(mul(%d[b, o], %x[b, i]), exp(%d[b, 0]))",
       }) {
    const Plan plan = plan_of(R"(function f(B) {
      input %x: f32[B, 30]
      input %d: f32[B, 20]
      input %n: i32[20]
      %g: f32[20, 30] = compute [o: 20, i: 30, b: B] write [o, i] )" +
                              std::string(sum) + "\noutput %g as \"g\" }");
    EXPECT_EQ(kinds(plan), "loops(1)") << sum;
  }
}

TEST(Fusion, ViewsDisappear) {
  const Plan plan = plan_of(R"(function f(B, T) {
    input %q: f32[B, T, 24]
    input %k: f32[B, T, 24]
    %qh: f32[B, 3, T, 8] = compute [b: B, h: 3, t: T, d: 8] write [b, h, t, d] assign %q[b, t, add(mul(h, 8), d)]
    %kh: f32[B, 3, T, 8] = compute [b: B, h: 3, t: T, d: 8] write [b, h, t, d] assign %k[b, t, add(mul(h, 8), d)]
    %s: f32[B, 3, T, T] = compute [b: B, h: 3, t: T, u: T, d: 8] write [b, h, t, u] sum mul(%qh[b, h, t, d], %kh[b, h, u, d])
    output %s as "s" })");
  EXPECT_EQ(kinds(plan), "contraction(1)");
  EXPECT_TRUE(plan.arenas.empty());
}

TEST(Fusion, AnUpdateFollowsTheGradientInPlace) {
  const Plan plan = plan_of(R"(function f(B) {
    input %w: f32[20, 30]
    input %m: f32[20, 30]
    input %x: f32[B, 30]
    input %d: f32[B, 20]
    %g: f32[20, 30] = compute [o: 20, i: 30, b: B] write [o, i] sum mul(%d[b, o], %x[b, i])
    %dx: f32[B, 30] = compute [b: B, i: 30, o: 20] write [b, i] sum mul(%d[b, o], %w[o, i])
    %m1: f32[20, 30] = compute [o: 20, i: 30] write [o, i] assign add(mul(%m[o, i], 0.9), %g[o, i])
    %w1: f32[20, 30] = compute [o: 20, i: 30] write [o, i] assign sub(%w[o, i], %m1[o, i])
    output %w1 as "w"
    output %m1 as "m"
    output %dx as "dx" })");
  EXPECT_EQ(kinds(plan), "contraction(1) contraction(3)");  // dx reads the old w first
  EXPECT_TRUE(plan.arenas.empty());
}

TEST(Fusion, WhatACycleForbidsStaysApart) {
  const Plan plan = plan_of(R"(function f(N) {
    input %x: f32[N]
    %a: f32[N] = compute [i: N] write [i] assign exp(%x[i])
    %s: f32 = compute [i: N] write [] sum %a[i]
    %y: f32[N] = compute [i: N] write [i] assign div(%a[i], %s)
    output %y as "y" })");
  for (size_t group = 1; group < plan.groups.size(); ++group)
    for (const graph::ValueId member : plan.groups[group].members)
      for (const graph::ValueId operand : graph::operands_of(plan.function, plan.function.node_of(member)))
        for (size_t later = group + 1; later < plan.groups.size(); ++later)
          for (const graph::ValueId other : plan.groups[later].members) EXPECT_NE(operand, other);
  EXPECT_GE(plan.groups.size(), 2u);
}

TEST(Fusion, ValuesWithSeveralReadersSayWhyTheyAreKept) {
  const Plan plan = plan_of(R"(function f(N) {
    input %x: f32[N, N]
    %e: f32[N, N] = compute [i: N, j: N] write [i, j] assign exp(%x[i, j])
    %r: f32[N] = compute [i: N, j: N] write [i] sum %e[i, j]
    %c: f32[N] = compute [j: N, i: N] write [j] sum %e[i, j]
    output %r as "r"
    output %c as "c" })");
  bool told = false;
  for (const Group& group : plan.groups)
    for (const std::string& note : group.notes) told = told || note.find("`e` is kept") != std::string::npos;
  EXPECT_TRUE(told);
}

TEST(Memory, OfWhatACheckLooksAtLastsUntilTheLaterOfTheTwoIsThere) {
  const Plan plan = plan_of(R"(function f(N) {
    input %i: i32[N]
    input %x: f32[N]
    %least: i64 = compute [n: N] write [] min i64(%i[n])
    %a: f32[N] = compute [n: N] write [n] assign exp(add(%x[n], f32(%least)))
    %s: f32 = compute [n: N] write [] sum %a[n]
    %b: f32[N] = compute [n: N] write [n] assign div(%a[n], %s)
    %t: f32 = compute [n: N] write [] sum %b[n]
    %greatest: i64 = compute [n: N] write [] max add(i64(%i[n]), i64(%t))
    check index %least, %greatest < 4 of "table" axis 0
    %y: f32[N] = compute [n: N] write [n] assign div(%b[n], %t)
    output %y as "y" })");
  ASSERT_EQ(plan.checks.size(), 1u);
  const graph::Check& check = plan.checks[0].check;
  for (const graph::ValueId looked_at : {check.subject, check.greatest}) {
    const Place& place = plan.places[looked_at.number];
    ASSERT_EQ(place.kind, Place::Kind::arena);
    EXPECT_GE(plan.arenas[place.number].last_group, plan.checks[0].after_group);
  }
  const Place& first = plan.places[check.subject.number];
  EXPECT_LT(plan.arenas[first.number].first_group, plan.checks[0].after_group);
}

TEST(Supported, StorageOnlyElementsAreNotYet) {
  const graph::Function function = read_graph(R"(function f(N) {
    input %x: f8e4m3[N]
    %y: f32[N] = compute [i: N] write [i] assign f32(%x[i])
    output %y as "y" })");
  const auto limit = first_unsupported(function);
  ASSERT_TRUE(limit.has_value());
  EXPECT_EQ(limit->what, "elements of type f8e4m3");
}

}  // namespace
}  // namespace kiln::fuse
