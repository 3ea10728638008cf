#pragma once

#include <vector>

#include "graph/expression.h"

namespace kiln::graph {

/// What became of expressions: a table from expression to expression. Its size is that of what it holds, not
/// that of the function, for most are about a few expressions of a large one.
class Copies {
 public:
  /// An id that is not valid where nothing was inserted.
  ExprId find(ExprId from) const {
    if (slots_.empty()) return {};
    size_t slot = first_slot(from);
    while (slots_[slot].from.valid() && slots_[slot].from != from) slot = next(slot);
    return slots_[slot].to;
  }
  /// `from` was not inserted before.
  void insert(ExprId from, ExprId to);

 private:
  struct Entry {
    ExprId from, to;
  };
  size_t first_slot(ExprId id) const { return (id.number * size_t{0x9E3779B1}) & (slots_.size() - 1); }
  size_t next(size_t slot) const { return (slot + 1) & (slots_.size() - 1); }
  void grow();

  std::vector<Entry> slots_;  // open addressing; the size is a power of two, at least twice `count_`
  size_t count_ = 0;
};

}  // namespace kiln::graph
