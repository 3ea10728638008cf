#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "kernel/kernel.h"

namespace kiln::driver {

/// The dims on which the work memory of a function depends.
std::set<std::string> dims_of_work_memory(const kernel::Program& program);

/// Where the buffers of work memory lie in one call.
struct WorkMemory {
  struct Place {
    int64_t offset, bytes;  // of all threads
  };
  std::vector<Place> places;  // of the arena and worker buffers of kernel::shared_buffers, in order
  int64_t arena = 0;          // bytes of all of them
  int64_t tables = 0;         // and of what the runtime puts in front

  int64_t bytes() const { return arena + tables; }
};

/// The work memory of a call that runs on so many threads, as the plan of the library places it. `programs`
/// are those of the function for all targets. Without the lengths of ragged arguments that are given as
/// offsets. Nothing if it depends on dims that are not given, or is beyond 62 bits.
std::optional<WorkMemory> place_work_memory(const std::vector<const kernel::Program*>& programs,
                                            const std::map<std::string, int64_t>& dims, int32_t threads);

/// The bytes of work memory that a call takes, likewise.
std::optional<int64_t> work_memory(const std::vector<const kernel::Program*>& programs,
                                   const std::map<std::string, int64_t>& dims, int32_t threads);

}  // namespace kiln::driver
