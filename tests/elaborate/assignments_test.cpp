// What assignments become.
#include <gtest/gtest.h>

#include "elaborated.h"

namespace kiln::elaborate {
namespace {

TEST(ElaborateAssignments, AShiftedAssignmentIsSolvedForItsCells) {
  EXPECT_EQ(elaborated(R"(export fn solved(x: f32[N], y: f32[N]) -> z: f32[N] where N >= 2 {
  z = x
  z[i: 1..N] += y[i - 1]
})"),
            normalised(R"(function solved(N) {
  fact N - 2 >= 0
  input %x: f32[N]
  input %y: f32[N]
  %z: f32[N] = compute [i0: N] write [i0]
      assign select(and(le(0, sub(i0, 1)), lt(sub(i0, 1), {N - 1})), add(%x[i0], %y[sub(add(1,
        sub(i0, 1)), 1)]), %x[i0])
  output %z as "z"
})"));
}

TEST(ElaborateAssignments, AJoinedAxisIsAStore) {
  EXPECT_EQ(elaborated(R"(export fn joined(x: f32[H, W]) -> y: f32[H * W] { y[(i, j)] = x[i, j] })"),
            normalised(R"(function joined(H, W) {
  input %x: f32[H, W]
  %1: f32[H*W] = compute [i: H, j: W] write [add(mul(i, W), j)] assign %x[i, j]
  output %1 as "y"
})"));
}

TEST(ElaborateAssignments, PlacesFromDataAddUp) {
  EXPECT_EQ(elaborated(R"(export fn scattered(x: f32[N], p: i32[N]) -> z: f32[4] {
  z[k] = 0
  z[p[i]] += x[i]
})"),
            normalised(R"(function scattered(N) {
  input %x: f32[N]
  input %p: i32[N]
  %least_index: i64 = compute [i: N] write [] min i64(%p[i])
  %greatest_index: i64 = compute [i: N] write [] max i64(%p[i])
  check index %least_index, %greatest_index < 4 of "z" axis 0 at "test.model:3:5"
  %4: f32[4] = compute [i: N] write [i64(%p[i])] sum %x[i]
  %z: f32[4] = compute [i0: 4] write [i0] assign add(0.0, %4[i0])
  output %z as "z"
})"));
}

TEST(ElaborateAssignments, OfSeveralWritesTheLastWins) {
  EXPECT_EQ(elaborated(R"(export fn last(x: f32[N], p: i32[N], old: f32[4]) -> z: f32[4] {
  z = old
  z[p[i]] = x[i]
})"),
            normalised(R"(function last(N) {
  input %x: f32[N]
  input %p: i32[N]
  input %old: f32[4]
  %least_index: i64 = compute [i: N] write [] min i64(%p[i])
  %greatest_index: i64 = compute [i: N] write [] max i64(%p[i])
  check index %least_index, %greatest_index < 4 of "z" axis 0 at "test.model:3:5"
  %5: f32[4] = compute [i: N] write [i64(%p[i])] last %x[i]
  %6: bool[4] = compute [i: N] write [i64(%p[i])] any true
  %z: f32[4] = compute [i0: 4] write [i0] assign select(%6[i0], %5[i0], %old[i0])
  output %z as "z"
})"));
}

}  // namespace
}  // namespace kiln::elaborate
