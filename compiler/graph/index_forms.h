#pragma once

#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "graph/graph.h"

namespace kiln::graph {

/// sum of strides[i] * index i, + constant
struct IndexForm {
  std::vector<int64_t> strides;
  int64_t constant = 0;
};

struct Interval {
  int64_t low, high;  // both included
};

/// What can be said of the i64 expressions of one compute when all dims have values and no index range is
/// empty. Answers hold for every point of the domain, whatever the guards say.
class IndexForms {
 public:
  IndexForms(const Expressions& expressions, const std::map<std::string, int64_t>& dims,
             const std::vector<int64_t>& extents)
      : expressions_(expressions), dims_(dims), extents_(extents) {}

  /// Nothing if the expression is not linear in the indices, or leaves 64 bits somewhere.
  const std::optional<IndexForm>& form(ExprId id);
  std::optional<Interval> interval(ExprId id);
  bool inside(ExprId subscript, int64_t extent);

 private:
  std::optional<IndexForm> find_form(ExprId id);
  std::optional<Interval> find_interval(ExprId id);
  std::optional<Interval> interval_of(const IndexForm& form) const;

  const Expressions& expressions_;
  const std::map<std::string, int64_t>& dims_;
  const std::vector<int64_t>& extents_;
  std::unordered_map<uint32_t, std::optional<IndexForm>> forms_;
  std::unordered_map<uint32_t, std::optional<Interval>> intervals_;
};

}  // namespace kiln::graph
