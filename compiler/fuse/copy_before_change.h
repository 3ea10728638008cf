#pragma once

#include "fuse/loop_bodies.h"

namespace kiln::fuse {

/// A loop that makes no round leaves a value that alternates between memories where its first value lies. So
/// an output that is such a value is copied by a compute of its own where its first value is an `inout`
/// argument that another output replaces: as a reader like any other it runs before that one is written, and
/// not at the end of the call. Such outputs are renamed to their copies; `bodies` follows the nodes.
void copy_before_change(graph::Function& function, const Bindings& bindings,
                        std::map<uint32_t, LoopBody>& bodies);

}  // namespace kiln::fuse
