#include <xmmintrin.h>

#include <numeric>
#include <thread>

#include "test_host.h"

namespace {

kiln_context_options with_threads(int32_t count, int32_t never_spin = 0) {
  kiln_context_options options = KILN_CONTEXT_OPTIONS_INIT;
  options.threads = count;
  options.never_spin = never_spin;
  return options;
}

/// flatten over `batch` images, and whether its result is right.
void flatten_once(Host& host, int64_t batch) {
  Floats a({batch, 3, 2}), out({batch, 6});
  Integers b({batch});
  std::iota(a.values.begin(), a.values.end(), 0.f);
  std::iota(b.values.begin(), b.values.end(), 0);
  ASSERT_EQ(host.call(flatten, {&a.c, &b.c, &out.c}), KILN_OK) << host.message();
  for (int64_t i = 0; i < batch * 6; ++i)
    ASSERT_EQ(out.values[static_cast<size_t>(i)], static_cast<float>(i + i / 6)) << i;
}

TEST(Run, AnyNumberOfThreadsGivesTheSame) {
  for (const int32_t never_spin : {0, 1})
    for (int32_t threads = 1; threads <= 4; ++threads) {
      Host host(with_threads(threads, never_spin));
      for (int64_t batch = 0; batch < 20; ++batch) flatten_once(host, batch);
      for (int round = 0; round < 200; ++round) flatten_once(host, 37);
    }
}

TEST(Run, ASecondCallWithTheSameDimsAllocatesNothing) {
  for (const int32_t threads : {1, 3}) {
    CountingAllocator allocator;
    const kiln_allocator hooks = allocator.hooks();
    kiln_context_options options = with_threads(threads);
    options.allocator = &hooks;
    {
      Host host(options);
      kiln_model* model = host.create(net);
      Floats x({8, 4}), y({8, 3}), a({8, 2, 2}), out({8, 4});
      Integers b({8});
      float rate = 1, norm = 0;
      const auto all = [&] {
        ASSERT_EQ(host.call(apply, {model, &x.c, &y.c}), KILN_OK) << host.message();
        ASSERT_EQ(host.call(flatten, {&a.c, &b.c, &out.c}), KILN_OK) << host.message();
        ASSERT_EQ(host.call(train, {model, &x.c, &rate, &norm}), KILN_OK) << host.message();
      };
      all();
      const int64_t before = allocator.allocations;
      for (int i = 0; i < 10; ++i) all();
      EXPECT_EQ(allocator.allocations, before);
      kiln_model_free(host.api, model);
    }
    EXPECT_EQ(allocator.live_bytes, 0) << "everything is given back";
  }
}

TEST(Run, MemoryDoesNotGrowWithTheNumberOfShapes) {
  CountingAllocator allocator;
  const kiln_allocator hooks = allocator.hooks();
  kiln_context_options options = KILN_CONTEXT_OPTIONS_INIT;
  options.allocator = &hooks;
  Host host(options);
  const auto use = [&](int64_t n) {
    Floats x({n}, std::vector<float>(static_cast<size_t>(n), 1)), y({n});
    ASSERT_EQ(host.call(chain, {&x.c, &y.c}), KILN_OK);
    ASSERT_EQ(y.values, std::vector<float>(static_cast<size_t>(n), 5));
  };
  for (int64_t n = 1; n <= 400; ++n) use(n);
  const int64_t after_all = allocator.live_bytes;
  for (int64_t n = 400; n >= 1; --n) use(n);
  EXPECT_EQ(allocator.live_bytes, after_all);
  kiln_context_trim(host.api, host.context);
  EXPECT_LT(allocator.live_bytes, after_all);
  use(7);
}

TEST(Run, WrongCallsLeaveNoPlanBehind) {
  CountingAllocator allocator;
  const kiln_allocator hooks = allocator.hooks();
  kiln_context_options options = KILN_CONTEXT_OPTIONS_INIT;
  options.allocator = &hooks;
  Host host(options);
  const int64_t before = allocator.live_bytes;
  Floats x({6}), y({5});
  EXPECT_EQ(host.call(chain, {&x.c, &y.c}), KILN_INVALID_ARGUMENT);
  EXPECT_EQ(allocator.live_bytes, before);
}

TEST(Run, MissingMemoryIsAStatus) {
  for (int64_t succeed = 0; succeed < 30; ++succeed) {
    CountingAllocator allocator;
    const kiln_allocator hooks = allocator.hooks();
    kiln_context_options options = with_threads(2);
    options.allocator = &hooks;
    allocator.fail_after = succeed;
    {
      Host host(options);
      if (host.status != KILN_OK) {
        EXPECT_EQ(host.status, KILN_OUT_OF_MEMORY);
      } else {
        Floats a({4, 2, 2}), out({4, 4});
        Integers b({4});
        const kiln_status status = host.call(flatten, {&a.c, &b.c, &out.c});
        if (status == KILN_HOST_ERROR) {
          EXPECT_EQ(host.message(), "could not start the threads of the context: 1 of 2 are there");
        } else if (status != KILN_OK) {
          EXPECT_EQ(status, KILN_OUT_OF_MEMORY);
          EXPECT_NE(host.message().find("no memory for a "), std::string::npos) << host.message();
        }
        kiln_model* model = nullptr;
        const kiln_status created = kiln_model_create(host.api, host.context, net, 1, &model);
        EXPECT_EQ(model != nullptr, created == KILN_OK);
        kiln_model_free(host.api, model);
      }
    }
    EXPECT_EQ(allocator.live_bytes, 0) << succeed;
  }
}

TEST(Run, AStrayIndexIsAStatusThatNamesIt) {
  Host host(with_threads(2));
  Floats table({5, 2}), out({3, 2}, std::vector<float>(6, 9));
  Integers tokens({3}, {0, 5, 1});
  EXPECT_EQ(host.call(gather, {&table.c, &tokens.c, &out.c}), KILN_CHECK_FAILED);
  EXPECT_EQ(host.message(),
            "test.model:41:12: gather: index 5 is outside axis 0 of `table`, which has 5 elements");
  EXPECT_EQ(out.values, std::vector<float>(6, 9));
  tokens.values = {0, -7, 9};
  tokens.c.data = tokens.values.data();
  EXPECT_EQ(host.call(gather, {&table.c, &tokens.c, &out.c}), KILN_CHECK_FAILED);
  EXPECT_EQ(host.message(),
            "test.model:41:12: gather: index -7 is outside axis 0 of `table`, which has 5 elements");
  tokens.values = {4, 0, 1};
  tokens.c.data = tokens.values.data();
  EXPECT_EQ(host.call(gather, {&table.c, &tokens.c, &out.c}), KILN_OK);
  EXPECT_EQ(host.message(), "");
  Integers none({0});
  Floats nothing({0, 2});
  EXPECT_EQ(host.call(gather, {&table.c, &none.c, &nothing.c}), KILN_OK) << "no index is a stray one";
}

TEST(Run, AFailedAssertionLeavesTheModelAsItWas) {
  Host host;
  kiln_model* model = host.create(net);
  const auto before = contents(host.api, model);
  Floats x({1, 4});
  float rate = -1, norm = 9;
  EXPECT_EQ(host.call(train, {model, &x.c, &rate, &norm}), KILN_CHECK_FAILED);
  EXPECT_EQ(host.message(), "test.model:50:3: train: assertion failed: the rate must be positive");
  EXPECT_EQ(contents(host.api, model), before);
  EXPECT_EQ(norm, 9);
  rate = 1;
  EXPECT_EQ(host.call(train, {model, &x.c, &rate, &norm}), KILN_OK);
  EXPECT_NE(contents(host.api, model), before);
  kiln_model_free(host.api, model);
}

/// parallel_for of a host, with mistakes to choose from.
struct HostThreads {
  enum Kind { in_order, backwards, on_threads, twice, strays, forgets_last } kind;
  int64_t tasks = 0;

  static void run(void* user, int64_t count, void (*task)(void*, int64_t), void* data) {
    HostThreads& self = *static_cast<HostThreads*>(user);
    self.tasks += count;
    std::vector<std::thread> threads;
    const int64_t end = self.kind == forgets_last ? count - 1 : count;
    for (int64_t i = 0; i < end; ++i) {
      const int64_t index = self.kind == backwards ? count - 1 - i : i;
      if (self.kind == on_threads) {
        threads.emplace_back(task, data, index);
      } else {
        task(data, index);
      }
      if (self.kind == twice) task(data, index);
    }
    if (self.kind == strays) {
      task(data, -1);
      task(data, count);
    }
    for (std::thread& thread : threads) thread.join();
  }
};

TEST(Run, TheHostsThreadsDoTheWork) {
  for (const HostThreads::Kind kind : {HostThreads::in_order, HostThreads::backwards, HostThreads::on_threads,
                                       HostThreads::twice, HostThreads::strays}) {
    HostThreads threads{kind};
    const kiln_executor executor = {sizeof(kiln_executor), &threads, HostThreads::run};
    kiln_context_options options = with_threads(3);
    options.executor = &executor;
    Host host(options);
    flatten_once(host, 11);
    EXPECT_EQ(threads.tasks, 6) << "two kernels in three parts";
  }
}

TEST(Run, SmallKernelsRunWhereTheCallIs) {
  for (const int64_t rows : {4, 5}) {
    HostThreads threads{HostThreads::in_order};
    const kiln_executor executor = {sizeof(kiln_executor), &threads, HostThreads::run};
    kiln_context_options options = with_threads(3);
    options.executor = &executor;
    Host host(options);
    kiln_model* model = host.create(net);
    threads.tasks = 0;
    Floats x({rows, 4}), y({rows, 3});
    EXPECT_EQ(host.call(apply, {model, &x.c, &y.c}), KILN_OK) << host.message();
    EXPECT_EQ(threads.tasks, rows == 4 ? 0 : 3);
    kiln_model_free(host.api, model);
  }
}

TEST(Run, AHostThatSkipsWorkIsFoundOut) {
  HostThreads threads{HostThreads::forgets_last};
  const kiln_executor executor = {sizeof(kiln_executor), &threads, HostThreads::run};
  kiln_context_options options = with_threads(3);
  options.executor = &executor;
  Host host(options);
  Floats x({2, 2}), y({2, 2});
  float factor = 1;
  EXPECT_EQ(host.call(scale, {&x.c, &factor, &y.c}), KILN_HOST_ERROR);
  EXPECT_EQ(host.message(),
            "scale: the host's parallel_for returned before all 3 parts of kernel scale were done");
}

TEST(Run, TheFloatModeOfTheHostDoesNotMatterAndIsKept) {
  Host host;
  const float tiny = 1e-40f;  // a subnormal, which flushing would make 0
  Floats x({1, 1}, {tiny}), y({1, 1});
  float factor = 0.5f;
  const unsigned former = _mm_getcsr();
  const unsigned flushing = former | 0x8040;
  _mm_setcsr(flushing);
  const kiln_status status = host.call(scale, {&x.c, &factor, &y.c});
  const unsigned after = _mm_getcsr();
  _mm_setcsr(former);
  EXPECT_EQ(status, KILN_OK);
  EXPECT_EQ(after, flushing);
  EXPECT_EQ(y.values[0], 0.5f * tiny);
}

TEST(Run, AContextInUseIsBusy) {
  struct Nested {
    Host* host;
    kiln_status inner;
    static void run(void* user, int64_t count, void (*task)(void*, int64_t), void* data) {
      Nested& self = *static_cast<Nested*>(user);
      kiln_model* model = nullptr;
      self.inner = kiln_model_create(self.host->api, self.host->context, net, 1, &model);
      for (int64_t i = 0; i < count; ++i) task(data, i);
    }
  } nested{nullptr, KILN_OK};
  const kiln_executor executor = {sizeof(kiln_executor), &nested, Nested::run};
  kiln_context_options options = with_threads(2);
  options.executor = &executor;
  Host host(options);
  nested.host = &host;
  flatten_once(host, 2);
  EXPECT_EQ(nested.inner, KILN_BUSY);
}

TEST(Concurrency, AConstModelIsSharedByFourContexts) {
  Host owner;
  kiln_model* model = owner.create(net, 3);
  std::vector<std::thread> threads;
  std::atomic<int> right{0};
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      Host host(with_threads(1 + t % 2));
      Floats x({16, 4}, std::vector<float>(64, static_cast<float>(t))), y({16, 3});
      for (int round = 0; round < 200; ++round) {
        if (host.call(apply, {model, &x.c, &y.c}) != KILN_OK) return;
        // weight[o][k] = 300 + 4 o + k
        for (int o = 0; o < 3; ++o)
          if (y.values[static_cast<size_t>(o)] != 0.5f + static_cast<float>(t * (1206 + 16 * o))) return;
      }
      ++right;
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(right, 4);
  kiln_model_free(owner.api, model);
}

TEST(Concurrency, APlanIsSharedByFourContexts) {
  Host owner;
  kiln_plan* plan = nullptr;
  const int64_t dims[] = {50};
  ASSERT_EQ(kiln_plan_create(owner.api, owner.context, chain, dims, 1, &plan), KILN_OK);
  const size_t bytes = static_cast<size_t>(kiln_plan_workspace(owner.api, plan));
  std::vector<std::thread> threads;
  std::atomic<int> right{0};
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      Host host;
      void* memory = std::aligned_alloc(64, bytes);
      Floats x({50}), y({50});
      void* arguments[] = {&x.c, &y.c};
      bool good = true;
      for (int round = 0; round < 200; ++round)
        good = good && kiln_plan_run(host.api, plan, host.context, arguments, 2, memory,
                                     static_cast<int64_t>(bytes)) == KILN_OK;
      right += good && y.values == std::vector<float>(50, 4);
      std::free(memory);
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(right, 4);
  kiln_plan_free(owner.api, plan);
}

}  // namespace
