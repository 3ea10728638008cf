#pragma once

#include <optional>

#include "base/internal_check.h"
#include "driver/build_library.h"

namespace kiln::tools {

/// Lets builds keep compiled kernels where the environment says: $KILN_CACHE_DIR, else `kiln` in the user's
/// folder for caches ($XDG_CACHE_HOME, else ~/.cache), nowhere if it is empty or there is no such folder; at
/// most $KILN_CACHE_SIZE ("1GiB"). Gives the exit code, after a report, if the size is none.
std::optional<ExitCode> use_cache(driver::LibraryOptions& options);

}  // namespace kiln::tools
