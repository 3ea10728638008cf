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

/// The bytes of work memory that a call takes which runs on so many threads, as the plan of the library
/// places them: what is alive together, and the tables of the call. `programs` are those of the function for
/// all targets. Without the lengths of ragged arguments that are given as offsets. Nothing if it depends on
/// dims that are not given, or is beyond 62 bits.
std::optional<int64_t> work_memory(const std::vector<const kernel::Program*>& programs,
                                   const std::map<std::string, int64_t>& dims, int32_t threads);

}  // namespace kiln::driver
