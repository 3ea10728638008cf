#include "transform/solve_writes.h"

#include <algorithm>
#include <set>

#include "transform/copy_function.h"
#include "transform/eliminate_index.h"
#include "transform/name_quotients.h"
#include "transform/point_facts.h"
#include "transform/rewrite_expression.h"
#include "transform/write_map.h"

namespace kiln::transform {

using dim::Condition;
using dim::Dim;
using graph::Compute;
using graph::ExprId;
using graph::Function;
using graph::Reducer;

namespace {

class WriteSolver {
 public:
  WriteSolver(const Function& function, Folder& folder, const Compute& compute, const std::vector<Dim>& shape)
      : folder_(folder), outside_(function, folder_), facts_(outside_), compute_(compute), shape_(shape) {
    name_quotients(folder_, outside_, compute_);
    settled_.resize(compute_.domain.size());
    removed_.resize(compute_.domain.size());
    facts_.add_domain(compute_);
  }

  Compute solve();

 private:
  struct Candidate {
    uint32_t index;
    Dim coefficient;
    Dim size;  // its absolute value, where its sign is known; else 1
  };

  Dim axis(size_t a) { return folder_.polynomials().of(compute_.write[a]); }
  bool settle_bare_axis(size_t a);
  void solve_axis(size_t a);
  std::vector<Candidate> candidates(const Dim& polynomial);
  Candidate absolute(uint32_t index, const Dim& coefficient);
  bool is_better(const Candidate& a, const Candidate& b);
  uint32_t new_index(const Dim& extent, const std::string& name);
  /// Facts of the domain without the removed indices and this one: nothing says that their ranges are not
  /// empty.
  PointFacts facts_without(uint32_t index) const;
  /// The indices in a subscript: those in index arithmetic, those under data, those in quotients.
  std::set<uint32_t> indices_under(const Dim& polynomial);
  std::set<uint32_t> indices_under_data(const Dim& polynomial);
  /// Leaves an axis as it is: its cells accumulate.
  void accumulate(const std::set<uint32_t>& indices);

  Folder& folder_;
  PointFacts outside_;  // of the whole domain
  PointFacts facts_;    // of its points
  Compute compute_;
  std::vector<Dim> shape_;
  std::vector<bool> settled_;  // stands in an axis that is done
  std::vector<bool> removed_;
  std::set<uint32_t> accumulated_;  // settled by an axis that accumulates
};

uint32_t WriteSolver::new_index(const Dim& extent, const std::string& name) {
  compute_.domain.push_back({extent, name});
  settled_.push_back(false);
  removed_.push_back(false);
  const auto number = static_cast<uint32_t>(compute_.domain.size() - 1);
  facts_.add_index(number, extent);
  return number;
}

Compute WriteSolver::solve() {
  std::vector<bool> done(shape_.size());
  for (size_t a = 0; a < shape_.size(); ++a) done[a] = settle_bare_axis(a);
  for (size_t a = 0; a < shape_.size(); ++a) {
    if (!done[a]) solve_axis(a);
  }
  return in_canonical_order(folder_, compute_, removed_);
}

bool WriteSolver::settle_bare_axis(size_t a) {
  const graph::Expr& expr = folder_.expressions()[compute_.write[a]];
  if (expr.kind != graph::ExprKind::index || settled_[expr.index]) return false;
  // Proved without the index: its range may be empty where the axis is not.
  if (!outside_.proves(Condition::equal(compute_.domain[expr.index].extent, shape_[a]))) return false;
  compute_.domain[expr.index].extent = shape_[a];
  settled_[expr.index] = true;
  return true;
}

std::set<uint32_t> WriteSolver::indices_under(const Dim& polynomial) {
  std::set<uint32_t> result;
  for (const std::string& name : polynomial.symbols()) {
    if (const auto index = index_of_symbol(name)) result.insert(*index);
    if (const auto atom = expression_of_symbol(name)) {
      for (const uint32_t index : graph::indices_in(folder_.expressions(), *atom)) result.insert(index);
    }
  }
  return result;
}

std::set<uint32_t> WriteSolver::indices_under_data(const Dim& polynomial) {
  std::set<uint32_t> result;
  for (const std::string& name : polynomial.symbols()) {
    const auto atom = expression_of_symbol(name);
    if (!atom || graph::values_in(folder_.expressions(), *atom).empty()) continue;
    for (const uint32_t index : graph::indices_in(folder_.expressions(), *atom)) result.insert(index);
  }
  return result;
}

void WriteSolver::accumulate(const std::set<uint32_t>& indices) {
  for (const uint32_t index : indices) {
    settled_[index] = true;
    accumulated_.insert(index);
  }
}

WriteSolver::Candidate WriteSolver::absolute(uint32_t index, const Dim& coefficient) {
  if (facts_.proves(Condition::less_equal(1, coefficient))) return {index, coefficient, coefficient};
  if (facts_.proves(Condition::less_equal(coefficient, -1)))
    return {index, coefficient, Dim(0) - coefficient};
  return {index, coefficient, 1};
}

std::vector<WriteSolver::Candidate> WriteSolver::candidates(const Dim& polynomial) {
  std::set<uint32_t> under_data;
  for (const std::string& name : polynomial.symbols()) {
    const auto atom = expression_of_symbol(name);
    if (!atom) continue;
    for (const uint32_t index : graph::indices_in(folder_.expressions(), *atom)) under_data.insert(index);
  }
  std::vector<Candidate> result;
  for (uint32_t index = 0; index < compute_.domain.size(); ++index) {
    if (settled_[index] || removed_[index] || under_data.contains(index)) continue;
    const std::optional<Dim> coefficient = coefficient_of(polynomial, index);
    if (coefficient && !coefficient->is_constant(0)) result.push_back(absolute(index, *coefficient));
  }
  return result;
}

/// Which of two leaves less to reduce when it is solved for: the one with the greater extent times
/// coefficient; of equal ones the longer; undecided, the one that stands first, which the forward compute
/// wrote.
bool WriteSolver::is_better(const Candidate& a, const Candidate& b) {
  const Dim a_extent = compute_.domain[a.index].extent, b_extent = compute_.domain[b.index].extent;
  const Dim a_weight = a_extent * a.size, b_weight = b_extent * b.size;
  if (!facts_.proves(Condition::less_equal(b_weight, a_weight))) return false;
  if (!facts_.proves(Condition::less_equal(a_weight, b_weight))) return true;
  return facts_.proves(Condition::less_equal(b_extent, a_extent)) &&
         !facts_.proves(Condition::less_equal(a_extent, b_extent));
}

void WriteSolver::solve_axis(size_t a) {
  const Dim polynomial = axis(a);
  // `offsets[b] + t`: solved for t, each cell would try every b; and where b has gone to a cell of its own
  // through data already (`rows[p]`, then `p - offsets[rows[p]]`), every p.
  for (const uint32_t index : indices_under_data(polynomial)) {
    if (!settled_[index] || accumulated_.contains(index)) return accumulate(indices_under(polynomial));
  }
  const std::vector<Candidate> choices = candidates(polynomial);
  if (choices.empty()) {
    // All indices are known from other axes: the subscript is one number for each cell of them, compared
    // with. Else (an index under data or in a quotient) the axis accumulates.
    for (const uint32_t index : indices_under(polynomial)) {
      if (!settled_[index]) return accumulate(indices_under(polynomial));
    }
    const uint32_t cell = new_index(shape_[a], "t");
    settled_[cell] = true;
    compute_.guard.push_back(folder_.equal(folder_.expressions().index(cell), compute_.write[a]));
    compute_.write[a] = folder_.expressions().index(cell);
    return;
  }
  Candidate best = choices[0];
  for (const Candidate& candidate : choices) {
    if (is_better(candidate, best)) best = candidate;
  }
  const std::optional<int64_t> coefficient = best.coefficient.constant();
  if (coefficient != 1 && coefficient != -1) {
    return accumulate(indices_under(polynomial));
  }
  const uint32_t cell = new_index(shape_[a], compute_.domain[best.index].name);
  const Dim rest = polynomial - best.coefficient * index_symbol(best.index);
  const Dim solved = best.coefficient * (index_symbol(cell) - rest);
  eliminate_index(folder_, facts_without(best.index), compute_, best.index, solved, compute_.guard.size());
  compute_.write[a] = folder_.expressions().index(cell);
  settled_[cell] = true;
  removed_[best.index] = true;
  facts_ = facts_without(best.index);
}

PointFacts WriteSolver::facts_without(uint32_t index) const {
  PointFacts facts = outside_;
  for (uint32_t other = 0; other < compute_.domain.size(); ++other) {
    if (other != index && !removed_[other]) facts.add_index(other, compute_.domain[other].extent);
  }
  return facts;
}

}  // namespace

Compute solve_write(const Function& function, Folder& folder, const Compute& compute,
                    const std::vector<Dim>& shape) {
  if (compute.reducer != Reducer::sum) return compute;
  return WriteSolver(function, folder, compute, shape).solve();
}

Function solve_writes(const Function& function) {
  Function result = without_nodes(function);
  FunctionCopy copy(function, result);
  for (const graph::Node& node : function.nodes) {
    const auto* compute = std::get_if<Compute>(&node.op);
    if (compute == nullptr || compute->reducer != Reducer::sum) {
      copy.copy(node);
      continue;
    }
    const std::vector<Dim>& shape = function.type_of(node.results[0]).shape;
    const Compute solved = solve_write(result, copy.folder(), copy.compute(*compute), shape);
    const graph::ValueId value = copy.builder().compute(solved, shape, "", node.span);
    copy.set(node.results[0], value);
    copy.describe(node.results[0], value);
  }
  copy.copy_outputs();
  return result;
}

}  // namespace kiln::transform
