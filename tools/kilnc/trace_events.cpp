#include "trace_events.h"

#include <time.h>
#include <unistd.h>

namespace kiln::tools {

kiln_tracer TraceEvents::tracer() { return {sizeof(kiln_tracer), this, now, event}; }

uint64_t TraceEvents::now(void*) {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<uint64_t>(time.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(time.tv_nsec);
}

void TraceEvents::event(void* user, const kiln_trace_event* event) {
  auto& self = *static_cast<TraceEvents*>(user);
  const std::lock_guard lock(self.mutex_);
  self.events_.push_back({*event, static_cast<int32_t>(gettid())});
}

}  // namespace kiln::tools
