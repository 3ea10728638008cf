#pragma once

#include <optional>
#include <set>
#include <string>
#include <unordered_map>

#include "dim/prover.h"
#include "graph/graph.h"
#include "transform/fold.h"
#include "transform/sample_points.h"

namespace kiln::transform {

/// What is known at one point of a compute's domain: the function's facts, the ranges of the indices, ranges
/// of integer values that are read, and conditions assumed on the way. A value: copy it to enter a branch.
class PointFacts {
 public:
  PointFacts(const graph::Function& function, Folder& folder);
  /// 0 <= index < extent
  void add_index(uint32_t number, const dim::Dim& extent);
  void add_domain(const graph::Compute& compute);
  void assume(graph::ExprId condition);
  void assume_not(graph::ExprId condition);
  /// Whether a bool expression always or never holds here; nothing if neither is proved.
  std::optional<bool> decide(graph::ExprId condition);
  bool proves(const dim::Condition& condition) const;
  /// Whether all that an expression reads is proved to lie inside its tensor here, whatever is asked before.
  bool reads_inside(graph::ExprId root);
  /// Quotients that have one value here are replaced by it: `j / W` is 0 for j < W.
  dim::Dim without_quotients(const dim::Dim& polynomial);

 private:
  std::optional<dim::Condition> condition_of(graph::ExprId id);
  void declare_atoms(const dim::Dim& polynomial);
  void add(const dim::Condition& condition);

  const graph::Function* function_;
  Folder* folder_;
  dim::Facts facts_;
  SamplePoints samples_;  // of what facts_ says
  std::set<std::string> declared_;
  std::unordered_map<uint32_t, bool> known_;
};

}  // namespace kiln::transform
