#include "run_kernels.h"

#include <string.h>

#include "float_mode.h"
#include "program.h"
#include "trace.h"

namespace kiln::runtime {
namespace {

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

/// One call: its kernels, loops and checks, with the addresses and dims that they see.
class KernelRun {
 public:
  KernelRun(Context& context, const Plan& plan, void** buffers, int64_t* dims)
      : context_(context), plan_(plan), function_(*plan.function), buffers_(buffers), dims_(dims) {}

  kiln_status run() {
    const kiln_status status = look_at_checks(-1);
    return status == KILN_OK ? run_kernels(0, function_.kernel_count, 0) : status;
  }

 private:
  /// Kernels from `kernel` on, below `end`; `loop` is the first loop that may begin there.
  kiln_status run_kernels(int32_t kernel, int32_t end, int32_t loop) {
    while (kernel < end) {
      while (loop < function_.loop_count && function_.loops[loop].first_kernel < kernel) ++loop;
      kiln_status status = KILN_OK;
      if (loop < function_.loop_count && function_.loops[loop].first_kernel == kernel) {
        status = run_loop(loop);
        kernel = function_.loops[loop].last_kernel + 1;
        ++loop;
      } else {
        status = run_kernel(kernel);
        if (status == KILN_OK) status = look_at_checks(kernel);
        ++kernel;
      }
      if (status != KILN_OK) return status;
    }
    return KILN_OK;
  }

  kiln_status run_loop(int32_t position) {
    const kiln_image_loop& loop = function_.loops[position];
    int64_t limit = INT64_MAX;
    if (loop.limit != nullptr) {
      const ProgramResult value = evaluate(loop.limit, dims_);
      if (value.error != ProgramError::none) return fail_size("the rounds of a loop", value.error);
      limit = value.value;
    }
    int64_t rounds = limit;
    if (loop.rounds >= 0 && integer(loop.rounds) < rounds) rounds = integer(loop.rounds);
    if (rounds < 0) rounds = 0;
    for (int32_t i = 0; i < loop.carried_count; ++i) {
      const kiln_image_carried& carried = loop.carried[i];
      buffers_[carried.current] = buffers_[carried.initial];
      buffers_[carried.next] = buffers_[carried.memory[0]];
    }
    bool go_on = loop.go_on < 0 || truth(loop.go_on);
    int64_t made = 0;
    while (made < rounds && go_on) {
      dims_[loop.counter] = loop.reversed != 0 ? rounds - 1 - made : made;
      kiln_status status = KILN_OK;
      for (int32_t i = 0; i < loop.row_count && status == KILN_OK; ++i)
        status = find_row(loop.rows[i], dims_[loop.counter], buffers_[loop.rows[i].row]);
      if (status == KILN_OK) status = run_kernels(loop.first_kernel, loop.last_kernel + 1, position + 1);
      if (status != KILN_OK) return status;
      ++made;
      for (int32_t i = 0; i < loop.carried_count; ++i) {
        const kiln_image_carried& carried = loop.carried[i];
        buffers_[carried.current] = buffers_[carried.next];
        buffers_[carried.next] = buffers_[carried.memory[made % 2]];
      }
      if (loop.go_on >= 0) go_on = truth(loop.next_go_on);
    }
    if (loop.made >= 0) *static_cast<int64_t*>(buffers_[loop.made]) = made;
    return made < limit && loop.limit != nullptr ? clear_rows(loop, made, limit) : KILN_OK;
  }

  kiln_status find_row(const kiln_image_row& row, int64_t number, void*& address) {
    const ProgramResult bytes = evaluate(row.bytes, dims_);
    if (bytes.error != ProgramError::none) return fail_size("a row of a loop's results", bytes.error);
    address = static_cast<char*>(buffers_[row.stack]) + number * bytes.value;
    return KILN_OK;
  }

  /// Rows of rounds that were not made.
  kiln_status clear_rows(const kiln_image_loop& loop, int64_t made, int64_t limit) {
    for (int32_t i = 0; i < loop.row_count; ++i) {
      void *first = nullptr, *end = nullptr;
      kiln_status status = find_row(loop.rows[i], made, first);
      if (status == KILN_OK) status = find_row(loop.rows[i], limit, end);
      if (status != KILN_OK) return status;
      memset(first, 0, static_cast<size_t>(static_cast<char*>(end) - static_cast<char*>(first)));
    }
    return KILN_OK;
  }

  int64_t integer(int32_t buffer) const { return *static_cast<const int64_t*>(buffers_[buffer]); }
  bool truth(int32_t buffer) const { return *static_cast<const uint8_t*>(buffers_[buffer]) != 0; }

  kiln_status fail_size(const char* what, ProgramError error) {
    write_function_name(context_.image, plan_.function_index, context_.message);
    context_.message << ": " << what << " " << describe_error(error);
    return error == ProgramError::malformed ? KILN_INTERNAL_ERROR : KILN_INVALID_ARGUMENT;
  }

  kiln_status run_kernel(int32_t position) {
    const kiln_image_kernel& kernel = function_.kernels[position];
    const kiln_image_code& code = kernel.code[context_.target - 1];
    // On the stack of the thread that waits until all parts are done.
    auto* const buffers =
        static_cast<void**>(__builtin_alloca(static_cast<size_t>(code.buffer_count) * sizeof(void*)));
    auto* const dims =
        static_cast<int64_t*>(__builtin_alloca(static_cast<size_t>(code.dim_count) * sizeof(int64_t)));
    const int32_t* place = function_.places + code.first_place;
    for (int32_t i = 0; i < code.buffer_count; ++i) buffers[i] = buffers_[*place++];
    for (int32_t i = 0; i < code.dim_count; ++i) dims[i] = dims_[*place++];
    const Work work{code.function, buffers, dims};
    const int32_t planned = static_cast<int32_t>(plan_.parts[position]);
    const int32_t parts = planned < context_.threads ? planned : context_.threads;
    return context_.tracer.event == nullptr ? run_parts(work, parts, kernel)
                                            : run_traced(work, parts, position);
  }

  kiln_status run_traced(const Work& work, int32_t parts, int32_t position) {
    const kiln_image_kernel& kernel = function_.kernels[position];
    const kiln_tracer& tracer = context_.tracer;
    kiln_trace_event event = trace_event(context_, plan_.function_index, KILN_TRACE_KERNEL);
    event.kernel = position;
    event.name = kernel.name;
    event.place = kernel.place;
    event.parts = parts;
    for (int32_t i = 0; i < function_.loop_count; ++i)  // the innermost stands last
      if (function_.loops[i].first_kernel <= position && position <= function_.loops[i].last_kernel)
        event.round = dims_[function_.loops[i].counter];
    event.begin = tracer.now(tracer.user);
    const TracedKernel traced(work, tracer, event);
    const kiln_status status = run_parts(parts == 1 ? work : traced.work(), parts, kernel);
    event.end = tracer.now(tracer.user);
    tracer.event(tracer.user, &event);
    return status;
  }

  kiln_status run_parts(const Work& work, int32_t parts, const kiln_image_kernel& kernel) {
    if (parts == 1) {
      work.kernel(work.buffers, work.dims, 0, 1);
      return KILN_OK;
    }
    if (context_.executor.parallel_for != nullptr) {
      HostRun run(work, parts);
      if (run.run(context_.executor)) return KILN_OK;
      write_function_name(context_.image, plan_.function_index, context_.message);
      context_.message << ": the host's parallel_for returned before all " << parts << " parts of kernel "
                       << kernel.name << " were done";
      return KILN_HOST_ERROR;
    }
    const kiln_status status = ensure_pool(context_);
    if (status == KILN_OK) context_.pool->run(work, parts);
    return status;
  }

  kiln_status look_at_check(int32_t position) {
    const kiln_image_check& check = function_.checks[position];
    int64_t extent = plan_.check_extents[position];
    if (check.kind == KILN_CHECK_INDEX && function_.counter_count > 0) {
      const ProgramResult here = evaluate(check.extent, dims_);
      if (here.error != ProgramError::none) return fail_size(check.tensor, here.error);
      extent = here.value;
    }
    int64_t stray = 0;
    if (check.kind == KILN_CHECK_INDEX) {
      const int64_t least = *static_cast<const int64_t*>(buffers_[check.buffer]);
      const int64_t greatest = *static_cast<const int64_t*>(buffers_[check.greatest]);
      if (least >= 0 && greatest < extent) return KILN_OK;
      stray = least < 0 ? least : greatest;
    } else if (*static_cast<const uint8_t*>(buffers_[check.buffer]) != 0) {
      return KILN_OK;
    }
    Message& message = context_.message;
    message << check.place << ": ";
    write_function_name(context_.image, plan_.function_index, message);
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

  /// Those of a kernel; -1: those that need none.
  kiln_status look_at_checks(int32_t kernel) {
    int32_t first = 0, end = function_.check_count;
    while (first < end) {
      const int32_t middle = (first + end) / 2;
      if (function_.checks[middle].after_kernel < kernel)
        first = middle + 1;
      else
        end = middle;
    }
    kiln_status status = KILN_OK;
    for (; status == KILN_OK && first < function_.check_count; ++first) {
      if (function_.checks[first].after_kernel != kernel) break;
      status = look_at_check(first);
    }
    return status;
  }

  Context& context_;
  const Plan& plan_;
  const kiln_image_function& function_;
  void** buffers_;
  int64_t* dims_;
};

}  // namespace

kiln_status run_kernels(Context& context, const Plan& plan, void** buffers, int64_t* dims) {
  const DefaultFloatMode mode;
  return KernelRun(context, plan, buffers, dims).run();
}

}  // namespace kiln::runtime
