#include "run.h"

#include "arguments.h"
#include "float_mode.h"
#include "model.h"

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

/// Writes the table of buffer addresses to the start of the workspace.
void** resolve_buffers(const Plan& plan, const Arguments& arguments, void* workspace) {
  void** table = static_cast<void**>(workspace);
  for (int32_t i = 0; i < plan.function->buffer_count; ++i) {
    const kiln_image_buffer& buffer = plan.function->buffers[i];
    if (plan.offsets[i] >= 0) {
      table[i] = static_cast<char*>(workspace) + plan.offsets[i];
    } else if (buffer.kind == KILN_BUFFER_CONSTANT) {
      table[i] = const_cast<void*>(buffer.data);
    } else {
      table[i] = argument_address(arguments, buffer);
    }
  }
  return table;
}

/// One kernel on the host's threads. Counts what parallel_for does, since a part left out would be a wrong
/// result.
class HostRun {
 public:
  HostRun(const Work& work, int32_t parts) : work_(work), parts_(parts) {}

  bool run(const kiln_executor& executor) {
    executor.parallel_for(executor.user, parts_, task, this);
    return done_.load(std::memory_order_acquire) == parts_;
  }

 private:
  static void task(void* data, int64_t index) { static_cast<HostRun*>(data)->part(index); }

  void part(int64_t index) {
    if (index < 0 || index >= parts_) return;
    const uint64_t bit = uint64_t{1} << (index % 64);
    if ((begun_[index / 64].fetch_or(bit, std::memory_order_relaxed) & bit) != 0) return;  // twice is once
    const DefaultFloatMode mode;
    work_.kernel(work_.buffers, work_.dims, index, parts_);
    done_.fetch_add(1, std::memory_order_acq_rel);
  }

  const Work& work_;
  const int32_t parts_;
  std::atomic<uint64_t> begun_[greatest_threads / 64] = {};
  std::atomic<int32_t> done_{0};
};

kiln_status ensure_pool(Context& context) {
  if (context.pool != nullptr) return KILN_OK;
  int32_t started = 0;
  context.pool = ThreadPool::create(context.memory, context.threads, context.never_spin, started);
  if (context.pool != nullptr) return KILN_OK;
  context.message << "could not start the threads of the context: " << started << " of " << context.threads
                  << " are there";
  return KILN_HOST_ERROR;
}

kiln_status run_kernel(Context& context, const Plan& plan, int32_t position, void* const* buffers) {
  const kiln_image_kernel& kernel = plan.function->kernels[position];
  const Work work{kernel.code[context.target - 1], buffers, plan.dims};
  const int32_t parts = plan.threads < context.threads ? plan.threads : context.threads;
  if (kernel.serial != 0 || parts == 1) {
    work.kernel(work.buffers, work.dims, 0, 1);
    return KILN_OK;
  }
  if (context.executor.parallel_for != nullptr) {
    HostRun run(work, parts);
    if (run.run(context.executor)) return KILN_OK;
    write_function_name(context.image, plan.function_index, context.message);
    context.message << ": the host's parallel_for returned before all " << parts << " parts of kernel "
                    << kernel.name << " were done";
    return KILN_HOST_ERROR;
  }
  const kiln_status status = ensure_pool(context);
  if (status == KILN_OK) context.pool->run(work, parts);
  return status;
}

kiln_status look_at_check(Context& context, const Plan& plan, int32_t position, void* const* buffers) {
  const kiln_image_check& check = plan.function->checks[position];
  const int64_t extent = plan.check_extents[position];
  int64_t stray = 0;
  if (check.kind == KILN_CHECK_INDEX) {
    const int64_t least = *static_cast<const int64_t*>(buffers[check.buffer]);
    const int64_t greatest = *static_cast<const int64_t*>(buffers[check.greatest]);
    if (least >= 0 && greatest < extent) return KILN_OK;
    stray = least < 0 ? least : greatest;
  } else if (*static_cast<const uint8_t*>(buffers[check.buffer]) != 0) {
    return KILN_OK;
  }
  Message& message = context.message;
  message << check.place << ": ";
  write_function_name(context.image, plan.function_index, message);
  switch (check.kind) {
    case KILN_CHECK_INDEX:
      message << ": index " << stray << " is outside axis " << check.axis << " of `" << check.tensor
              << "`, which has " << extent << " elements";
      break;
    case KILN_CHECK_DIVISOR: message << ": an integer is divided by zero"; break;
    default: message << ": assertion failed: " << check.message;
  }
  return KILN_CHECK_FAILED;
}

/// Kernel by kernel, each check as soon as its kernel is done; one that needs no kernel (after_kernel -1)
/// before all.
kiln_status run_kernels(Context& context, const Plan& plan, void* const* buffers) {
  const DefaultFloatMode mode;
  int32_t checked = 0;
  for (int32_t kernel = -1; kernel < plan.function->kernel_count; ++kernel) {
    kiln_status status = kernel < 0 ? KILN_OK : run_kernel(context, plan, kernel, buffers);
    for (; status == KILN_OK && checked < plan.function->check_count &&
           plan.function->checks[checked].after_kernel <= kernel;
         ++checked)
      status = look_at_check(context, plan, checked, buffers);
    if (status != KILN_OK) return status;
  }
  return KILN_OK;
}

}  // namespace

kiln_status call(Context& context, int32_t function, void* const* values) {
  const Arguments arguments{context.image, function, values};
  kiln_status status = arguments.check_forms(context.message);
  if (status != KILN_OK) return status;
  arguments.bind_dims(context.dims);
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
  return run_kernels(context, *found.plan, resolve_buffers(*found.plan, arguments, context.workspace));
}

kiln_status run_plan(Context& context, const Plan& plan, void* const* values, void* workspace,
                     int64_t workspace_bytes) {
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
  if (status == KILN_OK) status = arguments.check_extents(plan, message);
  if (status == KILN_OK) status = arguments.check_memory(plan, workspace, plan.workspace_bytes, message);
  if (status != KILN_OK) return status;
  return run_kernels(context, plan, resolve_buffers(plan, arguments, workspace));
}

}  // namespace kiln::runtime
