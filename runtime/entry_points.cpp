// What the exported C functions of a library call: the table of kiln.h in plain C signatures, and
// `kiln_module`.

#include "door.h"
#include "run.h"

namespace kiln::runtime {
namespace {

kiln_context* as_context(void* context) { return static_cast<kiln_context*>(context); }

/// For results of the plain C signatures of image.h: `void**` against a pointer to an opaque type.
template <class Handle, class Make>
kiln_status into(void** result, Make make) {
  if (result == nullptr) return make(static_cast<Handle**>(nullptr));
  Handle* handle = nullptr;
  const kiln_status status = make(&handle);
  *result = handle;
  return status;
}

}  // namespace
}  // namespace kiln::runtime

using namespace kiln::runtime;

extern "C" {

/// The one symbol that every library exports under the same name.
__attribute__((visibility("default"))) const kiln_module_api* kiln_module(void);
const kiln_module_api* kiln_module(void) { return &module_api; }

const void* kiln_runtime_module(void) { return &module_api; }

int32_t kiln_runtime_context_create(const void* options, void** context) {
  return into<kiln_context>(context, [&](kiln_context** made) {
    return module_api.context_create(static_cast<const kiln_context_options*>(options), made);
  });
}

void kiln_runtime_context_destroy(void* context) { module_api.context_destroy(as_context(context)); }

const char* kiln_runtime_context_message(const void* context) {
  return module_api.context_message(static_cast<const kiln_context*>(context));
}

void kiln_runtime_context_trim(void* context) { module_api.context_trim(as_context(context)); }

int32_t kiln_runtime_model_create(int32_t type, void* context, uint64_t seed, void** model) {
  return into<kiln_model>(
      model, [&](kiln_model** made) { return model_create(as_context(context), type, seed, made); });
}

int32_t kiln_runtime_model_create_zero(int32_t type, void* context, void** model) {
  return into<kiln_model>(
      model, [&](kiln_model** made) { return model_create_zero(as_context(context), type, made); });
}

int32_t kiln_runtime_model_open(int32_t type, void* context, const char* path, void** model) {
  return into<kiln_model>(
      model, [&](kiln_model** made) { return model_open(as_context(context), type, path, made); });
}

int32_t kiln_runtime_model_load(int32_t type, void* context, void* model, const char* path) {
  return model_load(as_context(context), type, static_cast<kiln_model*>(model), path);
}

int32_t kiln_runtime_model_save(int32_t type, void* context, const void* model, const char* path) {
  return model_save(as_context(context), type, static_cast<const kiln_model*>(model), path);
}

int32_t kiln_runtime_model_copy(int32_t type, void* context, const void* model, void** copy) {
  return into<kiln_model>(copy, [&](kiln_model** made) {
    return model_copy(as_context(context), type, static_cast<const kiln_model*>(model), made);
  });
}

int32_t kiln_runtime_model_assign(int32_t type, void* context, void* to, const void* from) {
  return model_assign(as_context(context), type, static_cast<kiln_model*>(to),
                      static_cast<const kiln_model*>(from));
}

int32_t kiln_runtime_model_freeze(int32_t type, void* context, void* model) {
  return model_freeze(as_context(context), type, static_cast<kiln_model*>(model));
}

void kiln_runtime_model_free(void* model) { model_free(static_cast<kiln_model*>(model)); }

int32_t kiln_runtime_model_parameter_count(const void* model) {
  return model_parameter_count(static_cast<const kiln_model*>(model));
}

int32_t kiln_runtime_model_parameter(const void* model, int32_t index, void* parameter) {
  return model_parameter(static_cast<const kiln_model*>(model), index,
                         static_cast<kiln_parameter*>(parameter));
}

int32_t kiln_runtime_call(int32_t function, void* context, void* const* arguments) {
  return with(as_context(context), [&](Context& used) { return call(used, function, arguments); });
}

int32_t kiln_runtime_plan(int32_t function, void* context, const int64_t* dims, void** plan) {
  const int32_t count = module_api.function_dim_count(function);
  return into<kiln_plan>(plan, [&](kiln_plan** made) {
    return module_api.plan_create(as_context(context), function, dims, count, made);
  });
}

int32_t kiln_runtime_plan_run(int32_t function, const void* plan, void* context, void* const* arguments,
                              void* workspace, int64_t workspace_bytes) {
  return plan_run(function, static_cast<const kiln_plan*>(plan), as_context(context), arguments, -1,
                  workspace, workspace_bytes);
}

int64_t kiln_runtime_plan_workspace(const void* plan) {
  return module_api.plan_workspace(static_cast<const kiln_plan*>(plan));
}

void kiln_runtime_plan_free(void* plan) { module_api.plan_free(static_cast<kiln_plan*>(plan)); }

}  // extern "C"
