// A physics-informed network for Burgers' equation: derivatives by t and x, the second by x, within the loss
// that is differentiated by the weights. Trained by Adam in compiled code the loss falls a hundredfold.
#include <gtest/gtest.h>

#include <chrono>

#include "../programs/ways.h"

namespace kiln::derivatives {
namespace {

/// `count` numbers in low..high, spread evenly and in no order.
tests::RecordedTensor spread(int64_t count, double low, double high, int64_t stride) {
  tests::RecordedTensor tensor{{count}, {}, 1};
  for (int64_t i = 0; i < count; ++i)
    tensor.values.push_back(low + (high - low) * static_cast<double>(i * stride % count) /
                                      static_cast<double>(count - 1));
  return tensor;
}

TEST(Burgers, TheLossOfTheNetworkFallsAHundredfold) {
  const auto begin = std::chrono::steady_clock::now();
  const tests::Program program(KILN_SOURCE_DIR "/tests/derivatives/programs/burgers.model");
  ASSERT_EQ(program.problem(), "");
  const std::chrono::duration<double> compiling = std::chrono::steady_clock::now() - begin;
  tests::Case one;
  one.function = "train_step";
  one.arguments = {{"t", spread(128, 0, 1, 37)},    {"x", spread(128, -1, 1, 1)},
                   {"start", spread(32, -1, 1, 1)}, {"times", spread(32, 0, 1, 1)},
                   {"nu", {{}, {0.1}, 1}},          {"lr", {{}, {0.005}, 1}}};
  one.training = tests::Training{"loss", 2000, 0.01};
  tools::CallValues before;
  ASSERT_EQ(program.arguments_of(one, before), "");
  const tests::Outcome interpreted = program.interpret(one, before);
  const tests::Outcome compiled = program.call_symbolic(one, before, 1);
  ASSERT_EQ(interpreted.message + compiled.message, "");
  double first = 0, last = 0;
  const tests::Outcome trained = program.train(one, before, first, last);
  ASSERT_EQ(trained.message, "");
  const elaborate::Function& function = program.function_of(one);
  for (size_t i = 0; i < function.arguments.size(); ++i)
    if (function.arguments[i].name == "loss") {
      EXPECT_NEAR(interpreted.values.arguments[i].at(0).at(0).real, first, 1e-4 * first);
    }
  EXPECT_LT(last, 0.01 * first) << "from " << first << " to " << last;
  RecordProperty("first", std::to_string(first));
  RecordProperty("last", std::to_string(last));
  RecordProperty("compiling_seconds", std::to_string(compiling.count()));
}

}  // namespace
}  // namespace kiln::derivatives
