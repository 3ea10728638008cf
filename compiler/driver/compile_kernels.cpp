#include "driver/compile_kernels.h"

#include <algorithm>
#include <atomic>
#include <thread>

#include "base/internal_check.h"

namespace kiln::driver {

std::vector<std::vector<std::byte>> compile_kernels(const std::vector<KernelJob>& jobs,
                                                    const SourceFiles* debug_sources, int threads) {
  std::vector<std::vector<std::byte>> objects(jobs.size());
  std::atomic<size_t> next = 0;
  const auto work = [&] {
    const CurrentPass current("codegen");
    for (size_t i = next++; i < jobs.size(); i = next++)
      objects[i] = codegen::compile_shared_kernel(jobs[i].kernel, *jobs[i].target, debug_sources);
  };
  const size_t wanted =
      threads > 0 ? static_cast<size_t>(threads) : std::max(1u, std::thread::hardware_concurrency());
  std::vector<std::thread> others;
  for (size_t i = 1; i < std::min(wanted, jobs.size()); ++i) others.emplace_back(work);
  work();
  for (std::thread& thread : others) thread.join();
  return objects;
}

}  // namespace kiln::driver
