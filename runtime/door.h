#pragma once

// The door of a library: what the functions that the host can reach have in common. Each looks at its
// handles, takes the context, and hands over to the room that does the work.

#include "image.h"
#include "kiln/kiln.h"
#include "model.h"

namespace kiln::runtime {

/// Null if the handle is not one of this library and kind.
Context* context_of(kiln_context* handle);
const Model* model_of(const kiln_model* handle);
const Plan* plan_of(const kiln_plan* handle);

/// Puts the reason in the message.
kiln_status refuse(Context& context, const char* why);

/// Runs body(context) while the context is in use by this thread.
template <class Body>
kiln_status with(kiln_context* handle, Body body) {
  Context* context = context_of(handle);
  if (context == nullptr) return KILN_INVALID_ARGUMENT;
  const ContextUse use(*context);
  return use.free() ? body(*context) : KILN_BUSY;
}

/// The table of kiln.h.
extern const kiln_module_api module_api;

// The functions of the table that speak of models.
int32_t model_type_count();
const char* model_type_name(int32_t type);
int32_t model_type_find(const char* name);
kiln_status model_create(kiln_context* context, int32_t type, uint64_t seed, kiln_model** model);
kiln_status model_create_zero(kiln_context* context, int32_t type, kiln_model** model);
kiln_status model_open(kiln_context* context, int32_t type, const char* path, kiln_model** model);
void model_free(kiln_model* model);
int32_t model_type(const kiln_model* model);
int32_t model_parameter_count(const kiln_model* model);
kiln_status model_parameter(const kiln_model* model, int32_t index, kiln_parameter* parameter);
// Of these, `type` is the one that is wanted, or -1 for any.
kiln_status model_load(kiln_context* context, int32_t type, kiln_model* model, const char* path);
kiln_status model_save(kiln_context* context, int32_t type, const kiln_model* model, const char* path);
kiln_status model_copy(kiln_context* context, int32_t type, const kiln_model* model, kiln_model** copy);
kiln_status model_assign(kiln_context* context, int32_t type, kiln_model* to, const kiln_model* from);
kiln_status model_freeze(kiln_context* context, int32_t type, kiln_model* model);

/// `function` is the one that the plan must be of, or -1 for any; `count` is -1 where the caller is known to
/// give as many arguments as are wanted.
kiln_status plan_run(int32_t function, const kiln_plan* plan, kiln_context* context, void* const* arguments,
                     int32_t count, void* workspace, int64_t workspace_bytes);

}  // namespace kiln::runtime
