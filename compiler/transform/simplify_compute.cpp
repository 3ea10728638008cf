#include "transform/simplify_compute.h"

#include <algorithm>

#include "graph/reducer.h"
#include "transform/decide_conditions.h"
#include "transform/eliminate_equalities.h"
#include "transform/point_facts.h"
#include "transform/rewrite_expression.h"
#include "transform/solve_writes.h"
#include "transform/write_map.h"

namespace kiln::transform {

using dim::Condition;
using dim::Dim;
using graph::Compute;
using graph::ExprId;
using graph::Function;
using graph::Reducer;

namespace {

class ComputeSimplifier {
 public:
  ComputeSimplifier(const Function& function, Folder& folder, Compute compute, const std::vector<Dim>& shape)
      : function_(function), folder_(folder), compute_(std::move(compute)), shape_(shape) {}

  Compute run();

 private:
  bool is(Reducer reducer) const { return compute_.reducer == reducer; }
  ExprId neutral();
  void become_neutral();
  bool decide_guard(PointFacts& facts);
  void move_select_to_guard();
  void drop_indices();
  bool drop_index(uint32_t index, PointFacts& facts);
  void become_assignment();

  const Function& function_;
  Folder& folder_;
  Compute compute_;
  const std::vector<Dim>& shape_;
};

ExprId ComputeSimplifier::neutral() {
  const ElementType body = folder_.type_of(compute_.body);
  return folder_.expressions().literal(graph::reduced_type(compute_.reducer, body),
                                       graph::neutral_element(compute_.reducer, body));
}

/// No point is ever written.
void ComputeSimplifier::become_neutral() {
  Compute result;
  result.body = neutral();
  for (uint32_t axis = 0; axis < shape_.size(); ++axis) {
    result.domain.push_back({shape_[axis], ""});
    result.write.push_back(folder_.expressions().index(axis));
  }
  compute_ = std::move(result);
}

/// The conjuncts one by one, each under those before it. Whether any point is left.
bool ComputeSimplifier::decide_guard(PointFacts& facts) {
  std::vector<ExprId> pending;
  for (const ExprId condition : compute_.guard) {
    for (const ExprId part : conjuncts(folder_, condition)) pending.push_back(part);
  }
  compute_.guard.clear();
  for (const ExprId part : pending) {
    for (const ExprId condition : conjuncts(folder_, decide_conditions(folder_, part, facts))) {
      const std::optional<bool> decided = facts.decide(condition);
      if (decided == false) return false;
      if (decided == true) continue;
      compute_.guard.push_back(condition);
      facts.assume(condition);
    }
  }
  return true;
}

void ComputeSimplifier::move_select_to_guard() {
  if (!is(Reducer::sum)) return;
  while (const auto part = guarded(folder_, compute_.body)) {
    for (const ExprId condition : conjuncts(folder_, part->condition)) compute_.guard.push_back(condition);
    compute_.body = part->value;
  }
}

/// A reduced index that neither body nor guard mentions: its points are all the same.
bool ComputeSimplifier::drop_index(uint32_t index, PointFacts& facts) {
  const Dim& extent = compute_.domain[index].extent;
  switch (compute_.reducer) {
    case Reducer::sum: {
      const ExprId extent_value = folder_.expressions().dim(extent);
      const ExprId times = folder_.convert(extent_value, folder_.type_of(compute_.body));
      compute_.body = folder_.multiply(times, compute_.body);
      // A sum over nothing is 0, also of inf and NaN. It comes first: the guard was decided where there are
      // points, and may read only there.
      if (!facts.proves(Condition::less_equal(1, extent)))
        compute_.guard.insert(compute_.guard.begin(),
                              folder_.less_equal(folder_.expressions().integer(1), extent_value));
      return true;
    }
    case Reducer::argmax:
    case Reducer::argmin:
      if (index == compute_.reported) return false;
      break;
    case Reducer::product: return extent.is_constant(1);
    default: break;
  }
  return facts.proves(Condition::less_equal(1, extent));
}

void ComputeSimplifier::drop_indices() {
  PointFacts outside(function_, folder_);
  std::vector<bool> removed(compute_.domain.size());
  for (const uint32_t index : reduction_indices(folder_.expressions(), compute_)) {
    if (compute_.domain[index].extent.is_constant(1) && compute_.reported != index) {
      replace_indices(folder_, compute_, {{index, folder_.expressions().integer(0)}});
    }
    const auto mentions = [&](ExprId root) { return mentions_index(folder_.expressions(), root, index); };
    if (mentions(compute_.body) || std::any_of(compute_.guard.begin(), compute_.guard.end(), mentions))
      continue;
    removed[index] = drop_index(index, outside);
  }
  compute_ = in_canonical_order(folder_, compute_, removed);
}

/// Where each cell has at most one point, there is nothing to reduce; and a map says by a select what its
/// guard said, so that it can be read as an expression.
void ComputeSimplifier::become_assignment() {
  const bool reports = graph::row_of(compute_.reducer).reports_index;
  const bool classical = is_classical(folder_.expressions(), compute_);
  if (!is(Reducer::assign)) {
    if (reports || !reduction_indices(folder_.expressions(), compute_).empty()) return;
    const bool zero_elsewhere = is(Reducer::sum) || is(Reducer::any) || is(Reducer::last);
    if (!classical && !(zero_elsewhere && writes_each_cell_once(function_, folder_, compute_))) return;
  }
  const ExprId elsewhere = neutral();
  const bool covers = classical && [&] {
    for (uint32_t axis = 0; axis < shape_.size(); ++axis) {
      if (!(compute_.domain[axis].extent == shape_[axis])) return false;
    }
    return compute_.domain.size() == shape_.size();
  }();
  if (!covers && !folder_.is_zero(elsewhere)) return;
  compute_.reducer = Reducer::assign;
  if (!covers) return;
  for (auto condition = compute_.guard.rbegin(); condition != compute_.guard.rend(); ++condition) {
    compute_.body = folder_.select(*condition, compute_.body, elsewhere);
  }
  compute_.guard.clear();
}

Compute ComputeSimplifier::run() {
  for (const graph::Index& index : compute_.domain) {
    if (!index.extent.is_constant(0)) continue;
    become_neutral();
    return compute_;
  }
  // Each round may decide more than the one before; equalities eliminate one index at a time.
  for (bool changed = true; changed;) {
    move_select_to_guard();
    PointFacts facts(function_, folder_);
    facts.add_domain(compute_);
    if (!decide_guard(facts)) {
      become_neutral();
      return compute_;
    }
    compute_.body = decide_conditions(folder_, compute_.body, facts);
    for (ExprId& subscript : compute_.write) subscript = decide_conditions(folder_, subscript, facts);
    changed = (is(Reducer::sum) && guarded(folder_, compute_.body)) ||
              eliminate_equality(function_, folder_, compute_);
  }
  if (is(Reducer::sum) && folder_.is_zero(compute_.body)) {
    become_neutral();
    return compute_;
  }
  drop_indices();
  become_assignment();
  return compute_;
}

}  // namespace

Compute simplify_compute(const Function& function, Folder& folder, Compute compute,
                         const std::vector<Dim>& shape) {
  return ComputeSimplifier(function, folder, std::move(compute), shape).run();
}

}  // namespace kiln::transform
