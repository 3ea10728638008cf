// What derivatives of loops keep and carry; that they are right is held by the cases of derivatives_test.
#include <gtest/gtest.h>

#include "harness.h"
#include "transform/expand_derivatives.h"

namespace kiln::transform {
namespace {

using graph::Function;
using graph::Loop;

std::vector<const Loop*> loops_of(const Function& function) {
  std::vector<const Loop*> loops;
  for (const graph::Node& node : function.nodes)
    if (const auto* loop = std::get_if<Loop>(&node.op)) loops.push_back(loop);
  return loops;
}

/// y = x, then T rounds of y = tanh(w y), each in a checkpoint or not.
std::string rounds(bool checkpoints) {
  const std::string step = R"(
    %m: f64[N] = compute [i: N, j: N] write [i] sum mul(%w[i, j], %y[j])
    %n: f64[N] = compute [i: N] write [i] assign tanh(sin(%m[i])))";
  const std::string checkpoint = R"(
    %ns: f64[1, N] = loop one below 1 recompute carried 0 (%y, %w) function body(T, N, t, one) {
      input %y: f64[N]
      input %w: f64[N, N] )" + step +
                                 R"(
      output %n as "n"
    }
    %n: f64[N] = compute [i: N] write [i] assign %ns[0, i])";
  return R"(
function rounds(T, N) {
  input %w: f64[N, N]
  input %x: f64[N]
  %y: f64[N] = loop t below T carried 1 (%x, %w) function body(T, N, t) {
    fact t >= 0
    fact T - t - 1 >= 0
    input %y: f64[N]
    input %w: f64[N, N] )" +
         (checkpoints ? checkpoint : step) + R"(
    output %n as "y"
  }
  %loss: f64 = compute [i: N] write [] sum mul(%y[i], %y[i])
  output %loss as "loss"
})";
}

TEST(LoopDerivatives, SumTheGradientOfAWeightOutsideOfTheLoop) {
  const Function reverse = reverse_of(parse(rounds(false)), 2, {0});
  const std::vector<const Loop*> loops = loops_of(reverse);
  ASSERT_EQ(loops.size(), 2u);
  EXPECT_FALSE(loops[0]->reversed);
  EXPECT_TRUE(loops[1]->reversed);
  EXPECT_EQ(loops[1]->carried_count, 1u) << "the cotangent of y alone";
}

TEST(LoopDerivatives, OfCheckpointsSaveWhatTheyRead) {
  const Function plain = reverse_of(parse(rounds(false)), 2, {0});
  const Function checkpointed = reverse_of(parse(rounds(true)), 2, {0});
  EXPECT_GE(loops_of(plain)[0]->stacked_count(), 2u);
  EXPECT_EQ(loops_of(checkpointed)[0]->stacked_count(), 1u) << "y before each round";
  const Dims dims = {{"T", 3}, {"N", 2}};
  Tensors inputs = random_inputs(plain, dims, 4);
  const Tensors a = run(plain, dims, inputs), b = run(checkpointed, dims, inputs);
  ASSERT_EQ(a.size(), b.size());
  for (size_t k = 0; k < a.size(); ++k)
    for (int64_t i = 0; i < a[k].count(); ++i) EXPECT_NEAR(a[k].at(i).real, b[k].at(i).real, 1e-13);
}

TEST(LoopDerivatives, ForwardCarryTheTangentsAndStackNothing) {
  const Function forward = forward_of(parse(rounds(false)), 2, {0});
  const std::vector<const Loop*> loops = loops_of(forward);
  ASSERT_EQ(loops.size(), 1u);
  EXPECT_EQ(loops[0]->carried_count, 2u);
  EXPECT_EQ(loops[0]->stacked_count(), 0u);
}

}  // namespace
}  // namespace kiln::transform
