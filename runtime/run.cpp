#include "run.h"

#include "arguments.h"
#include "model.h"
#include "run_kernels.h"
#include "trace.h"

namespace kiln::runtime {
namespace {

void* argument_address(const Arguments& arguments, const kiln_image_buffer& buffer) {
  void* value = arguments.values[buffer.argument];
  switch (arguments.function().arguments[buffer.argument].kind) {
    case KILN_ARGUMENT_TENSOR: return static_cast<const kiln_tensor*>(value)->data;
    case KILN_ARGUMENT_MODEL: {
      const Model& model = *static_cast<const Model*>(value);
      return model.block + model.described->leaves[buffer.leaf].offset;
    }
    default: return value;
  }
}

void* frozen_address(Model& model, const kiln_image_buffer& buffer) {
  if (buffer.kind == KILN_BUFFER_FROZEN) return &model.is_frozen;
  return model.is_frozen ? model.panels + model.described->panels[buffer.leaf].offset : nullptr;
}

/// Panels do not follow what the call changes.
void thaw_changed_models(const Arguments& arguments) {
  const kiln_image_function& function = arguments.function();
  for (int32_t i = 0; i < function.argument_count; ++i)
    if (function.arguments[i].kind == KILN_ARGUMENT_MODEL &&
        function.arguments[i].direction != KILN_DIRECTION_IN)
      thaw_model(*static_cast<Model*>(arguments.values[i]));
}

/// Writes the table of buffer addresses to the start of the workspace, and lengths in place of offsets.
void** resolve_buffers(const Plan& plan, const Arguments& arguments, void* workspace) {
  void** table = static_cast<void**>(workspace);
  const auto lengths_at = [&](int32_t argument) {
    return static_cast<char*>(workspace) + plan.lengths[argument];
  };
  for (int32_t i = 0; i < plan.function->argument_count; ++i)
    if (plan.lengths[i] >= 0 && arguments.are_offsets(i)) arguments.write_lengths(i, lengths_at(i));
  for (int32_t i = 0; i < plan.function->buffer_count; ++i) {
    const kiln_image_buffer& buffer = plan.function->buffers[i];
    if (plan.offsets[i] >= 0) {
      table[i] = static_cast<char*>(workspace) + plan.offsets[i];
    } else if (buffer.kind == KILN_BUFFER_CONSTANT) {
      table[i] = const_cast<void*>(buffer.data);
    } else if (buffer.kind == KILN_BUFFER_VIEW) {
      table[i] = nullptr;  // until its loop begins
    } else if (buffer.kind == KILN_BUFFER_FROZEN || buffer.kind == KILN_BUFFER_PANELS) {
      table[i] = frozen_address(*static_cast<Model*>(arguments.values[buffer.argument]), buffer);
    } else if (arguments.are_offsets(buffer.argument)) {
      table[i] = lengths_at(buffer.argument);
    } else {
      table[i] = argument_address(arguments, buffer);
    }
  }
  return table;
}

/// The dims of this call: the plan's, with a place for the counter of each loop.
int64_t* resolve_dims(const Plan& plan, void* workspace) {
  const kiln_image_function& function = *plan.function;
  if (function.counter_count == 0) return plan.dims;
  auto* dims = reinterpret_cast<int64_t*>(static_cast<char*>(workspace) + table_bytes(function));
  for (int32_t i = 0; i < function.dim_count + function.counter_count; ++i) dims[i] = plan.dims[i];
  return dims;
}

kiln_status run(Context& context, const Plan& plan, const Arguments& arguments, void* workspace) {
  thaw_changed_models(arguments);
  void** buffers = resolve_buffers(plan, arguments, workspace);
  return run_kernels(context, plan, buffers, resolve_dims(plan, workspace));
}

}  // namespace

kiln_status call(Context& context, int32_t function, void* const* values) {
  const CallTrace trace(context, function);
  const Arguments arguments{context.image, function, values};
  kiln_status status = arguments.check_forms(context.message);
  if (status != KILN_OK) return status;
  status = arguments.bind_dims(context.dims, context.message);
  if (status != KILN_OK) return status;
  PlanForCall found{};
  status = find_plan(context, function, context.dims, found);
  if (status != KILN_OK) return status;
  status = arguments.check_extents(*found.plan, context.message);
  if (status == KILN_OK) status = arguments.check_memory(*found.plan, nullptr, 0, context.message);
  if (status != KILN_OK) {
    if (found.is_new) drop_plan(context.memory, found.plan);
    return status;
  }
  if (found.is_new) keep_plan(context, found.plan);
  status = ensure_workspace(context, found.plan->workspace_bytes);
  if (status != KILN_OK) return status;
  return run(context, *found.plan, arguments, context.workspace);
}

kiln_status run_plan(Context& context, const Plan& plan, void* const* values, void* workspace,
                     int64_t workspace_bytes) {
  const CallTrace trace(context, plan.function_index);
  const Arguments arguments{context.image, plan.function_index, values};
  Message& message = context.message;
  if (workspace_bytes < plan.workspace_bytes || (workspace == nullptr && plan.workspace_bytes > 0)) {
    write_function_name(context.image, plan.function_index, message);
    message << ": the plan needs a workspace of " << plan.workspace_bytes << " bytes, got "
            << (workspace == nullptr ? int64_t{0} : workspace_bytes);
    return KILN_INVALID_ARGUMENT;
  }
  if (reinterpret_cast<uintptr_t>(workspace) % memory_alignment != 0) {
    write_function_name(context.image, plan.function_index, message);
    message << ": the workspace is not aligned to " << uint64_t{memory_alignment} << " bytes";
    return KILN_INVALID_ARGUMENT;
  }
  kiln_status status = arguments.check_forms(message);
  if (status == KILN_OK) status = arguments.bind_dims(context.dims, message);
  if (status == KILN_OK) status = arguments.check_extents(plan, message);
  if (status == KILN_OK) status = arguments.check_derived_dims(plan, context.dims, message);
  if (status == KILN_OK) status = arguments.check_memory(plan, workspace, plan.workspace_bytes, message);
  if (status != KILN_OK) return status;
  return run(context, plan, arguments, workspace);
}

}  // namespace kiln::runtime
