// A library whose dims are constants (`kilnc build --dim`) is called like any other, and says which values it
// has.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "fixed_dims.h"

namespace {

class FixedDims : public testing::Test {
 protected:
  FixedDims() { EXPECT_EQ(fixed_dims_context_create(nullptr, &context_), KILN_OK); }
  ~FixedDims() override { fixed_dims_context_destroy(context_); }

  std::string message() const { return fixed_dims_context_message(context_); }

  kiln_context* context_ = nullptr;
};

/// x[b, n] = b + 10 * n for `halved`, and its result.
struct Halved {
  Halved(int64_t b, int64_t n, int64_t t) : x_extents{b, n}, y_extents{t, n} {
    for (int64_t i = 0; i < b; ++i)
      for (int64_t j = 0; j < n; ++j) x_values.push_back(static_cast<float>(i + 10 * j));
    y_values.assign(static_cast<size_t>(t * n), -1);
    x = KILN_TENSOR_INIT(x_values.data(), KILN_F32, 2, x_extents);
    y = KILN_TENSOR_INIT(y_values.data(), KILN_F32, 2, y_extents);
  }
  Halved(const Halved&) = delete;
  bool is_untouched() const { return y_values == std::vector<float>(y_values.size(), -1); }

  int64_t x_extents[2], y_extents[2];
  std::vector<float> x_values, y_values;
  kiln_tensor x, y;
};

const std::vector<float> halves_of_two_columns = {3, 33, 1.5F, 16.5F, 0.75F, 8.25F, 0.375F, 4.125F};

TEST_F(FixedDims, AreStillArguments) {
  Halved call(3, 2, 4);
  ASSERT_EQ(fixed_dims_halved(context_, &call.x, 4, &call.y), KILN_OK) << message();
  EXPECT_EQ(call.y_values, halves_of_two_columns);
}

TEST_F(FixedDims, RefuseOtherValues) {
  Halved rounds(3, 2, 5);
  EXPECT_EQ(fixed_dims_halved(context_, &rounds.x, 5, &rounds.y), KILN_INVALID_ARGUMENT);
  EXPECT_EQ(message(), "halved: needs T == 4, but T = 5");
  EXPECT_TRUE(rounds.is_untouched());
  Halved rows(2, 2, 4);
  EXPECT_EQ(fixed_dims_halved(context_, &rows.x, 4, &rows.y), KILN_INVALID_ARGUMENT);
  EXPECT_EQ(message(), "halved: needs B == 3, but B = 2");
  EXPECT_TRUE(rows.is_untouched());
  Halved result(3, 2, 5);
  EXPECT_EQ(fixed_dims_halved(context_, &result.x, 4, &result.y), KILN_INVALID_ARGUMENT);
  EXPECT_EQ(message(), "halved: y: expected f32[T, N] with N = 2 (from x), T = 4, got f32[5, 2]");
  EXPECT_TRUE(result.is_untouched());
}

/// As the header declares them: plans take all dims.
TEST_F(FixedDims, AreDimsOfPlans) {
  kiln_plan* plan = nullptr;
  EXPECT_EQ(fixed_dims_halved_plan(context_, 3, 2, 5, &plan), KILN_INVALID_ARGUMENT);
  EXPECT_EQ(message(), "halved: needs T == 4, but T = 5");
  EXPECT_EQ(fixed_dims_first_plan(context_, 3, &plan), KILN_INVALID_ARGUMENT);
  EXPECT_EQ(message(), "first: needs T == 4, but T = 3");
  ASSERT_EQ(fixed_dims_halved_plan(context_, 3, 2, 4, &plan), KILN_OK) << message();
  const int64_t bytes = fixed_dims_plan_workspace(plan);
  std::vector<char> memory(static_cast<size_t>(bytes) + 64);
  void* const workspace = memory.data() + (64 - reinterpret_cast<uintptr_t>(memory.data()) % 64) % 64;
  Halved call(3, 2, 4);
  EXPECT_EQ(fixed_dims_halved_run(plan, context_, &call.x, 4, &call.y, workspace, bytes), KILN_OK)
      << message();
  EXPECT_EQ(call.y_values, halves_of_two_columns);
  fixed_dims_plan_free(plan);
}

}  // namespace
