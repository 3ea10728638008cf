// The door of a library: every function that the host can reach, by the table of kiln.h or through the
// generated C functions. Each looks at its handles, takes the context, and hands over to the room that does
// the work.

#include <string.h>

#include "image.h"
#include "kiln/kiln.h"
#include "model.h"
#include "run.h"
#include "target.h"
#include "weights.h"

namespace kiln::runtime {
namespace {

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

/// Runs body(context) while the context is in use by this thread.
template <class Body>
kiln_status with(kiln_context* handle, Body body) {
  Context* context = context_of(handle);
  if (context == nullptr) return KILN_INVALID_ARGUMENT;
  const ContextUse use(*context);
  return use.free() ? body(*context) : KILN_BUSY;
}

/// The same for functions that make a model of a type.
template <class Body>
kiln_status with_type(kiln_context* handle, int32_t type, kiln_model** model, Body body) {
  if (model != nullptr) *model = nullptr;
  return with(handle, [&](Context& context) -> kiln_status {
    if (model == nullptr) return refuse(context, "where to put the model is null");
    if (type < 0 || type >= kiln_image.model_count) {
      context.message << "there is no model type " << type << ": the library has " << kiln_image.model_count;
      return KILN_NOT_FOUND;
    }
    Model* made = nullptr;
    const kiln_status status = body(context, &made);
    *model = reinterpret_cast<kiln_model*>(made);
    return status;
  });
}

/// The same for functions that take a model; `type` is the one wanted, or -1 for any.
template <class Body>
kiln_status with_model(kiln_context* handle, int32_t type, const kiln_model* model, Body body) {
  return with(handle, [&](Context& context) -> kiln_status {
    if (model == nullptr) return refuse(context, "the model is null");
    const Model* found = model_of(model);
    if (found == nullptr) {
      context.message << "the model is not one of library " << kiln_image.name
                      << ": a handle of another library, or one that was freed";
      return KILN_INVALID_ARGUMENT;
    }
    if (type >= 0 && found->type() != type) {
      context.message << "expected a model " << kiln_image.models[type].name << ", got a model "
                      << found->described->name;
      return KILN_INVALID_ARGUMENT;
    }
    return body(context, const_cast<Model&>(*found));
  });
}

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

int32_t model_type_count() { return kiln_image.model_count; }

const char* model_type_name(int32_t type) {
  return type >= 0 && type < kiln_image.model_count ? kiln_image.models[type].name : nullptr;
}

int32_t model_type_find(const char* name) {
  for (int32_t i = 0; name != nullptr && i < kiln_image.model_count; ++i)
    if (strcmp(kiln_image.models[i].name, name) == 0) return i;
  return -1;
}

kiln_status model_create(kiln_context* handle, int32_t type, uint64_t seed, kiln_model** model) {
  return with_type(handle, type, model,
                   [&](Context& context, Model** made) { return create_model(context, type, seed, made); });
}

kiln_status model_create_zero(kiln_context* handle, int32_t type, kiln_model** model) {
  return with_type(handle, type, model,
                   [&](Context& context, Model** made) { return create_zero_model(context, type, made); });
}

kiln_status model_open(kiln_context* handle, int32_t type, const char* path, kiln_model** model) {
  return with_type(handle, type, model, [&](Context& context, Model** made) {
    return path == nullptr ? refuse(context, "the path is null") : open_model(context, type, path, made);
  });
}

kiln_status load_typed(kiln_context* handle, int32_t type, kiln_model* model, const char* path) {
  return with_model(handle, type, model, [&](Context& context, Model& found) {
    return path == nullptr ? refuse(context, "the path is null") : load_model(context, found, path);
  });
}

kiln_status save_typed(kiln_context* handle, int32_t type, const kiln_model* model, const char* path) {
  return with_model(handle, type, model, [&](Context& context, const Model& found) {
    return path == nullptr ? refuse(context, "the path is null") : save_model(context, found, path);
  });
}

kiln_status copy_typed(kiln_context* handle, int32_t type, const kiln_model* model, kiln_model** copy) {
  if (copy != nullptr) *copy = nullptr;
  return with_model(handle, type, model, [&](Context& context, const Model& found) {
    if (copy == nullptr) return refuse(context, "where to put the copy is null");
    Model* made = nullptr;
    const kiln_status status = copy_model(context, found, &made);
    *copy = reinterpret_cast<kiln_model*>(made);
    return status;
  });
}

kiln_status assign_typed(kiln_context* handle, int32_t type, kiln_model* to, const kiln_model* from) {
  return with_model(handle, type, to, [&](Context& context, Model& target) -> kiln_status {
    const Model* source = model_of(from);
    if (source == nullptr) return refuse(context, "what is to be assigned is not a model of this library");
    if (source->described != target.described) {
      context.message << "a model " << target.described->name << " cannot take the values of a model "
                      << source->described->name;
      return KILN_INVALID_ARGUMENT;
    }
    if (source != &target) memcpy(target.block, source->block, static_cast<size_t>(target.described->bytes));
    return KILN_OK;
  });
}

kiln_status model_load(kiln_context* handle, kiln_model* model, const char* path) {
  return load_typed(handle, -1, model, path);
}

kiln_status model_save(kiln_context* handle, const kiln_model* model, const char* path) {
  return save_typed(handle, -1, model, path);
}

kiln_status model_copy(kiln_context* handle, const kiln_model* model, kiln_model** copy) {
  return copy_typed(handle, -1, model, copy);
}

kiln_status model_assign(kiln_context* handle, kiln_model* to, const kiln_model* from) {
  return assign_typed(handle, -1, to, from);
}

void model_free(kiln_model* handle) {
  if (const Model* model = model_of(handle)) free_model(const_cast<Model*>(model));
}

int32_t model_type(const kiln_model* handle) {
  const Model* model = model_of(handle);
  return model == nullptr ? -1 : model->type();
}

int32_t model_parameter_count(const kiln_model* handle) {
  const Model* model = model_of(handle);
  return model == nullptr ? 0 : model->described->leaf_count;
}

kiln_status model_parameter(const kiln_model* handle, int32_t index, kiln_parameter* parameter) {
  const Model* model = model_of(handle);
  if (model == nullptr || parameter == nullptr || parameter->struct_size < sizeof(kiln_parameter))
    return KILN_INVALID_ARGUMENT;
  if (index < 0 || index >= model->described->leaf_count) return KILN_NOT_FOUND;
  const kiln_image_leaf& leaf = model->described->leaves[index];
  const size_t struct_size = parameter->struct_size;
  *parameter = {struct_size, leaf.path, leaf.role,    leaf.element,
                leaf.rank,   0,         leaf.extents, model->block + leaf.offset,
                leaf.bytes};
  return KILN_OK;
}

/// Initialisers are among the functions of the image, but are no exports.
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

/// `function` is the one wanted, or -1 for any; `count` is -1 where the caller is known to give as many as
/// are wanted.
kiln_status run_typed(int32_t function, const kiln_plan* handle, kiln_context* context_handle,
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

kiln_status plan_run(const kiln_plan* handle, kiln_context* context, void* const* arguments, int32_t count,
                     void* workspace, int64_t workspace_bytes) {
  if (count < 0) count = INT32_MAX;  // wrong as well, and said so
  return run_typed(-1, handle, context, arguments, count, workspace, workspace_bytes);
}

void plan_free(kiln_plan* handle) {
  if (const Plan* plan = plan_of(handle)) free_plan(const_cast<Plan*>(plan));
}

kiln_context* as_context(void* context) { return static_cast<kiln_context*>(context); }

const char* module_name() { return kiln_image.name; }

constexpr kiln_module_api api = {sizeof(kiln_module_api),
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
                                 model_load,
                                 model_save,
                                 model_copy,
                                 model_assign,
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
                                 plan_run,
                                 plan_free};

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
const kiln_module_api* kiln_module(void) { return &api; }

const void* kiln_runtime_module(void) { return &api; }

int32_t kiln_runtime_context_create(const void* options, void** context) {
  return into<kiln_context>(context, [&](kiln_context** made) {
    return context_create(static_cast<const kiln_context_options*>(options), made);
  });
}

void kiln_runtime_context_destroy(void* context) { context_destroy(as_context(context)); }

const char* kiln_runtime_context_message(const void* context) {
  return context_message(static_cast<const kiln_context*>(context));
}

void kiln_runtime_context_trim(void* context) { context_trim(as_context(context)); }

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
  return load_typed(as_context(context), type, static_cast<kiln_model*>(model), path);
}

int32_t kiln_runtime_model_save(int32_t type, void* context, const void* model, const char* path) {
  return save_typed(as_context(context), type, static_cast<const kiln_model*>(model), path);
}

int32_t kiln_runtime_model_copy(int32_t type, void* context, const void* model, void** copy) {
  return into<kiln_model>(copy, [&](kiln_model** made) {
    return copy_typed(as_context(context), type, static_cast<const kiln_model*>(model), made);
  });
}

int32_t kiln_runtime_model_assign(int32_t type, void* context, void* to, const void* from) {
  return assign_typed(as_context(context), type, static_cast<kiln_model*>(to),
                      static_cast<const kiln_model*>(from));
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
  const int32_t count = function_dim_count(function);
  return into<kiln_plan>(
      plan, [&](kiln_plan** made) { return plan_create(as_context(context), function, dims, count, made); });
}

int32_t kiln_runtime_plan_run(int32_t function, const void* plan, void* context, void* const* arguments,
                              void* workspace, int64_t workspace_bytes) {
  return run_typed(function, static_cast<const kiln_plan*>(plan), as_context(context), arguments, -1,
                   workspace, workspace_bytes);
}

int64_t kiln_runtime_plan_workspace(const void* plan) {
  return plan_workspace(static_cast<const kiln_plan*>(plan));
}

void kiln_runtime_plan_free(void* plan) { plan_free(static_cast<kiln_plan*>(plan)); }

}  // extern "C"
