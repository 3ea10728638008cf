#pragma once

#include "codegen/lanes.h"

namespace kiln::codegen {

/// `kiln::convert` of lanes that stand in registers as `register_type` says. Storage-only types do not occur.
Lanes convert(Lanes x, ElementType from, ElementType to);

}  // namespace kiln::codegen
