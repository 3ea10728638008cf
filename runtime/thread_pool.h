#pragma once

#include <pthread.h>

#include <atomic>

#include "futex.h"
#include "image.h"
#include "memory.h"

namespace kiln::runtime {

constexpr int32_t greatest_threads = 256;

/// A kernel cut into parts, and what it works on.
struct Work {
  kiln_kernel_function kernel;
  void* const* buffers;
  const int64_t* dims;
};

/// The threads of one context; the thread that calls `run` is one of them, worker 0.
///
/// Each part of a kernel has a worker who takes it first, so that the same range of indices meets the same
/// cache in kernel after kernel; but any worker may take any part that nobody has begun. Hence nobody ever
/// waits for a worker who has lost its core, unless it lost it in the midst of a part, and a call with a pool
/// whose other threads never run is as fast as one without. Workers look for work for some microseconds, then
/// sleep on a futex.
class ThreadPool {
 public:
  /// Starts threads - 1 threads. Null if there is no memory or a thread cannot be started; `started` then
  /// tells how many of the threads, the caller included, were there.
  static ThreadPool* create(const Memory& memory, int32_t threads, bool never_spin, int32_t& started);
  /// Ends and joins the threads. Null is allowed.
  static void destroy(ThreadPool* pool);

  /// Runs all parts, 1 <= parts <= threads, and returns when they are done. One caller at a time.
  void run(const Work& work, int32_t parts);

 private:
  struct alignas(memory_alignment) Worker {
    std::atomic<uint64_t> claimed{0};  // the last step at which the part of this worker's number was taken
    ThreadPool* pool = nullptr;
    int32_t number = 0;
    pthread_t thread{};
  };

  ThreadPool(const Memory& memory, int32_t threads, bool never_spin);
  static void* enter(void* worker);
  void work(int32_t number);
  void publish(uint64_t step);
  void take_parts(uint64_t step, int32_t number);
  bool claim(int32_t part, uint64_t step);
  void finish_part();
  uint64_t wait_for_step(uint64_t seen);
  void wait_for_parts();
  void join(int32_t threads);
  Worker* workers() { return reinterpret_cast<Worker*>(this + 1); }

  Memory memory_;
  int32_t threads_;
  uint64_t spin_cycles_;
  int process_;
  uint64_t sequence_ = 0;
  Work work_{};  // of the open step; changed only while no part of a step is unfinished

  // A step opens a kernel for the workers: a number that only grows, with its count of parts in the low 16
  // bits (0 parts: the end). `wake_` changes with it and is what sleepers wait on.
  alignas(memory_alignment) std::atomic<uint64_t> step_{0};
  std::atomic<uint32_t> wake_{0};
  std::atomic<uint32_t> sleepers_{0};
  alignas(memory_alignment) std::atomic<uint32_t> unfinished_{0};
  std::atomic<uint32_t> caller_sleeps_{0};
};

}  // namespace kiln::runtime
