#include "context.h"

#include <stddef.h>
#include <string.h>

#include <new>

#include "target.h"

namespace kiln::runtime {
namespace {

int32_t greatest_dim_count(const kiln_image_module& image) {
  int32_t greatest = 0;
  for (int32_t i = 0; i < image.function_count; ++i)
    if (image.functions[i].dim_count > greatest) greatest = image.functions[i].dim_count;
  return greatest;
}

size_t dims_bytes(const kiln_image_module& image) {
  return sizeof(int64_t) * static_cast<size_t>(greatest_dim_count(image));
}

kiln_status check_hooks(const kiln_context_options& options, Message& message) {
  if (const kiln_allocator* allocator = options.allocator) {
    if (allocator->struct_size < sizeof(kiln_allocator)) {
      message << "kiln_allocator.struct_size is " << uint64_t{allocator->struct_size}
              << ", expected at least " << uint64_t{sizeof(kiln_allocator)};
      return KILN_INVALID_ARGUMENT;
    }
    if (allocator->allocate == nullptr || allocator->release == nullptr) {
      message << "kiln_allocator needs both `allocate` and `release`";
      return KILN_INVALID_ARGUMENT;
    }
  }
  if (const kiln_executor* executor = options.executor) {
    if (executor->struct_size < sizeof(kiln_executor)) {
      message << "kiln_executor.struct_size is " << uint64_t{executor->struct_size} << ", expected at least "
              << uint64_t{sizeof(kiln_executor)};
      return KILN_INVALID_ARGUMENT;
    }
    if (executor->parallel_for == nullptr) {
      message << "kiln_executor needs `parallel_for`";
      return KILN_INVALID_ARGUMENT;
    }
  }
  if (const kiln_tracer* tracer = options.tracer) {
    if (tracer->struct_size < sizeof(kiln_tracer)) {
      message << "kiln_tracer.struct_size is " << uint64_t{tracer->struct_size} << ", expected at least "
              << uint64_t{sizeof(kiln_tracer)};
      return KILN_INVALID_ARGUMENT;
    }
    if (tracer->now == nullptr || tracer->event == nullptr) {
      message << "kiln_tracer needs both `now` and `event`";
      return KILN_INVALID_ARGUMENT;
    }
  }
  return KILN_OK;
}

/// Of the first version: hosts that were compiled then say this size.
constexpr size_t least_options_bytes = offsetof(kiln_context_options, tracer);

kiln_status check_options(const kiln_context_options& options, Message& message) {
  if (options.threads < 0 || options.threads > greatest_threads) {
    message << "threads is " << options.threads << ", expected 0 to " << greatest_threads;
    return KILN_INVALID_ARGUMENT;
  }
  if (options.target < 0 || options.target > KILN_TARGET_COUNT) {
    message << "target is " << options.target << ", expected 0 to " << KILN_TARGET_COUNT;
    return KILN_INVALID_ARGUMENT;
  }
  return check_hooks(options, message);
}

void write_targets(const kiln_image_module& image, Message& message) {
  const char* separator = "";
  for (int32_t target = 1; target <= KILN_TARGET_COUNT; ++target) {
    if (!library_has_target(image, target)) continue;
    message << separator << target_name(target);
    separator = " and ";
  }
  if (*separator == 0) message << "no whole target";
}

kiln_status pick_target(const kiln_image_module& image, int32_t wanted, kiln_target processor,
                        kiln_target& target, Message& message) {
  target = choose_target(image, wanted, processor);
  if (target != KILN_TARGET_BEST) return KILN_OK;
  if (wanted != KILN_TARGET_BEST) message << target_name(wanted) << " was asked for: ";
  message << "library " << image.name << " has code for ";
  write_targets(image, message);
  if (processor == KILN_TARGET_BEST) {
    message << "; this processor (or its operating system) has less than x86-64-v3";
  } else {
    message << "; this processor has " << target_name(processor);
  }
  return KILN_NO_TARGET;
}

bool same_dims(const Plan& plan, const int64_t* dims) {
  for (int32_t i = 0; i < plan.function->dim_count; ++i)
    if (plan.dims[i] != dims[i]) return false;
  return true;
}

/// A block for a plan, with room in front for the allocator that gives it back.
constexpr int64_t owner_bytes = 64;
static_assert(sizeof(Memory) <= owner_bytes);

void* owner_of(Plan* plan) { return reinterpret_cast<char*>(plan) - owner_bytes; }

}  // namespace

Context::Context(const kiln_image_module& image_, const Memory& memory_)
    : handle{&image_, HandleKind::context}, image(image_), memory(memory_), message(memory) {}

Context::~Context() {
  ThreadPool::destroy(pool);
  trim_context(*this);
  memory.release(kept, kept_bytes());
  memory.release(dims, dims_bytes(image));
  handle.kind = HandleKind::freed;
}

kiln_status create_context(const kiln_image_module& image, const kiln_context_options* given,
                           kiln_target processor, Context** result) {
  *result = nullptr;
  const Memory libc;
  Message message(libc);
  kiln_context_options options = KILN_CONTEXT_OPTIONS_INIT;
  kiln_status status = KILN_OK;
  kiln_target target = KILN_TARGET_BEST;
  if (given != nullptr && given->struct_size < least_options_bytes) {
    return KILN_INVALID_ARGUMENT;  // where to write a message is not known either
  }
  if (given != nullptr)
    memcpy(&options, given, given->struct_size < sizeof(options) ? given->struct_size : sizeof(options));
  status = check_options(options, message);
  if (status == KILN_OK) status = pick_target(image, options.target, processor, target, message);
  if (status == KILN_OK) {
    const Memory memory = options.allocator != nullptr ? Memory(*options.allocator) : libc;
    void* block = memory.allocate(sizeof(Context));
    Context* context = block == nullptr ? nullptr : new (block) Context(image, memory);
    if (context != nullptr) {
      context->kept = static_cast<KeptPlans*>(memory.allocate(context->kept_bytes()));
      context->dims = static_cast<int64_t*>(memory.allocate(dims_bytes(image)));
      if (context->kept != nullptr) memset(context->kept, 0, context->kept_bytes());
    }
    if (context == nullptr || context->kept == nullptr || context->dims == nullptr) {
      destroy_context(context);
      message << "no memory for a context";
      status = KILN_OUT_OF_MEMORY;
    } else {
      context->threads = options.threads == 0 ? 1 : options.threads;
      context->never_spin = options.never_spin != 0;
      context->target = target;
      if (options.executor != nullptr) context->executor = *options.executor;
      if (options.tracer != nullptr) context->tracer = *options.tracer;
      *result = context;
    }
  }
  if (status != KILN_OK && options.message != nullptr && options.message_bytes > 0) {
    const size_t size = message.size() < options.message_bytes ? message.size() : options.message_bytes - 1;
    memcpy(options.message, message.text(), size);
    options.message[size] = 0;
  }
  return status;
}

void destroy_context(Context* context) {
  if (context == nullptr) return;
  const Memory memory = context->memory;
  context->~Context();
  memory.release(context, sizeof(Context));
}

void trim_context(Context& context) {
  for (int32_t f = 0; context.kept != nullptr && f < context.image.function_count; ++f) {
    KeptPlans& kept = context.kept[f];
    for (int32_t i = 0; i < kept.count; ++i) drop_plan(context.memory, kept.plans[i]);
    kept.count = 0;
  }
  context.memory.release(context.workspace, static_cast<size_t>(context.workspace_bytes));
  context.workspace = nullptr;
  context.workspace_bytes = 0;
}

kiln_status find_plan(Context& context, int32_t function, const int64_t* dims, PlanForCall& found) {
  KeptPlans& kept = context.kept[function];
  for (int32_t i = 0; i < kept.count; ++i) {
    if (!same_dims(*kept.plans[i], dims)) continue;
    kept.used[i] = ++context.clock;
    found = {kept.plans[i], false};
    return KILN_OK;
  }
  found.is_new = true;
  return create_plan(context, function, dims, context.threads, &found.plan);
}

void keep_plan(Context& context, Plan* plan) {
  KeptPlans& kept = context.kept[plan->function_index];
  int32_t place = 0;
  if (kept.count < plans_kept) {
    place = kept.count++;
  } else {
    for (int32_t i = 1; i < plans_kept; ++i)
      if (kept.used[i] < kept.used[place]) place = i;
    drop_plan(context.memory, kept.plans[place]);
  }
  kept.plans[place] = plan;
  kept.used[place] = ++context.clock;
}

void drop_plan(const Memory& memory, Plan* plan) {
  const size_t bytes = static_cast<size_t>(owner_bytes + plan_block_bytes(*plan->function));
  plan->handle.kind = HandleKind::freed;
  memory.release(owner_of(plan), bytes);
}

kiln_status create_plan(Context& context, int32_t function, const int64_t* dims, int32_t threads,
                        Plan** result) {
  *result = nullptr;
  const kiln_image_function& described = context.image.functions[function];
  const Memory& memory = context.memory;
  const size_t bytes = static_cast<size_t>(owner_bytes + plan_block_bytes(described));
  const Scratch<Lifetime> lifetimes(memory, static_cast<size_t>(described.buffer_count));
  const Scratch<int32_t> order(memory, static_cast<size_t>(described.buffer_count));
  void* block = memory.allocate(bytes);
  if (block == nullptr || lifetimes.data() == nullptr || order.data() == nullptr) {
    memory.release(block, bytes);
    write_function_name(context.image, function, context.message);
    context.message << ": no memory for a plan";
    return KILN_OUT_OF_MEMORY;
  }
  new (block) Memory(memory);
  Plan* plan = reinterpret_cast<Plan*>(static_cast<char*>(block) + owner_bytes);
  const kiln_status status = make_plan(context.image, function, dims, threads, lifetimes.data(), order.data(),
                                       plan, context.message);
  if (status == KILN_OK) {
    *result = plan;
  } else {
    memory.release(block, bytes);
  }
  return status;
}

void free_plan(Plan* plan) {
  const Memory memory = *static_cast<const Memory*>(owner_of(plan));
  drop_plan(memory, plan);
}

kiln_status ensure_workspace(Context& context, int64_t bytes) {
  if (bytes <= context.workspace_bytes) return KILN_OK;
  // The former content is of no use to anyone: given back first, so that the peak is one workspace.
  context.memory.release(context.workspace, static_cast<size_t>(context.workspace_bytes));
  context.workspace = context.memory.allocate(static_cast<size_t>(bytes));
  context.workspace_bytes = context.workspace == nullptr ? 0 : bytes;
  if (context.workspace != nullptr) return KILN_OK;
  context.message << "no memory for a workspace of " << bytes << " bytes";
  return KILN_OUT_OF_MEMORY;
}

}  // namespace kiln::runtime
