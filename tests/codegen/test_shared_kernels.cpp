#include "codegen/shared_kernels.h"

#include <gmock/gmock.h>

#include "fuse/plan.h"
#include "graph/text.h"
#include "kernel/schedule.h"

namespace kiln::codegen::test {
namespace {

using testing::ElementsAre;

kernel::Program program_of(const std::string& text, const fuse::Bindings& bindings) {
  return kernel::schedule(fuse::plan(std::get<graph::Function>(graph::read(text)), bindings),
                          kernel::x86_64_v3());
}

SharedKernels share(const std::vector<kernel::Program>& programs) {
  static const std::string name = "f";
  std::vector<NamedProgram> named;
  for (const kernel::Program& program : programs) named.push_back({&program, &name});
  return share_kernels(named, *target_named("x86-64-v3"));
}

/// One matrix product c = a b; `dims` are all dims of the function, `m`, `k` and `n` those of the matrices.
kernel::Program product(const std::string& dims, const std::string& m, const std::string& k,
                        const std::string& n) {
  return program_of("function f(" + dims + ") {\n" +  //
                        "  input %a: f32[" + m + ", " + k +
                        "]\n"  //
                        "  input %b: f32[" +
                        k + ", " + n +
                        "]\n"  //
                        "  %c: f32[" +
                        m + ", " + n + "] = compute [i: " + m + ", j: " + n + ", l: " + k +
                        "] write [i, j] sum mul(%a[i, l], %b[l, j])\n"  //
                        "  output %c as \"c\"\n}",
                    {3, {0, 1}, {2}});
}

TEST(SharedKernels, AreOneWhateverTheDimsAreCalledAndWhereTheyStand) {
  const SharedKernels shared =
      share({product("M, K, N", "M", "K", "N"), product("T, C, A, B", "A", "B", "C")});
  ASSERT_EQ(shared.different.size(), 1);
  const ImageCode& first = shared.uses.at(0).at(0);
  const ImageCode& second = shared.uses.at(1).at(0);
  EXPECT_EQ(first.symbol, second.symbol);
  EXPECT_EQ(first.buffers, second.buffers);
  // What the first takes at a position of the code, the second takes there too: M is A, K is B, N is C.
  const uint32_t same[] = {2, 3, 1};
  ASSERT_EQ(first.dims.size(), 3);
  for (size_t i = 0; i < first.dims.size(); ++i) EXPECT_EQ(same[first.dims[i]], second.dims.at(i));
}

TEST(SharedKernels, DifferWhereADimIsAnotherOrAConstant) {
  EXPECT_EQ(share({product("M, K, N", "M", "K", "N"), product("M, K", "M", "K", "K")}).different.size(), 2);
  EXPECT_EQ(share({product("M, K, N", "M", "K", "N"), product("M, K", "M", "K", "64")}).different.size(), 2);
}

TEST(SharedKernels, DoNotSeeWhetherMemoryIsTheCallersOrTheCallsOwn) {
  const SharedKernels shared = share({program_of(R"(function f(N) {
      input %a: f32[N, N]
      input %x: f32[N, N]
      %y: f32[N, N] = compute [i: N, j: N, k: N] write [i, j] sum mul(%a[i, k], %x[k, j])
      %z: f32[N, N] = compute [i: N, j: N, k: N] write [i, j] sum mul(%a[i, k], %y[k, j])
      %w: f32[N, N] = compute [i: N, j: N, k: N] write [i, j] sum mul(%a[i, k], %z[k, j])
      output %w as "w" })",
                                                 {3, {0, 1}, {2}})});
  ASSERT_EQ(shared.uses.at(0).size(), 3) << "a kernel for each product";
  EXPECT_EQ(shared.different.size(), 1);
  EXPECT_NE(shared.uses[0][0].buffers, shared.uses[0][1].buffers);
}

TEST(SharedKernels, AreNamedByWhatTheyDo) {
  const std::string alone = share({product("M, K, N", "M", "K", "N")}).different.at(0).symbol;
  const SharedKernels among = share({product("M, K", "M", "K", "K"), product("B, R, S", "B", "R", "S")});
  EXPECT_EQ(among.uses.at(1).at(0).symbol, alone);
  EXPECT_NE(among.uses.at(0).at(0).symbol, alone);
}

}  // namespace
}  // namespace kiln::codegen::test
