#include "thread_pool.h"

#include <limits.h>
#include <signal.h>
#include <x86intrin.h>

#include <new>

#include "float_mode.h"

// Weak, so that a library still loads where threads are a library of their own (glibc before 2.34) that the
// host does not use; a pool is then refused when it is asked for.
extern "C" {
extern decltype(pthread_create) pthread_create __attribute__((weak));
extern decltype(pthread_join) pthread_join __attribute__((weak));
}

namespace kiln::runtime {
namespace {

constexpr uint64_t default_spin_cycles =
    100'000;  // 30 to 50 microseconds: longer than most gaps between kernels
constexpr int part_bits = 16;

int32_t parts_of(uint64_t step) { return static_cast<int32_t>(step & ((1u << part_bits) - 1)); }

/// How many processors this process may run on; 0 if that is not known.
int32_t allowed_processors() {
  uint64_t mask[64] = {};
  const long bytes = syscall(SYS_sched_getaffinity, 0, sizeof(mask), mask);
  int32_t count = 0;
  for (long i = 0; i < bytes / 8; ++i) {
    for (uint64_t word = mask[i]; word != 0; word &= word - 1) ++count;
  }
  return count;
}

/// Blocks all signals for a scope, for the threads that are started in it: the host's handlers belong on its
/// threads.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    const uint64_t all = ~uint64_t{0};
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, &former_, sizeof(all));
  }
  ~SignalsBlocked() { syscall(SYS_rt_sigprocmask, SIG_SETMASK, &former_, nullptr, sizeof(former_)); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  uint64_t former_ = 0;
};

size_t pool_bytes(size_t worker_bytes, int32_t threads) {
  return sizeof(ThreadPool) + worker_bytes * static_cast<size_t>(threads);
}

/// Calls done() until it is true or the cycles are spent; whether it became true.
template <class Done>
bool spin(uint64_t cycles, Done done) {
  if (done()) return true;
  if (cycles == 0) return false;
  const uint64_t begin = __rdtsc();
  do {
    _mm_pause();
    if (done()) return true;
  } while (__rdtsc() - begin < cycles);
  return false;
}

}  // namespace

ThreadPool::ThreadPool(const Memory& memory, int32_t threads, bool never_spin)
    : memory_(memory), threads_(threads), process_(getpid()) {
  // Where workers must share processors, one that spins keeps another from its work.
  spin_cycles_ = never_spin || allowed_processors() < threads ? 0 : default_spin_cycles;
  for (int32_t i = 0; i < threads; ++i) {
    Worker* worker = new (workers() + i) Worker;
    worker->pool = this;
    worker->number = i;
  }
}

ThreadPool* ThreadPool::create(const Memory& memory, int32_t threads, bool never_spin, int32_t& started) {
  started = 1;
  if (pthread_create == nullptr || pthread_join == nullptr) return nullptr;
  void* block = memory.allocate(pool_bytes(sizeof(Worker), threads));
  if (block == nullptr) return nullptr;
  ThreadPool* pool = new (block) ThreadPool(memory, threads, never_spin);
  const SignalsBlocked blocked;
  for (; started < threads; ++started) {
    Worker& worker = pool->workers()[started];
    if (pthread_create(&worker.thread, nullptr, enter, &worker) == 0) continue;
    pool->join(started);
    memory.release(block, pool_bytes(sizeof(Worker), threads));
    return nullptr;
  }
  return pool;
}

void ThreadPool::destroy(ThreadPool* pool) {
  if (pool == nullptr) return;
  // After a fork the child has this memory but none of the threads.
  if (pool->process_ == getpid()) pool->join(pool->threads_);
  const Memory memory = pool->memory_;
  memory.release(pool, pool_bytes(sizeof(Worker), pool->threads_));
}

void ThreadPool::join(int32_t threads) {
  publish(++sequence_ << part_bits);
  for (int32_t i = 1; i < threads; ++i) pthread_join(workers()[i].thread, nullptr);
}

void* ThreadPool::enter(void* argument) {
  Worker& worker = *static_cast<Worker*>(argument);
  worker.pool->work(worker.number);
  return nullptr;
}

void ThreadPool::work(int32_t number) {
  const DefaultFloatMode mode;
  uint64_t seen = 0;
  for (;;) {
    seen = wait_for_step(seen);
    if (parts_of(seen) == 0) return;
    take_parts(seen, number);
  }
}

void ThreadPool::run(const Work& work, int32_t parts) {
  work_ = work;
  unfinished_.store(static_cast<uint32_t>(parts), std::memory_order_relaxed);
  const uint64_t step = (++sequence_ << part_bits) | static_cast<uint64_t>(parts);
  publish(step);
  take_parts(step, 0);
  wait_for_parts();
}

void ThreadPool::publish(uint64_t step) {
  step_.store(step, std::memory_order_release);
  // Sequentially consistent against a worker that counts itself as a sleeper and then looks at `wake_`.
  wake_.store(static_cast<uint32_t>(sequence_), std::memory_order_seq_cst);
  if (sleepers_.load(std::memory_order_seq_cst) != 0) futex_wake(wake_, INT_MAX);
}

void ThreadPool::take_parts(uint64_t step, int32_t number) {
  const int32_t parts = parts_of(step);
  for (int32_t i = 0; i < parts; ++i) {
    const int32_t part = (number + i) % parts;
    // Who has claimed a part of a step may read work_: it stays as it is until that part is finished.
    if (!claim(part, step)) continue;
    work_.kernel(work_.buffers, work_.dims, part, parts);
    finish_part();
  }
}

bool ThreadPool::claim(int32_t part, uint64_t step) {
  std::atomic<uint64_t>& claimed = workers()[part].claimed;
  uint64_t last = claimed.load(std::memory_order_relaxed);
  // A worker that comes late, to a step long done, finds all of its parts claimed by that step or a later
  // one.
  return last < step && claimed.compare_exchange_strong(last, step, std::memory_order_acq_rel);
}

void ThreadPool::finish_part() {
  if (unfinished_.fetch_sub(1, std::memory_order_seq_cst) != 1) return;
  if (caller_sleeps_.load(std::memory_order_seq_cst) != 0) futex_wake(unfinished_, 1);
}

uint64_t ThreadPool::wait_for_step(uint64_t seen) {
  const auto step_opened = [&] { return step_.load(std::memory_order_acquire) != seen; };
  if (!spin(spin_cycles_, step_opened)) {
    sleepers_.fetch_add(1, std::memory_order_seq_cst);
    for (;;) {
      const uint32_t wake = wake_.load(std::memory_order_seq_cst);
      if (step_opened()) break;
      futex_wait(wake_, wake);
    }
    sleepers_.fetch_sub(1, std::memory_order_seq_cst);
  }
  return step_.load(std::memory_order_acquire);
}

void ThreadPool::wait_for_parts() {
  const auto all_done = [&] { return unfinished_.load(std::memory_order_acquire) == 0; };
  if (spin(spin_cycles_, all_done)) return;
  caller_sleeps_.store(1, std::memory_order_seq_cst);
  for (;;) {
    const uint32_t left = unfinished_.load(std::memory_order_seq_cst);
    if (left == 0) break;
    futex_wait(unfinished_, left);
  }
  caller_sleeps_.store(0, std::memory_order_relaxed);
}

}  // namespace kiln::runtime
