#pragma once

#include "kernel/contraction_tiles.h"

namespace kiln::kernel {

/// Brings operands that are read in windows to the form that tiles multiply: all of k one index, rows and
/// lanes likewise, zeros where a window hangs over the edge. A piece at a time, as much as the tiles at work
/// need, so that no window matrix lies in memory.

/// Whether an operand lies in memory as the form numbers it, along this index or all, and no padding says
/// otherwise.
bool lies_as_numbered(const ContractionForm& form, const fuse::LinearRead& operand, uint32_t index);
bool lies_as_numbered(const ContractionForm& form, const fuse::LinearRead& operand);

/// How much of a joined index neighbours in this operand's memory: its last parts, alone where padding
/// depends on them.
struct Run {
  std::vector<IndexPart> outer;  // outermost first
  uint32_t index = 0;            // of the last part, whose distance is that of neighbours
  dim::Dim extent;
};
Run run_of(const ContractionForm& form, const graph::Expressions& expressions,
           const fuse::LinearRead& operand, uint32_t index);

/// As pack_panel (contraction_tiles.h).
void pack_window_panel(const Task& task, const ContractionForm& form, const ContractionChoice& choice,
                       const StepRange& range, const Bases& bases, BufferId panel, int lanes, Value count);

/// As pack_rows.
void pack_window_rows(const Task& task, const ContractionForm& form, const ContractionChoice& choice,
                      const StepRange& range, const Bases& bases, const PackedRows& packed, Value low,
                      Value high);

/// The points that all parts of a joined index but the first make up: ranges that begin and end at multiples
/// of it are whole loops over the parts. Nothing where it is not known before the call.
std::optional<int64_t> inner_points(const ContractionForm& form, uint32_t index);

}  // namespace kiln::kernel
