#pragma once

#include "context.h"

namespace kiln::runtime {

/// Runs the kernels of a plan in order, its loops round after round, and looks at each check as soon as its
/// kernel is done (one that needs no kernel, before all). `buffers` are the addresses of all buffers; the
/// loops set those of views. `dims` are those of the call with a place for the counter of each loop; a
/// function without loops leaves them as they are.
kiln_status run_kernels(Context& context, const Plan& plan, void** buffers, int64_t* dims);

}  // namespace kiln::runtime
