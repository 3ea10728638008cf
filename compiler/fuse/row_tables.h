#pragma once

#include <vector>

#include "graph/graph.h"

namespace kiln::fuse {

/// rows[offset(b) + t] is b for 0 <= t < limit(b), and there are no other places.
struct RowTable {
  graph::ValueId rows;
  graph::ExprId offset, limit;  // over index 0, the row
};

/// The tables of a function; `expressions` are its own, or a copy of them, and get what the tables hold.
std::vector<RowTable> find_row_tables(const graph::Function& function, graph::Expressions& expressions);

/// Reads of a table become the row where that is known:
///   select(lt(t, len[b]), %x[rows[off[b] + t], off[b] + t - off[rows[off[b] + t]]], ..)
///   -> select(lt(t, len[b]), %x[b, t], ..)
void look_up_rows(graph::Function& function);

}  // namespace kiln::fuse
