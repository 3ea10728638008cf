#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "driver/pass_runner.h"
#include "elaborate/module.h"
#include "fuse/plan.h"
#include "graph/graph.h"

namespace kiln::driver {

/// The table of contents of the compiler: the passes over graphs, in order. What follows them (plan,
/// schedule, lower, link) stands in build_library.cpp.
std::span<const Pass> graph_passes();

/// The graph as kernels and the interpreter take it: derivatives expanded, simplified. `dims` become
/// constants first.
graph::Function prepare(const graph::Function& function, const std::map<std::string, int64_t>& dims,
                        const PassOptions& options);

/// The caller's buffers of a function: one for each leaf of each argument, in order; a result has its own; an
/// inout argument has one for its input and its output. Dims have none.
fuse::Bindings bindings_of(const elaborate::Function& function);

}  // namespace kiln::driver
