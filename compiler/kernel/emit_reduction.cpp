#include "kernel/emit_reduction.h"

#include <algorithm>

#include "base/internal_check.h"
#include "graph/walk.h"
#include "kernel/accumulation.h"
#include "kernel/index_range.h"
#include "kernel/loops.h"

namespace kiln::kernel {

namespace {

constexpr int64_t most_in_line = 4, most_masked_in_line = 8;

class Nest {
 public:
  Nest(const Accumulation& accumulation, const std::vector<ReducedIndex>& reduced)
      : accumulation_(accumulation), reduced_(reduced) {}

  std::vector<Value> run(const Evaluation& outside, size_t level, const std::vector<Value>& carried,
                         Value lanes) {
    Evaluation at = outside;
    if (level == reduced_.size()) return accumulation_.join(at, carried, lanes);
    Builder& builder = at.context().builder;
    at.prepare(graph::roots_of(at.compute()));
    const ReducedIndex& loop = reduced_[level];
    if (stands_in_line(at, level)) return in_line(at, level, carried, lanes);
    const bool single = loop.extent.is_constant(1);
    IndexRange range;
    if (!single) range = index_range(at, at.compute().guard, loop.index, loop.extent);
    const auto inside = [&](Value start, Value edge, const std::vector<Value>& tiles) {
      Evaluation inner = at;
      inner.settle(range.settled);
      if (loop.lanes > 1) inner.set_tile(1, loop.lanes, edge);
      inner.bind(loop.index, start, loop.lanes > 1 ? Role::lane : Role::uniform);
      return run(inner, level + 1, tiles, loop.lanes > 1 ? edge : lanes);
    };
    if (single) return inside(builder.integer(0), {}, carried);
    return lane_loop(builder, range.low, range.high, loop.lanes, carried, inside);
  }

 private:
  /// Whether steps stand one after the other, without a loop: a few, or the innermost of a window where
  /// conditions on them differ along the lanes. Their masks are then the same for all rows of the window, and
  /// stand before the loops over these.
  bool stands_in_line(const Evaluation& at, size_t level) const {
    int64_t steps = 1;
    for (size_t inner = level; inner < reduced_.size(); ++inner) {
      const std::optional<int64_t> extent = reduced_[inner].extent.constant();
      if (!extent || reduced_[inner].lanes > 1 || *extent > most_masked_in_line) return false;
      steps *= *extent;
    }
    if (steps < 2) return false;
    const graph::Expressions& expressions = at.context().function.expressions;
    bool bounded = false, differs = false;
    for (const graph::ExprId guard : at.compute().guard) {
      const std::vector<uint32_t> indices = graph::indices_in(expressions, guard);
      if (std::find(indices.begin(), indices.end(), reduced_[level].index) == indices.end()) continue;
      bounded = true;
      differs = differs || std::any_of(indices.begin(), indices.end(), [&](uint32_t index) {
                  return index != reduced_[level].index && at.is_bound(index) && at.varies(index);
                });
    }
    return bounded ? differs && level + 1 == reduced_.size() : steps <= most_in_line;
  }

  std::vector<Value> in_line(const Evaluation& at, size_t level, std::vector<Value> carried, Value lanes) {
    for (int64_t step = 0; step < *reduced_[level].extent.constant(); ++step) {
      Evaluation inner = at;
      inner.bind(reduced_[level].index, at.context().builder.integer(step));
      carried = run(inner, level + 1, carried, lanes);
    }
    return carried;
  }

  const Accumulation& accumulation_;
  const std::vector<ReducedIndex>& reduced_;
};

}  // namespace

Value emit_cell(const Evaluation& outside, const std::vector<ReducedIndex>& reduced) {
  const graph::Compute& compute = outside.compute();
  const Accumulation accumulation(outside.context().function, compute);
  Builder& builder = outside.context().builder;
  const bool plain = reduced.empty() && !graph::row_of(compute.reducer).reports_index;
  if (plain) {
    Evaluation at = outside;
    const Value guard = at.guards();
    const Value body = at.value(compute.body, guard);
    if (!guard.valid()) return body;
    const ElementType type = outside.context().function.expressions[compute.body].type;
    const Value neutral = builder.constant(type, graph::neutral_element(compute.reducer, type));
    return builder.map(ScalarFunction::select, {guard, body, neutral});
  }
  bool over_lanes = false;
  int lanes = outside.lanes();
  for (const ReducedIndex& loop : reduced)
    if (loop.lanes > 1) {
      internal_check(outside.lanes() == 1, "two indices run along the lanes");
      over_lanes = true;
      lanes = loop.lanes;
    }
  Nest nest(accumulation, reduced);
  const std::vector<Value> initial = accumulation.initial(builder, outside.rows(), lanes);
  return accumulation.result(builder, nest.run(outside, 0, initial, {}), over_lanes);
}

}  // namespace kiln::kernel
