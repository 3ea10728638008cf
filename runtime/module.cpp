#include <string.h>

#include "door.h"
#include "run.h"
#include "target.h"

namespace kiln::runtime {

Context* context_of(kiln_context* handle) {
  Context* context = reinterpret_cast<Context*>(handle);
  return context != nullptr && is_handle(&context->handle, &kiln_image, HandleKind::context) ? context
                                                                                             : nullptr;
}

const Model* model_of(const kiln_model* handle) {
  const Model* model = reinterpret_cast<const Model*>(handle);
  return model != nullptr && is_handle(&model->handle, &kiln_image, HandleKind::model) ? model : nullptr;
}

const Plan* plan_of(const kiln_plan* handle) {
  const Plan* plan = reinterpret_cast<const Plan*>(handle);
  return plan != nullptr && is_handle(&plan->handle, &kiln_image, HandleKind::plan) ? plan : nullptr;
}

kiln_status refuse(Context& context, const char* why) {
  context.message << why;
  return KILN_INVALID_ARGUMENT;
}

namespace {

const char* describe() { return kiln_image.json; }

const char* status_text(kiln_status status) {
  constexpr const char* texts[] = {"success",
                                   "invalid argument",
                                   "a condition on the data does not hold",
                                   "out of memory",
                                   "not supported by this version",
                                   "the processor cannot run this library",
                                   "file error",
                                   "the weights file does not fit",
                                   "the context is in use by another thread",
                                   "not found",
                                   "the host did not give what it promised",
                                   "internal error of the library"};
  constexpr int32_t count = sizeof(texts) / sizeof(texts[0]);
  return status >= 0 && status < count ? texts[status] : "unknown status";
}

kiln_status context_create(const kiln_context_options* options, kiln_context** result) {
  if (result == nullptr) return KILN_INVALID_ARGUMENT;
  Context* context = nullptr;
  const kiln_status status = create_context(kiln_image, options, processor_target(), &context);
  *result = reinterpret_cast<kiln_context*>(context);
  return status;
}

void context_destroy(kiln_context* handle) { destroy_context(context_of(handle)); }

const char* context_message(const kiln_context* handle) {
  const Context* context = context_of(const_cast<kiln_context*>(handle));
  return context == nullptr ? "not a context of this library" : context->message.text();
}

kiln_target context_target(const kiln_context* handle) {
  const Context* context = context_of(const_cast<kiln_context*>(handle));
  return context == nullptr ? KILN_TARGET_BEST : context->target;
}

void context_trim(kiln_context* handle) {
  with(handle, [](Context& context) {
    trim_context(context);
    return KILN_OK;
  });
}

/// Initialisers, and what makes panels, are among the functions of the image, but are no exports.
bool is_function(int32_t function) {
  return function >= 0 && function < kiln_image.function_count &&
         kiln_image.functions[function].name != nullptr;
}

int32_t function_count() { return kiln_image.function_count; }

const char* function_name(int32_t function) {
  return is_function(function) ? kiln_image.functions[function].name : nullptr;
}

int32_t function_find(const char* name) {
  for (int32_t i = 0; name != nullptr && i < kiln_image.function_count; ++i)
    if (is_function(i) && strcmp(kiln_image.functions[i].name, name) == 0) return i;
  return -1;
}

int32_t function_argument_count(int32_t function) {
  return is_function(function) ? kiln_image.functions[function].argument_count : -1;
}

int32_t function_dim_count(int32_t function) {
  return is_function(function) ? kiln_image.functions[function].dim_count : -1;
}

kiln_status check_function(Context& context, int32_t function) {
  if (is_function(function)) return KILN_OK;
  context.message << "there is no exported function " << function;
  return KILN_NOT_FOUND;
}

kiln_status check_count(Context& context, int32_t function, const char* what, int32_t expected, int32_t got) {
  if (got == expected) return KILN_OK;
  write_function_name(context.image, function, context.message);
  context.message << ": expected " << expected << " " << what << ", got " << got;
  return KILN_INVALID_ARGUMENT;
}

kiln_status check_arguments(Context& context, int32_t function, void* const* arguments, int32_t count) {
  const kiln_status status =
      check_count(context, function, "arguments", kiln_image.functions[function].argument_count, count);
  if (status == KILN_OK && count > 0 && arguments == nullptr)
    return refuse(context, "the list of arguments is null");
  return status;
}

kiln_status call_function(kiln_context* handle, int32_t function, void* const* arguments, int32_t count) {
  return with(handle, [&](Context& context) {
    kiln_status status = check_function(context, function);
    if (status == KILN_OK) status = check_arguments(context, function, arguments, count);
    return status == KILN_OK ? call(context, function, arguments) : status;
  });
}

kiln_status plan_create(kiln_context* handle, int32_t function, const int64_t* dims, int32_t count,
                        kiln_plan** result) {
  if (result != nullptr) *result = nullptr;
  return with(handle, [&](Context& context) -> kiln_status {
    if (result == nullptr) return refuse(context, "where to put the plan is null");
    kiln_status status = check_function(context, function);
    if (status != KILN_OK) return status;
    const kiln_image_function& described = kiln_image.functions[function];
    status = check_count(context, function, "dims", described.dim_count, count);
    if (status != KILN_OK) return status;
    if (count > 0 && dims == nullptr) return refuse(context, "the list of dims is null");
    for (int32_t i = 0; i < count; ++i) {
      if (dims[i] >= 0 && dims[i] <= greatest_extent) continue;
      write_function_name(context.image, function, context.message);
      context.message << ": " << described.dims[i].name << " is " << dims[i] << ", expected 0 to "
                      << greatest_extent;
      return KILN_INVALID_ARGUMENT;
    }
    Plan* plan = nullptr;
    status = create_plan(context, function, dims, context.threads, &plan);
    *result = reinterpret_cast<kiln_plan*>(plan);
    return status;
  });
}

int64_t plan_workspace(const kiln_plan* handle) {
  const Plan* plan = plan_of(handle);
  return plan == nullptr ? -1 : plan->workspace_bytes;
}

void plan_free(kiln_plan* handle) {
  if (const Plan* plan = plan_of(handle)) free_plan(const_cast<Plan*>(plan));
}

const char* module_name() { return kiln_image.name; }

// The table has no wanted type or function.
kiln_status any_model_load(kiln_context* context, kiln_model* model, const char* path) {
  return model_load(context, -1, model, path);
}

kiln_status any_model_save(kiln_context* context, const kiln_model* model, const char* path) {
  return model_save(context, -1, model, path);
}

kiln_status any_model_copy(kiln_context* context, const kiln_model* model, kiln_model** copy) {
  return model_copy(context, -1, model, copy);
}

kiln_status any_model_assign(kiln_context* context, kiln_model* to, const kiln_model* from) {
  return model_assign(context, -1, to, from);
}

kiln_status any_model_freeze(kiln_context* context, kiln_model* model) {
  return model_freeze(context, -1, model);
}

kiln_status any_plan_run(const kiln_plan* plan, kiln_context* context, void* const* arguments, int32_t count,
                         void* workspace, int64_t workspace_bytes) {
  if (count < 0) count = INT32_MAX;  // wrong as well, and said so
  return plan_run(-1, plan, context, arguments, count, workspace, workspace_bytes);
}

}  // namespace

kiln_status plan_run(int32_t function, const kiln_plan* handle, kiln_context* context_handle,
                     void* const* arguments, int32_t count, void* workspace, int64_t workspace_bytes) {
  return with(context_handle, [&](Context& context) -> kiln_status {
    const Plan* plan = plan_of(handle);
    if (plan == nullptr) return refuse(context, "the plan is null, of another library, or was freed");
    if (function >= 0 && plan->function_index != function) {
      context.message << "expected a plan of " << kiln_image.functions[function].name << ", got one of "
                      << plan->function->name;
      return KILN_INVALID_ARGUMENT;
    }
    const kiln_status status = check_arguments(context, plan->function_index, arguments,
                                               count < 0 ? plan->function->argument_count : count);
    return status == KILN_OK ? run_plan(context, *plan, arguments, workspace, workspace_bytes) : status;
  });
}

constinit const kiln_module_api module_api = {sizeof(kiln_module_api),
                                              KILN_ABI_VERSION,
                                              0,
                                              module_name,
                                              describe,
                                              status_text,
                                              context_create,
                                              context_destroy,
                                              context_message,
                                              context_target,
                                              context_trim,
                                              model_type_count,
                                              model_type_name,
                                              model_type_find,
                                              model_create,
                                              model_create_zero,
                                              model_open,
                                              any_model_load,
                                              any_model_save,
                                              any_model_copy,
                                              any_model_assign,
                                              model_free,
                                              model_type,
                                              model_parameter_count,
                                              model_parameter,
                                              function_count,
                                              function_name,
                                              function_find,
                                              function_argument_count,
                                              function_dim_count,
                                              call_function,
                                              plan_create,
                                              plan_workspace,
                                              any_plan_run,
                                              plan_free,
                                              any_model_freeze};

}  // namespace kiln::runtime
