// The functions that the compiler's generated C functions call.
#include "image.h"
#include "test_host.h"

namespace {

class EntryPoints : public testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(kiln_runtime_context_create(nullptr, &context), KILN_OK); }
  void TearDown() override { kiln_runtime_context_destroy(context); }
  std::string message() const { return kiln_runtime_context_message(context); }
  void* context = nullptr;
};

TEST_F(EntryPoints, AreTheModuleInOtherWords) {
  EXPECT_EQ(kiln_runtime_module(), kiln_module());
  EXPECT_EQ(kiln_runtime_context_create(nullptr, nullptr), KILN_INVALID_ARGUMENT);
  kiln_runtime_context_trim(context);
}

TEST_F(EntryPoints, CallAndPlan) {
  Floats x({3}, {1, 2, 3}), y({3});
  void* arguments[] = {&x.c, &y.c};
  ASSERT_EQ(kiln_runtime_call(chain, context, arguments), KILN_OK) << message();
  EXPECT_EQ(y.values, (std::vector<float>{5, 6, 7}));

  const int64_t dims[] = {3};
  void* plan = nullptr;
  ASSERT_EQ(kiln_runtime_plan(chain, context, dims, &plan), KILN_OK) << message();
  const int64_t bytes = kiln_runtime_plan_workspace(plan);
  void* workspace = std::aligned_alloc(64, static_cast<size_t>(bytes));
  y.values[0] = 0;
  EXPECT_EQ(kiln_runtime_plan_run(chain, plan, context, arguments, workspace, bytes), KILN_OK) << message();
  EXPECT_EQ(y.values[0], 5);
  EXPECT_EQ(kiln_runtime_plan_run(window, plan, context, arguments, workspace, bytes), KILN_INVALID_ARGUMENT);
  EXPECT_EQ(message(), "expected a plan of window, got one of chain");
  std::free(workspace);
  kiln_runtime_plan_free(plan);
  EXPECT_EQ(kiln_runtime_plan_workspace(nullptr), -1);
}

TEST_F(EntryPoints, ModelsOfTheirType) {
  void *model = nullptr, *wrong = nullptr, *copy = nullptr;
  ASSERT_EQ(kiln_runtime_model_create(net, context, 4, &model), KILN_OK) << message();
  ASSERT_EQ(kiln_runtime_model_create_zero(other, context, &wrong), KILN_OK) << message();
  EXPECT_EQ(kiln_runtime_model_copy(net, context, wrong, &copy), KILN_INVALID_ARGUMENT);
  EXPECT_EQ(message(), "expected a model Net, got a model Other");
  EXPECT_EQ(copy, nullptr);
  EXPECT_EQ(kiln_runtime_model_load(net, context, wrong, "/none"), KILN_INVALID_ARGUMENT);
  EXPECT_EQ(kiln_runtime_model_save(net, context, wrong, "/none"), KILN_INVALID_ARGUMENT);
  EXPECT_EQ(kiln_runtime_model_assign(net, context, model, wrong), KILN_INVALID_ARGUMENT);
  EXPECT_EQ(kiln_runtime_model_freeze(net, context, wrong), KILN_INVALID_ARGUMENT);
  EXPECT_EQ(kiln_runtime_model_freeze(net, context, model), KILN_OK) << message();
  EXPECT_EQ(kiln_runtime_model_open(net, context, "/none", &copy), KILN_FILE_ERROR);
  ASSERT_EQ(kiln_runtime_model_copy(net, context, model, &copy), KILN_OK) << message();
  ASSERT_EQ(kiln_runtime_model_assign(net, context, copy, model), KILN_OK) << message();
  EXPECT_EQ(kiln_runtime_model_parameter_count(copy), 4);
  kiln_parameter parameter{};
  parameter.struct_size = sizeof(parameter);
  ASSERT_EQ(kiln_runtime_model_parameter(copy, 0, &parameter), KILN_OK);
  EXPECT_EQ(static_cast<const float*>(parameter.data)[0], 400.f);
  for (void* each : {model, wrong, copy}) kiln_runtime_model_free(each);
}

}  // namespace
