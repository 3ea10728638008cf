#pragma once

#include <unordered_map>
#include <vector>

#include "transform/fold.h"

namespace kiln::transform {

/// The values of a function that show others without computing anything: maps whose body is one read with
/// subscripts that hold no data (copies, transposes, slices, broadcasts), or a literal, a dim or an index.
/// Whoever reads them reads what they show.
class Views {
 public:
  Views(const graph::Function& function, Folder& folder) : function_(function), folder_(folder) {}
  /// Enters the value if it is a view.
  void add(graph::ValueId value, const graph::Compute& compute);
  /// What a read of the value reads instead, or an invalid id.
  graph::ExprId read(graph::ValueId value, const std::vector<graph::ExprId>& subscripts);

 private:
  bool is_view(graph::ExprId body) const;

  const graph::Function& function_;
  Folder& folder_;
  std::unordered_map<uint32_t, graph::ExprId> bodies_;  // over the indices 0..rank
};

}  // namespace kiln::transform
