#pragma once

#include "graph/graph.h"

namespace kiln::fuse {

/// What can be read off the write map and the domain of a compute.
struct WriteShape {
  uint32_t leading = 0;   // write[i] is index i for i < leading, and spans axis i whole
  bool covers = false;    // every cell is written: leading is the rank
  bool reduces = false;   // the domain has indices beyond the written ones
  bool is_map = false;    // covers, reduces nothing, no guard
  bool scatters = false;  // the write map holds anything but distinct bare indices that span their axes
};
WriteShape write_shape(const graph::Function& function, const graph::Compute& compute,
                       const std::vector<dim::Dim>& shape);

/// Whether the order of its points has a meaning: last, argmax, argmin.
bool is_ordered(const graph::Compute& compute);

/// Whether the first `count` subscripts of a read are indices 0, 1, …
bool reads_at_point(const graph::Expressions& expressions, const graph::Expr& read, uint32_t count);

/// All reads below the roots of a compute (and below subscripts), each once.
std::vector<graph::ExprId> reads_of(const graph::Expressions& expressions, const graph::Compute& compute);

/// Whether a subscript of a read, or the write map, holds an element of a tensor.
bool is_data_dependent(const graph::Expressions& expressions, const graph::Compute& compute);

/// The extents multiplied.
dim::Dim volume(const std::vector<dim::Dim>& shape);
dim::Dim points(const graph::Compute& compute);
/// Of some of the indices of its domain.
dim::Dim points(const graph::Compute& compute, const std::vector<uint32_t>& indices);

/// The compute that defines a value, or null.
const graph::Compute* compute_of(const graph::Function& function, graph::ValueId value);

}  // namespace kiln::fuse
