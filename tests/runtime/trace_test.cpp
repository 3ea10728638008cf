// What a traced context tells its host, and that others tell nothing.
#include <mutex>
#include <set>
#include <thread>

#include "test_host.h"

namespace {

/// A host that keeps what it is told, with a clock that ticks once each time it is read.
struct Listener {
  struct Heard {
    kiln_trace_event event;
    std::thread::id thread;
  };
  std::atomic<uint64_t> clock{0};
  std::mutex mutex;
  std::vector<Heard> heard;

  kiln_tracer tracer() { return {sizeof(kiln_tracer), this, now, event}; }
  std::vector<Heard> of(kiln_trace_kind kind) const {
    std::vector<Heard> found;
    for (const Heard& item : heard)
      if (item.event.kind == kind) found.push_back(item);
    return found;
  }

 private:
  static uint64_t now(void* user) { return ++static_cast<Listener*>(user)->clock; }
  static void event(void* user, const kiln_trace_event* event) {
    auto& self = *static_cast<Listener*>(user);
    const std::lock_guard lock(self.mutex);
    self.heard.push_back({*event, std::this_thread::get_id()});
  }
};

kiln_context_options traced(const kiln_tracer& tracer, int32_t threads) {
  kiln_context_options options = KILN_CONTEXT_OPTIONS_INIT;
  options.threads = threads;
  options.tracer = &tracer;
  return options;
}

bool lies_within(const kiln_trace_event& inner, const kiln_trace_event& outer) {
  return outer.begin <= inner.begin && inner.begin < inner.end && inner.end <= outer.end;
}

TEST(Trace, TellsOfEachKernelInOrderWithinItsCall) {
  Listener listener;
  const kiln_tracer tracer = listener.tracer();
  Host host(traced(tracer, 1));
  Floats x({9}, {1, 2, 3, 4, 5, 6, 7, 8, 9}), y({9});
  ASSERT_EQ(host.call(chain, {&x.c, &y.c}), KILN_OK) << host.message();
  EXPECT_EQ(y.values[8], 13);
  const auto calls = listener.of(KILN_TRACE_CALL), kernels = listener.of(KILN_TRACE_KERNEL);
  ASSERT_EQ(calls.size(), 1u);
  EXPECT_STREQ(calls[0].event.function, "chain");
  EXPECT_STREQ(calls[0].event.name, "");
  EXPECT_EQ(calls[0].event.kernel, -1);
  EXPECT_EQ(calls[0].event.struct_size, sizeof(kiln_trace_event));
  ASSERT_EQ(kernels.size(), 4u);
  const char* const names[] = {"first", "second", "third", "fourth"};
  for (size_t i = 0; i < 4; ++i) {
    const kiln_trace_event& kernel = kernels[i].event;
    EXPECT_STREQ(kernel.name, names[i]);
    EXPECT_STREQ(kernel.function, "chain");
    EXPECT_STREQ(kernel.place, "net.model:9:5");
    EXPECT_EQ(kernel.kernel, static_cast<int32_t>(i));
    EXPECT_EQ(kernel.parts, 1);
    EXPECT_EQ(kernel.round, -1);
    EXPECT_TRUE(lies_within(kernel, calls[0].event));
    EXPECT_GE(kernel.begin, i > 0 ? kernels[i - 1].event.end : 0);
  }
  EXPECT_TRUE(listener.of(KILN_TRACE_PART).empty()) << "what is whole has no parts";
}

TEST(Trace, TellsOfPartsFromTheirThreads) {
  Listener listener;
  const kiln_tracer tracer = listener.tracer();
  Host host(traced(tracer, 3));
  for (int repeat = 0; repeat < 50; ++repeat) {
    listener.heard.clear();
    Floats x({4, 6}), y({4, 6});
    float factor = 2;
    ASSERT_EQ(host.call(scale, {&x.c, &factor, &y.c}), KILN_OK) << host.message();
    const auto kernels = listener.of(KILN_TRACE_KERNEL), parts = listener.of(KILN_TRACE_PART);
    ASSERT_EQ(kernels.size(), 1u);
    EXPECT_EQ(kernels[0].event.parts, 3);
    EXPECT_EQ(kernels[0].event.part, -1);
    EXPECT_EQ(kernels[0].thread, std::this_thread::get_id());
    std::set<int32_t> numbers;
    for (const Listener::Heard& part : parts) {
      numbers.insert(part.event.part);
      EXPECT_STREQ(part.event.name, "scale");
      EXPECT_TRUE(lies_within(part.event, kernels[0].event));
    }
    EXPECT_EQ(numbers, (std::set<int32_t>{0, 1, 2}));
    EXPECT_EQ(parts.size(), 3u);
  }
}

TEST(Trace, WorksOnTheHostsThreads) {
  const auto in_order = [](void*, int64_t count, void (*task)(void*, int64_t), void* data) {
    for (int64_t i = 0; i < count; ++i) task(data, i);
  };
  const kiln_executor executor = {sizeof(kiln_executor), nullptr, in_order};
  Listener listener;
  const kiln_tracer tracer = listener.tracer();
  kiln_context_options options = traced(tracer, 2);
  options.executor = &executor;
  Host host(options);
  Floats x({4, 6}, std::vector<float>(24, 3)), y({4, 6});
  float factor = 2;
  ASSERT_EQ(host.call(scale, {&x.c, &factor, &y.c}), KILN_OK) << host.message();
  EXPECT_EQ(y.values, std::vector<float>(24, 6));
  EXPECT_EQ(listener.of(KILN_TRACE_PART).size(), 2u);
}

TEST(Trace, InitialValuesAreOfTheirType) {
  Listener listener;
  const kiln_tracer tracer = listener.tracer();
  Host host(traced(tracer, 1));
  kiln_model_free(host.api, host.create(net));
  const auto kernels = listener.of(KILN_TRACE_KERNEL);
  ASSERT_EQ(kernels.size(), 1u);
  EXPECT_STREQ(kernels[0].event.function, "Net");
}

TEST(Trace, HalfATracerIsRefused) {
  Listener listener;
  for (const int missing : {0, 1, 2}) {
    kiln_tracer tracer = listener.tracer();
    if (missing == 0) tracer.struct_size = 8;
    if (missing == 1) tracer.now = nullptr;
    if (missing == 2) tracer.event = nullptr;
    char message[100] = "";
    kiln_context_options options = traced(tracer, 1);
    options.message = message;
    options.message_bytes = sizeof(message);
    const Host host(options);
    EXPECT_EQ(host.status, KILN_INVALID_ARGUMENT);
    EXPECT_STREQ(message, missing == 0 ? "kiln_tracer.struct_size is 8, expected at least 32"
                                       : "kiln_tracer needs both `now` and `event`");
  }
}

TEST(Trace, OptionsOfHostsThatKnowOfNoTracerAreAccepted) {
  kiln_context_options options = KILN_CONTEXT_OPTIONS_INIT;
  options.struct_size = offsetof(kiln_context_options, tracer);
  options.tracer = reinterpret_cast<const kiln_tracer*>(uintptr_t{1});  // what happens to lie behind
  Host host(options);
  ASSERT_EQ(host.status, KILN_OK);
  Floats x({1, 1}, {2}), y({1, 1});
  float factor = 3;
  EXPECT_EQ(host.call(scale, {&x.c, &factor, &y.c}), KILN_OK);
  EXPECT_EQ(y.values[0], 6);
}

}  // namespace
