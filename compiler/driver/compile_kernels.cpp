#include "driver/compile_kernels.h"

#include <algorithm>
#include <atomic>
#include <thread>

#include "base/internal_check.h"

namespace kiln::driver {
namespace {

/// The jobs, shared out to threads that each take the next one.
class Compilation {
 public:
  Compilation(const std::vector<KernelJob>& jobs, const KernelSettings& settings)
      : jobs_(jobs), settings_(settings), objects_(jobs.size()) {
    internal_check(!settings.cache || !settings.debug_sources, "objects with line information are not kept");
  }

  void run(size_t threads) {
    std::vector<std::thread> others;
    for (size_t i = 1; i < std::min(threads, jobs_.size()); ++i) others.emplace_back([this] { take_jobs(); });
    take_jobs();
    for (std::thread& thread : others) thread.join();
  }

  KernelObjects finish() {
    KernelObjects made{std::move(objects_), found_, ""};
    if (!settings_.cache) return made;
    made.cache_problem = settings_.cache->problem();
    if (made.cache_problem.empty() && not_kept_ > 0)
      made.cache_problem = "objects could not be written to its folder";
    if (found_ < jobs_.size()) settings_.cache->prune();
    return made;
  }

 private:
  void take_jobs() {
    const CurrentPass current("codegen");
    for (size_t i = next_++; i < jobs_.size(); i = next_++) objects_[i] = object_of(jobs_[i]);
  }

  std::vector<std::byte> object_of(const KernelJob& job) {
    if (!settings_.cache) return compile(job);
    const std::string key = settings_.cache->key_of(job.kernel.content, *job.target);
    if (auto found = settings_.cache->find(key)) {
      ++found_;
      return std::move(*found);
    }
    std::vector<std::byte> object = compile(job);
    if (!settings_.cache->add(key, object)) ++not_kept_;
    return object;
  }

  std::vector<std::byte> compile(const KernelJob& job) const {
    return codegen::compile_shared_kernel(job.kernel, *job.target, settings_.debug_sources);
  }

  const std::vector<KernelJob>& jobs_;
  const KernelSettings& settings_;
  std::vector<std::vector<std::byte>> objects_;
  std::atomic<size_t> next_ = 0, found_ = 0, not_kept_ = 0;
};

}  // namespace

KernelObjects compile_kernels(const std::vector<KernelJob>& jobs, const KernelSettings& settings) {
  Compilation compilation(jobs, settings);
  compilation.run(settings.threads > 0 ? static_cast<size_t>(settings.threads)
                                       : std::max(1u, std::thread::hardware_concurrency()));
  return compilation.finish();
}

}  // namespace kiln::driver
