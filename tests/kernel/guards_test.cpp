#include <gtest/gtest.h>

#include <fmt/format.h>

#include "check_program.h"

namespace kiln::kernel {
namespace {

// A search by halves: each of 24 values says where the next one may read, which the same values guard.
TEST(Guards, OfAChainOfValuesAreComputedOnceForEachLink) {
  std::string text = R"(function f(N, M) {
    input %s: f32[N]
    input %x: f32[M]
    %p0: i32[M] = compute [i: M] write [i] assign 0:i32
)";
  for (int link = 0; link < 24; ++link) {
    const int step = 1 << (23 - link);
    text += fmt::format(
        "    %p{0}: i32[M] = compute [i: M] write [i] assign select(and(lt(i64(%p{1}[i]), {{N - {2}}}), "
        "lt(%s[add(i64(%p{1}[i]), {2})], %x[i])), add({3}:i32, %p{1}[i]), %p{1}[i])\n",
        link + 1, link, step - 1, step);
  }
  text += "    output %p24 as \"place\" }";
  for (const int64_t n : {0, 1, 37}) expect_same(text, {.dims = {{"N", n}, {"M", 21}}});
}

TEST(Guards, OfLanesBehindTheEndReadNothing) {
  for (const int64_t n : {1, 2, 5, 40})
    expect_same(R"(function f(N) {
      input %z: f64[N]
      %r: f64[N] = compute [i: N, k: 3] write [i] where le(k, i) sum mul(%z[sub(i, k)], add(0.5:f64, %z[k]))
      output %r as "r" })",
                {.dims = {{"N", n}}});
}

}  // namespace
}  // namespace kiln::kernel
