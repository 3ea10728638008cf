// What loops become that are not written out.
#include <gtest/gtest.h>

#include "elaborated.h"

namespace kiln::elaborate {
namespace {

TEST(ElaborateLoops, ALoopOverADimCarriesWhatItsBodyAssigns) {
  EXPECT_EQ(elaborated(R"(export fn prefix(x: f32[B, N]) -> y: f32[B, N] {
  var h: f32[B] = 0
  var ys: f32[B, N] = 0
  for t in 0..N {
    h[b] = h[b] + x[b, t]
    ys[:, t] = h
  }
  y = ys
})"),
            normalised(R"(function prefix(B, N) {
  input %x: f32[B, N]
  %h: f32[B] = compute [i0: B] write [i0] assign 0.0
  %ys: f32[B, N] = compute [i0: B, i1: N] write [i0, i1] assign 0.0
  %h#2: f32[B], %ys#2: f32[B, N] = loop t__0 below N carried 2 (%h, %ys, %x) function prefix(B, N, t__0) {
    fact t__0 >= 0
    fact N - t__0 - 1 >= 0
    input %h: f32[B]
    input %ys: f32[B, N]
    input %x: f32[B, N]
    %h#2: f32[B] = compute [i0: B] write [i0] assign add(%h[i0], %x[i0, t__0])
    %ys#2: f32[B, N] = compute [i0: B, i1: N] write [i0, i1] assign select(eq(i1, t__0), %h#2[i0], %ys[i0, i1])
    output %h#2 as "h"
    output %ys#2 as "ys"
  }
  output %ys#2 as "y"
})"));
}

TEST(ElaborateLoops, ARangeThatIsDataGivesTheNumberOfRoundsAndChecksWithinThem) {
  EXPECT_EQ(elaborated(R"(export fn first(x: f32[N], n: i32) -> s: f32 {
  var a: f32 = 0
  for i in 0..n { a += x[i] }
  s = a
})"),
            normalised(R"(function first(N) {
  input %x: f32[N]
  input %n: i32
  %a: f32 = compute [] write [] assign 0.0
  %rounds: i64 = compute [] write [] assign sub(i64(%n), 0)
  %a#2: f32, %i__0_rounds: i64 = loop i__0 rounds %rounds carried 1 (%a, %x) function first(N, i__0) {
    fact i__0 >= 0
    input %a: f32
    %least_index: i64 = compute [] write [] assign i__0
    %greatest_index: i64 = compute [] write [] assign i__0
    check index %least_index, %greatest_index < N of "x" axis 0 at "test.model:3:26"
    input %x: f32[N]
    %a#2: f32 = compute [] write [] assign add(%a, %x[i__0])
    output %a#2 as "a"
  }
  output %a#2 as "s"
})"));
}

TEST(ElaborateLoops, AWhileInAComprehensionRunsUntilNoPointGoesOn) {
  EXPECT_EQ(elaborated(R"(export fn root(a: f32[N]) -> y: f32[N] {
  y[i] = {
    var x = a[i]
    while x > 1 { x = 0.5 * x }
    return x
  }
})"),
            normalised(R"(function root(N) {
  input %a: f32[N]
  %condition: bool[N] = compute [i: N] write [i] assign lt(1.0, %a[i])
  %go_on: bool = compute [i: N] write [] any %condition[i]
  %x: f32[N], %active: bool[N], %round__1_rounds: i64 = loop round__1 while %go_on carried 2 (%a, %condition) function root(N, round__1) {
    fact round__1 >= 0
    input %x: f32[N]
    input %active: bool[N]
    %x#2: f32[N] = compute [i: N] write [i] where %active[i] assign mul(0.5, %x[i])
    %x#3: f32[N] = compute [i: N] write [i] assign select(%active[i], %x#2[i], %x[i])
    %condition: bool[N] = compute [i: N] write [i] where %active[i] assign lt(1.0, %x#3[i])
    %active#2: bool[N] = compute [i: N] write [i] assign and(%active[i], %condition[i])
    %go_on: bool = compute [i: N] write [] any %active#2[i]
    output %x#3 as "x"
    output %active#2 as "active"
    output %go_on as "go_on"
  }
  output %x as "y"
})"));
}

TEST(ElaborateLoops, ALoopInALiftedCallRunsOnceForAllPointsThatItDoesNotDependOn) {
  const std::string text = elaborated(R"(fn stepped(x: f32[N]) -> y: f32[N] {
  y = x
  for t in 0..N { y = 0.5 * y }
}
export fn scaled(x: f32[N]) -> y: f32[N] = x * stepped(x))");
  EXPECT_NE(text.find("%y: f32[N] = loop"), std::string::npos) << text;
  EXPECT_EQ(text.find("f32[N, N]"), std::string::npos) << text;
}

TEST(ElaborateLoops, AConditionAroundALoopDecidesWhetherItMakesRounds) {
  EXPECT_EQ(elaborated(R"(export fn chosen(x: f32[N], c: bool) -> s: f32 {
  var a: f32 = 0
  if c { for i in 0..N { a += x[i] } }
  s = a
})"),
            normalised(R"(function chosen(N) {
  input %x: f32[N]
  input %c: bool
  %a: f32 = compute [] write [] where %c assign 0.0
  %rounds: i64 = compute [] write [] assign select(%c, N, 0)
  %a#2: f32, %i__0_rounds: i64 = loop i__0 below N rounds %rounds carried 1 (%a, %x) function chosen(N, i__0) {
    fact i__0 >= 0
    fact N - i__0 - 1 >= 0
    input %a: f32
    input %x: f32[N]
    %a#2: f32 = compute [] write [] assign add(%a, %x[i__0])
    output %a#2 as "a"
  }
  %a#3: f32 = compute [] write [] assign select(%c, %a#2, 0.0)
  output %a#3 as "s"
})"));
}

TEST(ElaborateLoops, ACheckpointIsALoopOfOneRoundThatIsMadeAgain) {
  EXPECT_EQ(elaborated("export fn twice(x: f32[N]) -> y: f32[N] = checkpoint { exp(x) }"),
            normalised(R"(function twice(N) {
  input %x: f32[N]
  %value: f32[1, N] = loop checkpoint below 1 recompute carried 0 (%x) function twice(N, checkpoint) {
    fact checkpoint >= 0
    fact -checkpoint >= 0
    input %x: f32[N]
    %value: f32[N] = compute [i0: N] write [i0] assign exp(%x[i0])
    output %value as "value"
  }
  %y: f32[N] = compute [i0: N] write [i0] assign %value[0, i0]
  output %y as "y"
})"));
}

TEST(ElaborateLoops, ReverseDerivativesNeedALimitOfTheRounds) {
  EXPECT_EQ(elaborated(R"(export fn halved(x: f32) -> d: f32 {
  d = grad(x) {
    var h = x
    while h > 1 { h = 0.5 * h }
    return h
  }
})"),
            "E0605 a reverse derivative goes through a loop whose rounds nothing limits\n");
}

}  // namespace
}  // namespace kiln::elaborate
