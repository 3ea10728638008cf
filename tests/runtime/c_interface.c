/* kiln.h as a C11 program uses it; called from c_interface_test.cpp. Returns 0, or the line that failed. */
#include <stdlib.h>
#include <string.h>

#include "kiln/kiln.h"

int use_kiln_from_c(const kiln_module_api* module);

#define CHECK(condition)               \
  do {                                 \
    if (!(condition)) return __LINE__; \
  } while (0)

int use_kiln_from_c(const kiln_module_api* module) {
  CHECK(kiln_module_fits(module));
  kiln_context_options options = KILN_CONTEXT_OPTIONS_INIT;
  options.threads = 2;
  kiln_context* context = NULL;
  CHECK(kiln_context_create(module, &options, &context) == KILN_OK);

  static const int64_t extents[] = {2, 2};
  float x_values[] = {1, 2, 3, 4}, y_values[4] = {0}, factor = 3;
  kiln_tensor x = KILN_TENSOR_INIT(x_values, KILN_F32, 2, extents);
  kiln_tensor y = KILN_TENSOR_INIT(y_values, KILN_F32, 2, extents);
  void* arguments[] = {&x, &factor, &y};
  const int32_t function = kiln_function_find(module, "scale");
  CHECK(kiln_call(module, context, function, arguments, 3) == KILN_OK);
  CHECK(y_values[3] == 12);

  const int64_t dims[] = {2, 2};
  kiln_plan* plan = NULL;
  CHECK(kiln_plan_create(module, context, function, dims, 2, &plan) == KILN_OK);
  const int64_t bytes = kiln_plan_workspace(module, plan);
  void* workspace = aligned_alloc(64, (size_t)bytes);
  factor = 10;
  CHECK(kiln_plan_run(module, plan, context, arguments, 3, workspace, bytes) == KILN_OK);
  CHECK(y_values[0] == 10);
  free(workspace);
  kiln_plan_free(module, plan);

  kiln_model* model = NULL;
  CHECK(kiln_model_create(module, context, kiln_model_type_find(module, "Net"), 1, &model) == KILN_OK);
  kiln_parameter parameter = {.struct_size = sizeof(parameter)};
  CHECK(kiln_model_parameter(module, model, 1, &parameter) == KILN_OK);
  CHECK(strcmp(parameter.name, "bias") == 0 && ((const float*)parameter.data)[2] == 0.5f);
  kiln_model_free(module, model);

  x.rank = 1;
  CHECK(kiln_call(module, context, function, arguments, 3) == KILN_INVALID_ARGUMENT);
  CHECK(strcmp(kiln_context_message(module, context), "scale: x: expected f32[B, N], got f32[2]") == 0);
  kiln_context_destroy(module, context);
  return 0;
}
