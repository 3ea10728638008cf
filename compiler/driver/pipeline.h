#pragma once

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

/// The graph of a function as kernels and the interpreter take it: derivatives expanded, simplified, with
/// what its annotations ask for.
graph::Function prepare(const elaborate::Function& function, const PassOptions& options);

/// For each model type of a module: panels that functions read when such a model is frozen.
using PanelsOfModels = std::vector<std::vector<fuse::FrozenPanels>>;

/// The caller's buffers of a function: one for each leaf of each argument, in order; a result has its own; an
/// inout argument has one for its input and its output. Dims have none. `panels`: of the models that it
/// changes.
fuse::Bindings bindings_of(const elaborate::Function& function, const PanelsOfModels& panels = {});

}  // namespace kiln::driver
