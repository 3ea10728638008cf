#include "thread_pool.h"

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/wait.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <functional>
#include <thread>
#include <vector>

namespace {

using kiln::runtime::Memory;
using kiln::runtime::ThreadPool;
using kiln::runtime::Work;

struct Pool {
  explicit Pool(int32_t threads, bool never_spin = false)
      : pool(ThreadPool::create(memory, threads, never_spin, started)) {}
  ~Pool() { ThreadPool::destroy(pool); }
  Memory memory;
  int32_t started = 0;
  ThreadPool* pool;
};

/// Each part counts itself: buffers[0] is an array of plain counters, so that a part done twice at a time is
/// a race.
void count_part(void* const* buffers, const int64_t*, int64_t part, int64_t) {
  ++static_cast<int64_t*>(buffers[0])[part * 8];
}

TEST(ThreadPool, DoesEachPartOfEachStepOnce) {
  for (const bool never_spin : {false, true})
    for (int32_t threads = 2; threads <= 4; ++threads) {
      Pool host(threads, never_spin);
      ASSERT_NE(host.pool, nullptr);
      std::vector<int64_t> counters(32), expected(32);
      void* buffers[] = {counters.data()};
      for (int step = 0; step < 2000; ++step) {
        const int32_t parts = 1 + step % threads;
        host.pool->run({count_part, buffers, nullptr}, parts);
        for (int32_t part = 0; part < parts; ++part) ++expected[static_cast<size_t>(part) * 8];
        ASSERT_EQ(counters, expected) << "step " << step;
      }
    }
}

TEST(ThreadPool, WakesWorkersThatSleep) {
  Pool host(3);
  std::vector<int64_t> counters(32);
  void* buffers[] = {counters.data()};
  for (int step = 0; step < 10; ++step) {
    std::this_thread::sleep_for(std::chrono::milliseconds(3));
    host.pool->run({count_part, buffers, nullptr}, 3);
  }
  EXPECT_EQ(counters[0] + counters[8] + counters[16], 30);
}

void meet_all(void* const* buffers, const int64_t*, int64_t, int64_t parts) {
  auto& arrived = *static_cast<std::atomic<int64_t>*>(buffers[0]);
  ++arrived;
  while (arrived.load() < parts) std::this_thread::yield();
}

TEST(ThreadPool, PartsRunAtTheSameTime) {
  Pool host(4);
  std::atomic<int64_t> arrived{0};
  void* buffers[] = {&arrived};
  host.pool->run({meet_all, buffers, nullptr}, 4);  // would never end on fewer than four threads
  EXPECT_EQ(arrived, 4);
}

void sleep_in_second(void* const*, const int64_t*, int64_t part, int64_t) {
  if (part == 1) std::this_thread::sleep_for(std::chrono::milliseconds(20));
}

TEST(ThreadPool, WaitsForASlowPart) {
  Pool host(2);
  const auto begin = std::chrono::steady_clock::now();
  host.pool->run({sleep_in_second, nullptr, nullptr}, 2);
  EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds(20));
}

TEST(ThreadPool, AForkedChildDoesTheWorkAlone) {
#if defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "TSan does not follow threads over a fork";
#endif
  Pool host(4);
  std::vector<int64_t> counters(32);
  void* buffers[] = {counters.data()};
  host.pool->run({count_part, buffers, nullptr}, 4);
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    alarm(20);
    host.pool->run({count_part, buffers, nullptr}, 4);
    ThreadPool::destroy(host.pool);
    _exit(counters[0] == 2 && counters[8] == 2 && counters[24] == 2 ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

void read_signals(void* const* buffers, const int64_t*, int64_t part, int64_t parts) {
  sigset_t blocked;
  pthread_sigmask(SIG_SETMASK, nullptr, &blocked);
  static_cast<int*>(buffers[1])[part] = sigismember(&blocked, SIGUSR1);
  meet_all(buffers, nullptr, part, parts);
}

TEST(ThreadPool, TheHostsSignalsStayOnItsThreads) {
  Pool host(2);
  std::atomic<int64_t> arrived{0};
  int blocked[2] = {-1, -1};
  void* buffers[] = {&arrived, blocked};
  host.pool->run({read_signals, buffers, nullptr}, 2);
  EXPECT_EQ(blocked[0] + blocked[1], 1) << "not in the caller, but in the thread that the pool started";
}

/// Some microseconds of arithmetic, shared out by the parts.
void compute(void* const* buffers, const int64_t*, int64_t part, int64_t parts) {
  constexpr int64_t rounds = 40'000;
  double sum = 0;
  for (int64_t i = rounds * part / parts; i < rounds * (part + 1) / parts; ++i)
    sum += static_cast<double>(i) / (1 + sum);
  static_cast<double*>(buffers[0])[part * 8] = sum;
}

/// A process that never rests, on one processor alone.
class BusyProcess {
 public:
  explicit BusyProcess(int processor) : child_(fork()) {
    if (child_ != 0) return;
    alarm(60);
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(processor, &set);
    sched_setaffinity(0, sizeof(set), &set);
    for (std::atomic<uint64_t> rounds{0};;) rounds.fetch_add(1, std::memory_order_relaxed);
  }
  ~BusyProcess() {
    if (child_ <= 0) return;
    kill(child_, SIGKILL);
    waitpid(child_, nullptr, 0);
  }
  BusyProcess(const BusyProcess&) = delete;
  pid_t child() const { return child_; }

 private:
  pid_t child_;
};

/// This thread, and those that it starts, on two of the processors that it may use; false where there is but
/// one.
bool take_two_processors(cpu_set_t& former, int& second) {
  cpu_set_t two;
  CPU_ZERO(&two);
  sched_getaffinity(0, sizeof(former), &former);
  for (int processor = 0; processor < CPU_SETSIZE && CPU_COUNT(&two) < 2; ++processor)
    if (CPU_ISSET(processor, &former)) CPU_SET(second = processor, &two);
  return CPU_COUNT(&two) == 2 && sched_setaffinity(0, sizeof(two), &two) == 0;
}

double seconds_of(const std::function<void()>& call) {
  const auto begin = std::chrono::steady_clock::now();
  for (int step = 0; step < 200; ++step) call();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

/// Workers that wait for a partner without a core would be many times slower than one thread. The bound is
/// wide, and the best of some attempts counts, because others may use the machine, too.
TEST(ThreadPool, IsNoSlowerThanOneThreadWhereAnotherProcessHoldsTheSecondCore) {
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
  GTEST_SKIP() << "measures time";
#endif
  cpu_set_t former;
  int second = 0;
  if (!take_two_processors(former, second)) GTEST_SKIP() << "one processor";
  double least = 1e9;
  {
    Pool host(2);
    ASSERT_NE(host.pool, nullptr);
    const BusyProcess busy(second);
    ASSERT_GT(busy.child(), 0);
    std::vector<double> sums(16);
    void* buffers[] = {sums.data()};
    for (int attempt = 0; attempt < 5 && least > 1.2; ++attempt) {
      const double one = seconds_of([&] { compute(buffers, nullptr, 0, 1); });
      const double two = seconds_of([&] { host.pool->run({compute, buffers, nullptr}, 2); });
      least = std::min(least, two / one);
    }
  }
  sched_setaffinity(0, sizeof(former), &former);
  EXPECT_LE(least, 1.2) << "times the time of one thread";
}

}  // namespace
