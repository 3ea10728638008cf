#pragma once

#include <atomic>

#include "plan.h"
#include "thread_pool.h"

namespace kiln::runtime {

constexpr int32_t plans_kept =
    16;  // for each function; more would grow without end where shapes never repeat

/// The plans of one function that a context keeps, the ones used last.
struct KeptPlans {
  Plan* plans[plans_kept];
  uint64_t used[plans_kept];  // when, on the context's clock
  int32_t count;
};

struct Context {
  Context(const kiln_image_module& image, const Memory& memory);
  ~Context();

  Handle handle;
  const kiln_image_module& image;
  Memory memory;
  Message message;
  kiln_executor executor{};  // parallel_for is null if the host has given none
  kiln_tracer tracer{};      // event is null if nothing is traced
  int32_t threads = 1;
  bool never_spin = false;
  kiln_target target = KILN_TARGET_BEST;
  std::atomic<int32_t> busy{0};
  uint64_t clock = 0;
  KeptPlans* kept = nullptr;  // [function_count]
  int64_t* dims = nullptr;    // scratch: room for the dims of any function
  void* workspace = nullptr;
  int64_t workspace_bytes = 0;
  ThreadPool* pool = nullptr;

  size_t kept_bytes() const { return sizeof(KeptPlans) * static_cast<size_t>(image.function_count); }
};

/// Marks a context as used for the scope of a call, and clears its message. `free` is false if another thread
/// has it.
class ContextUse {
 public:
  explicit ContextUse(Context& context)
      : context_(context), free_(context.busy.exchange(1, std::memory_order_acquire) == 0) {
    if (free_) context.message.clear();
  }
  ~ContextUse() {
    if (free_) context_.busy.store(0, std::memory_order_release);
  }
  ContextUse(const ContextUse&) = delete;
  ContextUse& operator=(const ContextUse&) = delete;
  bool free() const { return free_; }

 private:
  Context& context_;
  bool free_;
};

/// `processor` is what processor_target() says. On failure *context is null, and the reason goes to
/// options->message.
kiln_status create_context(const kiln_image_module& image, const kiln_context_options* options,
                           kiln_target processor, Context** context);
void destroy_context(Context* context);

/// Gives back the plans and work memory that calls left for the next ones.
void trim_context(Context& context);

/// The kept plan for these dims, or a new one that is kept only when the call's other arguments have been
/// checked.
struct PlanForCall {
  Plan* plan;
  bool is_new;
};
kiln_status find_plan(Context& context, int32_t function, const int64_t* dims, PlanForCall& found);
/// Keeps a new plan in place of the one that was not used for longest.
void keep_plan(Context& context, Plan* plan);
void drop_plan(const Memory& memory, Plan* plan);

/// A plan of the host's own, with its own copy of the allocator (in front of the block).
kiln_status create_plan(Context& context, int32_t function, const int64_t* dims, int32_t threads,
                        Plan** plan);
void free_plan(Plan* plan);

/// Makes the context's work memory at least so large.
kiln_status ensure_workspace(Context& context, int64_t bytes);

}  // namespace kiln::runtime
