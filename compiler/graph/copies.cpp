#include "graph/copies.h"

#include <utility>

namespace kiln::graph {

void Copies::insert(ExprId from, ExprId to) {
  if (2 * (count_ + 1) > slots_.size()) grow();
  size_t slot = first_slot(from);
  while (slots_[slot].from.valid()) slot = next(slot);
  slots_[slot] = {from, to};
  ++count_;
}

void Copies::grow() {
  std::vector<Entry> former(slots_.empty() ? 32 : 2 * slots_.size());
  std::swap(former, slots_);
  count_ = 0;
  for (const Entry& entry : former)
    if (entry.from.valid()) insert(entry.from, entry.to);
}

}  // namespace kiln::graph
