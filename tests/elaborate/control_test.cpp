// What branches and loops become.
#include <gtest/gtest.h>

#include "elaborated.h"

namespace kiln::elaborate {
namespace {

TEST(ElaborateControl, ABranchGuardsWhatItComputesAndIsChosenFrom) {
  EXPECT_EQ(elaborated(R"(export fn branch(x: f32, n: i32) -> y: f32 {
  var v = x
  if n > 0 { v = exp(v) }
  y = v
})"),
            normalised(R"(function branch() {
  input %x: f32
  input %n: i32
  %condition: bool = compute [] write [] assign lt(0:i32, %n)
  %v: f32 = compute [] write [] where %condition assign exp(%x)
  %v#2: f32 = compute [] write [] assign select(%condition, %v, %x)
  output %v#2 as "y"
})"));
}

TEST(ElaborateControl, ADrawInABranchOfAnExpressionMovesTheStreamThereOnly) {
  EXPECT_EQ(elaborated(R"(export fn drawn(inout rng: Rng, c: bool) -> y: f32 {
  y = if c { let u: f32 = rng.uniform() return u } else { 0 }
})"),
            normalised(R"(function drawn() {
  input %rng: u64[2]
  input %c: bool
  %draw: f32 = compute [] write [] where %c
      assign mul(f32(shr(u64(random_bits(%rng[0], add(add(%rng[1], mul(u64(0), 1:u64)), 0:u64))),
        8:u64)), 5.9604645e-08)
  %rng#2: u64[2] = compute [i0: 2] write [i0] where %c
      assign select(eq(i0, 0), %rng[0], add(%rng[1], u64(1)))
  %rng#3: u64[2] = compute [i0: 2] write [i0] assign select(%c, %rng#2[i0], %rng[i0])
  %y: f32 = compute [] write [] assign select(%c, %draw, 0.0)
  output %rng#3 as "rng"
  output %y as "y"
})"));
}

TEST(ElaborateControl, ShortLoopsAreWrittenOut) {
  EXPECT_EQ(elaborated(R"(export fn unrolled(x: f32) -> y: f32 {
  var v = x
  for t in 0..2 { v = v * f32(t + 3) }
  y = v
})"),
            normalised(R"(function unrolled() {
  input %x: f32
  %v: f32 = compute [] write [] assign mul(%x, 3.0)
  %v#2: f32 = compute [] write [] assign mul(%v, 4.0)
  output %v#2 as "y"
})"));
}

}  // namespace
}  // namespace kiln::elaborate
