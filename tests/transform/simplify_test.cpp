#include "transform/simplify.h"

#include <gmock/gmock.h>

#include "harness.h"
#include "transform/remove_dead.h"
#include "transform/share_subexpressions.h"
#include "transform/specialise_dims.h"

namespace kiln::transform {
namespace {

using testing::HasSubstr;
using testing::Not;

/// The function of these lines, simplified, without what is dead.
std::string simplified(const std::string& lines) {
  const graph::Function simple = simplify(parse("function f(N, M) {\nfact N - 1 >= 0\n" + lines + "\n}"));
  return printed(remove_dead(simple));
}

TEST(Simplify, ReadsThroughViews) {
  const std::string text = simplified(R"(
  input %x: f32[N, M]
  %t: f32[M, N] = compute [j: M, i: N] write [j, i] assign %x[i, j]
  %r: f32[N] = compute [k: N] write [k] assign %t[0, sub({N - 1}, k)]
  %y: f32[N] = compute [i: N] write [i] assign exp(%r[i])
  output %y as "y")");
  EXPECT_THAT(text, HasSubstr("exp(%x[sub({N - 1}, i), 0])"));
  EXPECT_THAT(text, Not(HasSubstr("%t")));
}

TEST(Simplify, LeavesComputedMapsToFusion) {
  EXPECT_THAT(simplified(R"(
  input %x: f32[N]
  %e: f32[N] = compute [i: N] write [i] assign exp(%x[i])
  %y: f32[N] = compute [i: N] write [i] assign add(1.0, %e[i])
  output %y as "y")"),
              HasSubstr("add(1.0, %e[i])"));
}

TEST(Simplify, DropsGuardsThatTheRangesImply) {
  EXPECT_THAT(simplified(R"(
  input %x: f32[N]
  %y: f32[N] = compute [i: N, k: N] write [i] where le(0, i), lt(k, add(N, i)), le(k, i) sum %x[k]
  output %y as "y")"),
              HasSubstr("write [i] where le(k, i) sum %x[k]"));
}

TEST(Simplify, DecidesSelectsUnderTheirConditions) {
  EXPECT_THAT(simplified(R"(
  input %x: f32[N]
  %y: f32[N] = compute [i: N] write [i] assign
    select(lt(0, i), select(le(1, i), %x[sub(i, 1)], 7.0), select(lt(i, N), 3.0, 5.0))
  output %y as "y")"),
              HasSubstr("assign select(le(1, i), %x[sub(i, 1)], 3.0)"));
}

TEST(Simplify, SeesTheElseBranchUnderTheOppositeCondition) {
  EXPECT_THAT(simplified(R"(
  input %x: f32[N]
  %y: f32[N] = compute [i: N] write [i] assign
    select(lt(i, 3), 1.0, select(lt(i, 5), 2.0, select(le(i, 2), 3.0, %x[i])))
  output %y as "y")"),
              HasSubstr("assign select(lt(i, 3), 1.0, select(lt(i, 5), 2.0, %x[i]))"));
}

TEST(Simplify, ImpossibleGuardLeavesTheNeutralElement) {
  EXPECT_THAT(simplified(R"(
  input %x: f32[N]
  %y: f32[N] = compute [i: N, k: N] write [i] where lt(add(k, N), i) prod %x[k]
  output %y as "y")"),
              HasSubstr("assign 1.0"));
}

TEST(Simplify, SelectAtTheRootOfASumBecomesItsGuard) {
  EXPECT_THAT(simplified(R"(
  input %x: f32[N]
  input %w: f32[M]
  %y: f32[N] = compute [i: N, k: M] write [i]
    sum mul(select(and(le(0, sub(i, k)), lt(sub(i, k), N)), %x[sub(i, k)], 0.0), %w[k])
  output %y as "y")"),
              HasSubstr("write [i] where le(k, i) sum mul(%x[sub(i, k)], %w[k])"));
}

TEST(Simplify, EqualityWithDataBecomesARead) {
  EXPECT_THAT(simplified(R"(
  input %x: f32[N, M]
  input %p: i32[N] in 0..M
  %y: f32[N] = compute [i: N, j: M] write [i] where eq(j, i64(%p[i])) sum %x[i, j]
  output %y as "y")"),
              HasSubstr("compute [i: N] write [i] assign %x[i, i64(%p[i])]"));
}

TEST(Simplify, EqualityWithDataOfUnknownRangeIsGuarded) {
  EXPECT_THAT(simplified(R"(
  input %x: f32[N, M]
  input %p: i32[N]
  %y: f32[N] = compute [i: N, j: M] write [i] where eq(i32(j), %p[i]) sum %x[i, j]
  output %y as "y")"),
              HasSubstr("select(and(le(0, i64(%p[i])), lt(i64(%p[i]), M)), %x[i, i64(%p[i])], 0.0)"));
}

TEST(Simplify, EliminatedIndexMustHaveHadValues) {
  EXPECT_THAT(
      simplified(R"(
  input %x: f32[N]
  %y: f32[N] = compute [i: N, j: M] write [i] where eq(j, 0) sum %x[i]
  %z: f32[N] = compute [i: N, j: N] write [i] where eq(j, 0) sum %x[i]
  output %y as "y"
  output %z as "z")"),
      testing::AllOf(HasSubstr("%y: f32[N] = compute [i: N] write [i] assign select(lt(0, M), %x[i], 0.0)"),
                     HasSubstr("%z: f32[N] = compute [i: N] write [i] assign %x[i]")));
}

TEST(Simplify, WhatWasSafeForAnIndexIsGuardedWhereThatIsEliminated) {
  EXPECT_THAT(simplified(R"(
  input %z: f32[M]
  input %w: f32[N]
  input %p: i32 in -1..M
  %y: f32 = compute [j: M] write [] where lt(0.125, %z[0]), eq(j, i64(%p)) sum %z[j]
  %x: f32 = compute [j: M] write [] where lt(0.125, %w[0]), eq(j, i64(%p)) sum %z[j]
  output %y as "y"
  output %x as "x")"),
              testing::AllOf(
                  HasSubstr("select(and(and(lt(0, M), lt(0.125, %z[0])), le(0, i64(%p))), %z[i64(%p)], 0.0)"),
                  HasSubstr("select(and(lt(0.125, %w[0]), le(0, i64(%p))), %z[i64(%p)], 0.0)")));
}

TEST(Simplify, WhatTheSolutionOfAnEqualityReadsIsGuardedToo) {
  EXPECT_THAT(simplified(R"(
  input %z: f32[M]
  input %p: i32[M] in -1..M
  %y: f32 = compute [j: M] write [] where eq(j, i64(%p[0])) sum %z[j]
  output %y as "y")"),
              HasSubstr("select(and(lt(0, M), le(0, i64(%p[0]))), %z[i64(%p[0])], 0.0)"));
}

TEST(Simplify, EqualityBetweenWrittenIndicesStays) {
  EXPECT_THAT(simplified(R"(
  input %x: f32[N]
  %y: f32[N, N] = compute [i: N, j: N] write [i, j] where eq(i, j) sum %x[i]
  output %y as "y")"),
              HasSubstr("assign select(eq(i, j), %x[i], 0.0)"));
}

TEST(Simplify, UnmentionedIndexBecomesAFactor) {
  EXPECT_THAT(simplified(R"(
  input %x: f32[N]
  %y: f32[N] = compute [i: N, j: N] write [i] sum %x[i]
  %e: f32[N] = compute [i: N, j: M] write [i] sum %x[i]
  %z: f32[N] = compute [i: N, j: N] write [i] max %x[i]
  %w: f32[N] = compute [i: N, j: M] write [i] max %x[i]
  output %y as "y"
  output %e as "e"
  output %z as "z"
  output %w as "w")"),
              testing::AllOf(HasSubstr("%y: f32[N] = compute [i: N] write [i] assign mul(%x[i], f32(N))"),
                             HasSubstr("assign select(lt(0, M), mul(%x[i], f32(M)), 0.0)"),
                             HasSubstr("%z: f32[N] = compute [i: N] write [i] assign %x[i]"),
                             HasSubstr("%w: f32[N] = compute [i: N, j: M] write [i] max %x[i]")));
}

/// The guard was decided for points that there are: where there are none, it must not be read either.
TEST(Simplify, WhatKeepsASumFromBeingEmptyStandsBeforeItsGuard) {
  EXPECT_THAT(simplified(R"(
  input %x: f32[M]
  input %v: f32[2]
  %y: f32[2] = compute [i: 2, b: M] write [i]
      where lt(1.0, select(and(le(1, i), lt(i, {M + 1})), %x[sub(i, 1)], 0.0)) sum %v[i]
  output %y as "y")"),
              HasSubstr("select(and(lt(0, M), lt(1.0, select(le(1, i), %x[sub(i, 1)], 0.0)))"));
}

TEST(Simplify, QuotientsOfIndicesAreResolvedByTheirRanges) {
  EXPECT_THAT(simplified(R"(
  input %x: f32[N, 4]
  %flat: f32[4*N] = compute [i: 4*N] write [i] assign %x[quot(i, 4), rem(i, 4)]
  %y: f32[N] = compute [i: N, j: 4] write [i] sum %flat[add(mul(4, i), j)]
  output %y as "y")"),
              HasSubstr("sum %x[i, j]"));
}

TEST(Simplify, WrittenIndicesComeFirst) {
  EXPECT_THAT(simplified(R"(
  input %x: f32[N, M]
  %y: i32[M] = compute [i: N, j: M] write [j] argmax[i] %x[i, j]
  output %y as "y")"),
              HasSubstr("compute [j: M, i: N] write [j] argmax[i] %x[i, j]"));
}

TEST(Simplify, PlacesHaveTheRangeOfTheirIndex) {
  EXPECT_THAT(simplified(R"(
  input %x: f32[N, M]
  %first: i32 = compute [i: N] write [] argmax[i] %x[i, 0]
  %maybe: i32 = compute [i: N, j: M] write [] argmin[i] %x[i, j]
  output %first as "first"
  output %maybe as "maybe")"),
              testing::AllOf(HasSubstr("%first: i32 in 0..N ="), HasSubstr("%maybe: i32 in -1..N =")));
}

TEST(Simplify, SumOfZerosIsZero) {
  EXPECT_THAT(simplified(R"(
  %z: f32[N] = compute [i: N] write [i] assign 0.0
  %y: f32[M] = compute [j: M, i: N] write [j] sum %z[i]
  output %y as "y")"),
              HasSubstr("assign 0.0"));
}

TEST(ShareSubexpressions, EqualNodesBecomeOne) {
  const graph::Function f = parse(R"(
function f(N) {
  input %x: f32[N]
  %a: f32[N] = compute [i: N] write [i] assign exp(%x[i])
  %b: f32[N] = compute [other: N] write [other] assign exp(%x[other])
  %s: f32[N], %p: i32[N] in 0..N = sort %a
  %t: f32[N], %q: i32[N] in 0..N = sort %b
  %y: f32[N] = compute [i: N] write [i] assign mul(%s[i], %t[i])
  output %y as "y"
  output %q as "q"
})");
  const std::string text = printed(share_subexpressions(f));
  EXPECT_THAT(text, HasSubstr("mul(%s[i], %s[i])"));
  EXPECT_THAT(text, HasSubstr("output %p as \"q\""));
  EXPECT_THAT(text, Not(HasSubstr("%b")));
}

TEST(ShareSubexpressions, DifferentReducersAndExtentsStayApart) {
  const graph::Function f = parse(R"(
function f(N) {
  input %x: f32[N, N]
  %a: f32[N] = compute [i: N, j: N] write [i] sum %x[i, j]
  %b: f32[N] = compute [i: N, j: N] write [i] max %x[i, j]
  %c: f32[N] = compute [i: N, j: min(N, 2)] write [i] sum %x[i, j]
  output %a as "a"
  output %b as "b"
  output %c as "c"
})");
  EXPECT_EQ(count_computes(share_subexpressions(f)), 3u);
}

TEST(RemoveDead, KeepsOutputsChecksAndPrints) {
  const graph::Function f = parse(R"(
function f(N) {
  input %x: f32[N]
  input %unused: f32
  %dead: f32[N] = compute [i: N] write [i] assign exp(%x[i])
  %live: f32[N] = compute [i: N] write [i] assign log(%x[i])
  %good: bool = compute [i: N] write [] all lt(0.0, %x[i])
  check assertion %good message "positive"
  print "x" %live
})");
  const std::string text = printed(remove_dead(f));
  EXPECT_THAT(text, Not(HasSubstr("%dead")));
  EXPECT_THAT(text, testing::AllOf(HasSubstr("%live"), HasSubstr("check assertion %good"), HasSubstr("print"),
                                   HasSubstr("input %unused")));
}

TEST(SpecialiseDims, PutsConstantsEverywhere) {
  const graph::Function f = parse(R"(
function f(B, N) {
  fact N - 2 >= 0
  fact N - B >= 0
  input %x: f32[B, N]
  input %i: i32[B] in 0..N
  %s: f32[B, N], %p: i32[B, N] in 0..N = sort %x
  %y: f32[B] = compute [b: B, n: N] write [b] where lt(n, {N - 1}) sum mul(%s[b, n], f32(N))
  output %y as "y"
})");
  const std::string text = printed(specialise_dims(f, {{"N", 8}}));
  EXPECT_THAT(text, testing::AllOf(HasSubstr("function f(B)"), HasSubstr("fact 8 - B >= 0"),
                                   HasSubstr("input %i: i32[B] in 0..8"), HasSubstr("f32[B, 8]"),
                                   HasSubstr("where lt(n, 7) sum mul(8.0, %s[b, n])")));
  EXPECT_THAT(text, Not(HasSubstr("N")));
}

/// Extents in a loop may have a value only where a round is made.
TEST(SpecialiseDims, LeavesOutLoopsWithoutRounds) {
  const graph::Function f = parse(R"(function f(N, M) {
  input %x: f32[N]
  input %n: i64
  %s: f32[N], %rows: f32[M, N], %made: i64 = loop t below M rounds %n carried 1 (%x) function body(N, M, t) {
    fact t >= 0
    fact M - t - 1 >= 0
    input %s: f32[N]
    %b: f32[M - 1] = compute [i: M - 1] write [i] assign f32(i)
    %r: f32 = compute [i: M - 1] write [] sum %b[i]
    %next: f32[N] = compute [i: N] write [i] assign add(%s[i], %r)
    output %next as "s"
    output %next as "rows"
  }
  output %s as "s"
  output %rows as "rows"
  output %made as "made"
})");
  const graph::Function specialised = specialise_dims(f, {{"M", 0}});
  EXPECT_EQ(graph::verify(specialised), std::nullopt);
  EXPECT_THAT(printed(specialised), Not(HasSubstr("loop")));
  const graph::Tensor x(ElementType::f32, {3}), n(ElementType::i64, {});
  const auto given = graph::interpret(specialised, {{"N", 3}}, {x, n});
  const auto expected = graph::interpret(f, {{"N", 3}, {"M", 0}}, {x, n});
  const auto &results = std::get<std::vector<graph::Tensor>>(given),
             &wanted = std::get<std::vector<graph::Tensor>>(expected);
  ASSERT_EQ(results.size(), wanted.size());
  for (size_t i = 0; i < results.size(); ++i) {
    EXPECT_EQ(results[i].extents, wanted[i].extents);
    EXPECT_EQ(results[i].data, wanted[i].data);
  }
}

}  // namespace
}  // namespace kiln::transform
