#include "driver/work_memory.h"

#include <algorithm>

#include "runtime/memory.h"
#include "runtime/place_buffers.h"

namespace kiln::driver {

namespace {

bool is_work_memory(const kernel::Buffer& buffer) {
  return buffer.scope == kernel::Scope::arena || buffer.scope == kernel::Scope::worker;
}

/// Names of counters are free: they stand for the rounds, and no size depends on them.
std::set<std::string> counters_of(const kernel::Program& program) {
  std::set<std::string> counters;
  for (const kernel::ProgramLoop& loop : program.loops) counters.insert(loop.counter);
  return counters;
}

}  // namespace

std::set<std::string> dims_of_work_memory(const kernel::Program& program) {
  const std::set<std::string> counters = counters_of(program);
  std::set<std::string> dims;
  for (const kernel::Buffer& buffer : program.buffers)
    if (is_work_memory(buffer))
      for (const std::string& symbol : buffer.count.symbols())
        if (!counters.contains(symbol)) dims.insert(symbol);
  return dims;
}

std::optional<WorkMemory> place_work_memory(const std::vector<const kernel::Program*>& programs,
                                            const std::map<std::string, int64_t>& dims, int32_t threads) {
  const kernel::Program& first = *programs.front();
  std::map<std::string, int64_t> values = dims;  // of a plan: counters are 0
  for (const std::string& counter : counters_of(first)) values[counter] = 0;
  const std::vector<kernel::Buffer> buffers = kernel::shared_buffers(programs);
  std::vector<runtime::Lifetime> lifetimes;
  for (const kernel::Buffer& buffer : buffers) {
    if (!is_work_memory(buffer)) continue;
    const std::optional<int64_t> bytes = buffer.bytes().evaluate(values);
    if (!bytes) return std::nullopt;
    const int64_t copies = buffer.scope == kernel::Scope::worker ? threads : 1;
    int64_t total = 0;
    if (*bytes > INT64_MAX - 64 || __builtin_mul_overflow(runtime::round_up(*bytes), copies, &total))
      return std::nullopt;
    lifetimes.push_back(
        {total, static_cast<int32_t>(buffer.first_kernel), static_cast<int32_t>(buffer.last_kernel), -1});
  }
  std::vector<int32_t> order(lifetimes.size());
  const int64_t arena =
      runtime::place_buffers(lifetimes.data(), static_cast<int32_t>(lifetimes.size()), order.data());
  if (arena < 0) return std::nullopt;
  // As runtime/plan.cpp: an address for each buffer, and dims with the counters where there are loops.
  const auto count = [](size_t words) {
    return runtime::round_up(static_cast<int64_t>(words * sizeof(int64_t)));
  };
  WorkMemory memory{{}, arena, count(buffers.size()) + (first.loops.empty() ? 0 : count(first.dims.size()))};
  for (const runtime::Lifetime& lifetime : lifetimes)
    memory.places.push_back({lifetime.offset, lifetime.bytes});
  return memory;
}

std::optional<int64_t> work_memory(const std::vector<const kernel::Program*>& programs,
                                   const std::map<std::string, int64_t>& dims, int32_t threads) {
  const std::optional<WorkMemory> memory = place_work_memory(programs, dims, threads);
  return memory ? std::optional<int64_t>(memory->bytes()) : std::nullopt;
}

}  // namespace kiln::driver
