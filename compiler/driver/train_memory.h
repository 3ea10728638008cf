#pragma once

#include <functional>
#include <set>

#include "elaborate/module.h"
#include "source/diagnostic.h"

namespace kiln::driver {

/// What kernels of a function take: work memory of a call on one thread, or the dims that must be known to
/// say.
struct PeakMemory {
  int64_t bytes = 0;
  std::set<std::string> unknown;
};

/// Makes a function with reverse derivatives need at most so many bytes of work memory, by the first of
/// train_memory_forms whose kernels do; others stay as they are. `peak_of` makes the kernels of a form, or
/// gives nothing after a diagnostic. False, with E0611 or that diagnostic, if no form does.
bool fit_train_memory(elaborate::Function& function, int64_t bytes,
                      const std::function<std::optional<PeakMemory>(const elaborate::Function&)>& peak_of,
                      Diagnostics& diagnostics);

}  // namespace kiln::driver
