#pragma once

#include "context.h"

namespace kiln::runtime {

/// A kernel on its way through the workers of a context that is traced: `work()` stands in for the kernel's
/// own and tells of each part when it is done. So nothing but a call knows of tracing, and what does not
/// trace pays one comparison for each kernel.
class TracedKernel {
 public:
  /// `about` says all but what differs between parts. Must outlive the run of `work()`.
  TracedKernel(const Work& work, const kiln_tracer& tracer, const kiln_trace_event& about)
      : work_(work), tracer_(tracer), about_(about) {}

  /// Its buffers are this object.
  Work work() const { return {part, reinterpret_cast<void* const*>(this), nullptr}; }

 private:
  static void part(void* const* traced, const int64_t* none, int64_t worker, int64_t workers);

  Work work_;
  const kiln_tracer& tracer_;
  const kiln_trace_event& about_;
};

/// The scope of a call, told to the host when it is over.
class CallTrace {
 public:
  CallTrace(const Context& context, int32_t function);
  ~CallTrace();
  CallTrace(const CallTrace&) = delete;
  CallTrace& operator=(const CallTrace&) = delete;

 private:
  const Context& context_;
  const int32_t function_;
  uint64_t begin_ = 0;
};

/// An event with the name of the function, of an initialiser that of its model type; nothing else is set.
kiln_trace_event trace_event(const Context& context, int32_t function, kiln_trace_kind kind);

}  // namespace kiln::runtime
