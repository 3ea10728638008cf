#pragma once

#include <mutex>
#include <vector>

#include "kiln/kiln.h"

namespace kiln::tools {

/// An event of a traced call, and the thread that it came from.
struct TraceEvent {
  kiln_trace_event event;
  int32_t thread;  // as the system numbers them
};

/// What the calls of a context tell: nanoseconds of a clock that does not jump. Strings of events live as
/// long as the library.
class TraceEvents {
 public:
  /// For kiln_context_options; this object must outlive the context.
  kiln_tracer tracer();
  /// When nothing runs.
  const std::vector<TraceEvent>& all() const { return events_; }
  void clear() { events_.clear(); }

 private:
  static uint64_t now(void* user);
  static void event(void* user, const kiln_trace_event* event);

  std::mutex mutex_;
  std::vector<TraceEvent> events_;
};

}  // namespace kiln::tools
