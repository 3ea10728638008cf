/* The C interface as an application written in C11 uses it. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "small_net.h"
#include "tables.h"

#define REQUIRE(condition) \
  do {                     \
    if (!(condition)) {    \
      result = __LINE__;   \
      goto end;            \
    }                      \
  } while (0)

/* Everything that a model can do. */
static int use_models(kiln_context* context, const char* path) {
  int result = 0;
  small_net_Net *net = NULL, *copy = NULL, *opened = NULL, *zero = NULL;
  REQUIRE(small_net_Net_create(context, 7, &net) == KILN_OK);
  REQUIRE(small_net_Net_parameter_count(net) == 5);
  kiln_parameter parameter = {0};
  parameter.struct_size = sizeof parameter;
  int found = 0;
  for (int32_t i = 0; i < 5; ++i) {
    REQUIRE(small_net_Net_parameter(net, i, &parameter) == KILN_OK);
    if (strcmp(parameter.name, "fc1.weight") == 0) {
      found = 1;
      REQUIRE(parameter.role == KILN_PARAM && parameter.element == KILN_F32 && parameter.rank == 2);
      REQUIRE(parameter.extents[0] == 9 && parameter.extents[1] == 13 && parameter.bytes == 9 * 13 * 4);
      REQUIRE((uintptr_t)parameter.data % 64 == 0);
    }
    if (strcmp(parameter.name, "steps") == 0) REQUIRE(parameter.role == KILN_STATE && parameter.rank == 0);
  }
  REQUIRE(found);
  REQUIRE(small_net_Net_parameter(net, 5, &parameter) == KILN_NOT_FOUND);

  REQUIRE(small_net_Net_copy(context, net, &copy) == KILN_OK);
  REQUIRE(small_net_Net_save(context, net, path) == KILN_OK);
  REQUIRE(small_net_Net_create_zero(context, &zero) == KILN_OK);
  kiln_parameter first = parameter;
  REQUIRE(small_net_Net_parameter(net, 0, &first) == KILN_OK);
  REQUIRE(small_net_Net_parameter(zero, 0, &parameter) == KILN_OK);
  for (int64_t i = 0; i < parameter.bytes; ++i) REQUIRE(((const char*)parameter.data)[i] == 0);
  REQUIRE(small_net_Net_load(context, zero, path) == KILN_OK);
  REQUIRE(memcmp(parameter.data, first.data, (size_t)first.bytes) == 0);
  REQUIRE(small_net_Net_open(context, path, &opened) == KILN_OK);
  REQUIRE(small_net_Net_parameter(opened, 0, &parameter) == KILN_OK);
  REQUIRE(memcmp(parameter.data, first.data, (size_t)first.bytes) == 0);
  ((float*)parameter.data)[0] += 1;
  REQUIRE(small_net_Net_assign(context, copy, opened) == KILN_OK);
  REQUIRE(small_net_Net_freeze(context, copy) == KILN_OK);
  REQUIRE(small_net_Net_parameter(copy, 0, &parameter) == KILN_OK);
  REQUIRE(((const float*)parameter.data)[0] == ((const float*)first.data)[0] + 1);

  small_net_Net* missing = net;
  REQUIRE(small_net_Net_open(context, "/nowhere/at.all", &missing) == KILN_FILE_ERROR);
  REQUIRE(missing == NULL);
  REQUIRE(strstr(small_net_context_message(context), "/nowhere/at.all") != NULL);
end:
  small_net_Net_free(net);
  small_net_Net_free(copy);
  small_net_Net_free(opened);
  small_net_Net_free(zero);
  small_net_Net_free(NULL);
  return result;
}

/* Training twice over, by calls and by a plan in memory of our own, gives the same bits. */
static int train(kiln_context* context) {
  enum { batch = 6, steps = 30 };
  int result = 0;
  float x[batch * 13], calls[steps], runs[steps];
  int32_t labels[batch];
  for (int i = 0; i < batch * 13; ++i) x[i] = sinf((float)i);
  for (int i = 0; i < batch; ++i) labels[i] = i % 5;
  const int64_t x_extents[] = {batch, 13}, labels_extents[] = {batch};
  const kiln_tensor x_view = KILN_TENSOR_INIT(x, KILN_F32, 2, x_extents);
  const kiln_tensor labels_view = KILN_TENSOR_INIT(labels, KILN_I32, 1, labels_extents);
  small_net_Net* net = NULL;
  small_net_Optimizer* optimizer = NULL;
  kiln_plan* plan = NULL;
  void* workspace = NULL;
  for (int way = 0; way < 2; ++way) {
    REQUIRE(small_net_Net_create(context, 1, &net) == KILN_OK);
    REQUIRE(small_net_Optimizer_create(context, 2, &optimizer) == KILN_OK);
    if (way == 1) {
      REQUIRE(small_net_train_step_plan(context, batch, &plan) == KILN_OK);
      const int64_t bytes = small_net_plan_workspace(plan);
      REQUIRE(bytes >= 0);
      workspace = aligned_alloc(64, (size_t)(bytes + 64) / 64 * 64);
      memset(workspace, 0x5a, (size_t)bytes);
      for (int i = 0; i < steps; ++i)
        REQUIRE(small_net_train_step_run(plan, context, net, optimizer, &x_view, &labels_view, 0.01f,
                                         &runs[i], workspace, bytes) == KILN_OK);
      float untouched = -1;
      if (bytes > 0) {
        REQUIRE(small_net_train_step_run(plan, context, net, optimizer, &x_view, &labels_view, 0.01f,
                                         &untouched, workspace, bytes - 1) == KILN_INVALID_ARGUMENT);
        REQUIRE(untouched == -1);
      }
    } else {
      for (int i = 0; i < steps; ++i)
        REQUIRE(small_net_train_step(context, net, optimizer, &x_view, &labels_view, 0.01f, &calls[i]) ==
                KILN_OK);
    }
    small_net_Net_free(net);
    small_net_Optimizer_free(optimizer);
    net = NULL;
    optimizer = NULL;
  }
  REQUIRE(memcmp(calls, runs, sizeof calls) == 0);
  REQUIRE(calls[steps - 1] < 0.8f * calls[0]);
end:
  small_net_plan_free(plan);
  small_net_Net_free(net);
  small_net_Optimizer_free(optimizer);
  free(workspace);
  return result;
}

/* Every kind of argument and result. */
static int use_functions(kiln_context* context) {
  int result = 0;
  float x[7] = {1, 2, 3, 4, 5, 6, 7}, low[3], high[4], noise[2][7];
  const int64_t seven[] = {7}, three[] = {3}, four[] = {4};
  kiln_tensor view = KILN_TENSOR_INIT(x, KILN_F32, 1, seven);
  float average = 0;
  uint8_t positive = 9;
  int64_t odd = 0;
  REQUIRE(small_net_moments(context, &view, &average, &positive, &odd) == KILN_OK);
  REQUIRE(average == 4 && positive == 1 && odd == 7);
  int32_t n = 40;
  uint8_t flag = 1;
  double total = 0.5;
  REQUIRE(small_net_advance(context, &n, &flag, &total, 2) == KILN_OK);
  REQUIRE(n == 42 && flag == 0 && total == 2.5);
  const kiln_tensor low_view = KILN_TENSOR_INIT(low, KILN_F32, 1, three);
  const kiln_tensor high_view = KILN_TENSOR_INIT(high, KILN_F32, 1, four);
  REQUIRE(small_net_halves(context, &view, 2, &low_view, &high_view) == KILN_OK);
  REQUIRE(low[0] == 2 && low[2] == 6 && high[0] == 8 && high[3] == 14);
  kiln_rng rng = {5, 0};
  for (int i = 0; i < 2; ++i) {
    kiln_tensor drawn = KILN_TENSOR_INIT(noise[i], KILN_F32, 1, seven);
    REQUIRE(small_net_noise(context, &rng, 7, &drawn) == KILN_OK);
  }
  REQUIRE(rng.key == 5 && rng.counter > 0 && memcmp(noise[0], noise[1], sizeof noise[0]) != 0);
  kiln_rng again = {5, 0};
  float same[7];
  kiln_tensor drawn = KILN_TENSOR_INIT(same, KILN_F32, 1, seven);
  REQUIRE(small_net_noise(context, &again, 7, &drawn) == KILN_OK);
  REQUIRE(memcmp(noise[0], same, sizeof same) == 0);
  uint16_t halves[] = {0x3c00, 0x4000}, scaled[2] = {0, 0}, largest = 0; /* 1, 2 */
  const int64_t two[] = {2};
  const kiln_tensor halves_view = KILN_TENSOR_INIT(halves, KILN_F16, 1, two);
  const kiln_tensor scaled_view = KILN_TENSOR_INIT(scaled, KILN_F16, 1, two);
  REQUIRE(small_net_scaled(context, &halves_view, 0x4200, &scaled_view, &largest) == KILN_OK); /* times 3 */
  REQUIRE(scaled[0] == 0x4200 && scaled[1] == 0x4600 && largest == 0x4000);
end:
  return result;
}

int use_libraries_from_c(const char* path);
/* 0, or the line that failed. Both libraries are linked: neither sees the other. */
int use_libraries_from_c(const char* path) {
  kiln_context *context = NULL, *other = NULL;
  int result = small_net_context_create(NULL, &context) != KILN_OK ? __LINE__ : 0;
  if (result == 0) result = use_models(context, path);
  if (result == 0) result = train(context);
  if (result == 0) result = use_functions(context);
  if (result == 0 && tables_context_create(NULL, &other) != KILN_OK) result = __LINE__;
  float x[6] = {1, 2, 3, 4, 5, 6}, y[2] = {0, 0};
  const int64_t six[] = {6}, two[] = {2};
  const kiln_tensor x_view = KILN_TENSOR_INIT(x, KILN_F32, 1, six);
  const kiln_tensor y_view = KILN_TENSOR_INIT(y, KILN_F32, 1, two);
  if (result == 0 && (tables_fold(other, &x_view, 2, &y_view) != KILN_OK || y[0] != 9 || y[1] != 12))
    result = __LINE__;
  if (result == 0 && tables_fold(context, &x_view, 2, &y_view) != KILN_INVALID_ARGUMENT) result = __LINE__;
  if (result == 0 && strcmp(kiln_module_name(tables_module()), "tables") != 0) result = __LINE__;
  small_net_context_trim(context);
  small_net_context_destroy(context);
  tables_context_destroy(other);
  small_net_context_destroy(NULL);
  if (result) fprintf(stderr, "c_caller.c:%d: failed\n", result);
  return result;
}
