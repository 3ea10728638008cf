#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>
#include <type_traits>

#include "kiln/kiln.hpp"

static_assert(__cplusplus == 201703L, "kiln.hpp is for C++17");

extern "C" const kiln_module_api* kiln_module(void);

namespace {

const int32_t scale = kiln_function_find(kiln_module(), "scale");
const int32_t net = 0, other = 1;

TEST(CppInterface, CallsThroughViews) {
  kiln::context context(kiln_module());
  std::vector<float> x = {1, 2, 3, 4, 5, 6};
  float y_memory[6] = {};
  const kiln::view<const float> x_view(x, {2, 3});
  const kiln::view<float> y_view(y_memory, {2, 3});
  const kiln::view<const float> y_read = y_view;
  EXPECT_EQ(y_read.extent(1), 3);
  kiln_tensor x_c = x_view.c(), y_c = y_view.c();
  float factor = 2;
  context.call(scale, {&x_c, &factor, &y_c});
  EXPECT_EQ(y_view[5], 12);
  EXPECT_EQ(y_view.size(), 6);
}

TEST(CppInterface, FailuresAreExceptionsOrValues) {
  kiln::context context(kiln_module());
  float factor = 2;
  try {
    context.call(scale, {nullptr, &factor, nullptr});
    FAIL();
  } catch (const kiln::error& error) {
    EXPECT_EQ(error.status(), KILN_INVALID_ARGUMENT);
    EXPECT_STREQ(error.what(), "scale: x: null pointer, expected f32[B, N]");
  }
  const kiln::expected<void> result = context.try_call(scale, {&factor});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.why().message, "scale: expected 3 arguments, got 1");
  EXPECT_THROW(result.value(), kiln::error);
  const std::vector<float> values(5);
  EXPECT_THROW(kiln::view<const float>(values, {2, 3}), kiln::error);
}

TEST(CppInterface, OptionsThatAreRefused) {
  kiln_context_options options = KILN_CONTEXT_OPTIONS_INIT;
  options.threads = 1000;
  const auto result = kiln::context::try_create(kiln_module(), options);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.why().message, "threads is 1000, expected 0 to 256");
  EXPECT_THROW(kiln::context(kiln_module(), options), kiln::error);
  EXPECT_FALSE(kiln::context::try_create(nullptr));
}

TEST(CppInterface, ModelsFreeThemselvesAndMove) {
  static_assert(!std::is_copy_constructible_v<kiln::model> &&
                std::is_nothrow_move_constructible_v<kiln::model>);
  kiln::context context(kiln_module());
  kiln::model model(context, net, 3);
  kiln::model moved = std::move(model);
  kiln::model copy = moved.copy(context);
  ASSERT_EQ(copy.parameters().size(), 4u);
  EXPECT_STREQ(copy.parameters()[0].name, "weight");
  EXPECT_EQ(static_cast<const float*>(copy.parameters()[0].data)[0], 300);
  moved.assign(context, copy);
  EXPECT_THROW(kiln::model::open(context, net, "/no/such/file"), kiln::error);
  EXPECT_FALSE(moved.try_load(context, "/no/such/file"));
  EXPECT_FALSE(moved.try_save(context, "/no/such/file"));
  EXPECT_THROW(moved.assign(context, kiln::model(context, other, 1)), kiln::error);
}

TEST(CppInterface, PlansRunInTheirOwnMemory) {
  kiln::context context(kiln_module());
  kiln::plan plan(context, scale, {1, 2});
  const std::unique_ptr<void, void (*)(void*)> memory(
      std::aligned_alloc(64, static_cast<std::size_t>(plan.workspace_bytes())), std::free);
  std::vector<float> x = {1, 2}, y(2);
  kiln_tensor x_c = kiln::view<const float>(x, {1, 2}).c(), y_c = kiln::view<float>(y, {1, 2}).c();
  const std::int64_t extents[] = {1, 2};
  x_c.extents = y_c.extents = extents;  // the views are gone
  float factor = 4;
  plan.run(context, {&x_c, &factor, &y_c}, memory.get(), plan.workspace_bytes());
  EXPECT_EQ(y[1], 8);
  EXPECT_FALSE(kiln::plan::try_create(context, scale, {1}));
}

}  // namespace
