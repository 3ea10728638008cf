#pragma once

#include "graph/graph.h"

namespace kiln::transform {

/// Elements that are only stored (f8e4m3, f8e5m2, i4, u4), as bytes: 4-bit integers as i8 and u8 in their
/// range, floats by their bits in u8, decoded by a table and encoded by a search among the roundings' edges.
/// Arguments keep their layout, one byte each. For what makes machine code; the interpreter takes the
/// function as it was.
graph::Function lower_storage(const graph::Function& function);

}  // namespace kiln::transform
