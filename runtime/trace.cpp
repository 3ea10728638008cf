#include "trace.h"

namespace kiln::runtime {

void TracedKernel::part(void* const* traced, const int64_t*, int64_t worker, int64_t workers) {
  const TracedKernel& self = *reinterpret_cast<const TracedKernel*>(traced);
  kiln_trace_event event = self.about_;
  event.kind = KILN_TRACE_PART;
  event.part = static_cast<int32_t>(worker);
  event.begin = self.tracer_.now(self.tracer_.user);
  self.work_.kernel(self.work_.buffers, self.work_.dims, worker, workers);
  event.end = self.tracer_.now(self.tracer_.user);
  self.tracer_.event(self.tracer_.user, &event);
}

CallTrace::CallTrace(const Context& context, int32_t function) : context_(context), function_(function) {
  if (context.tracer.event != nullptr) begin_ = context.tracer.now(context.tracer.user);
}

CallTrace::~CallTrace() {
  const kiln_tracer& tracer = context_.tracer;
  if (tracer.event == nullptr) return;
  kiln_trace_event event = trace_event(context_, function_, KILN_TRACE_CALL);
  event.begin = begin_;
  event.end = tracer.now(tracer.user);
  tracer.event(tracer.user, &event);
}

kiln_trace_event trace_event(const Context& context, int32_t function, kiln_trace_kind kind) {
  const kiln_image_module& image = context.image;
  kiln_trace_event event = {};
  event.struct_size = sizeof(event);
  event.kind = kind;
  event.kernel = event.part = -1;
  event.parts = 1;
  event.round = -1;
  event.function = event.name = event.place = "";
  if (image.functions[function].name != nullptr) event.function = image.functions[function].name;
  for (int32_t i = 0; i < image.model_count; ++i)
    if (image.models[i].initialise == function) event.function = image.models[i].name;
  return event;
}

}  // namespace kiln::runtime
