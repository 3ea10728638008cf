#include "fuse/stream_bounds.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>

#include "fuse/shape.h"
#include "graph/reducer.h"
#include "graph/walk.h"

namespace kiln::fuse {

using namespace graph;
using F = ScalarFunction;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// The stream at points where one condition does not hold.
class Outside {
 public:
  Outside(const Function& function, const Stream& stream, const IndexBound& condition)
      : function_(function), stream_(stream), condition_(condition) {
    negation_ = opposite(condition);
  }

  /// Whether nothing there counts; `tops` are the rows that must not be -inf for that.
  bool counts_nothing(std::set<ValueId>& tops) {
    const Compute& scores = *compute_of(function_, stream_.scores);
    if (is_left_out(scores)) values_[stream_.scores] = 0;
    for (const ValueId value : stream_.inner) {
      const Compute& compute = *compute_of(function_, value);
      const bool is_row = function_.type_of(value).shape.size() < stream_.axes;
      const std::optional<double> body = value_of(compute.body);
      if (!is_row) {
        if (body) values_[value] = *body;
      } else if (!is_left_out(compute)) {
        const Scalar neutral = neutral_element(compute.reducer, function_.expressions[compute.body].type);
        if (!body || *body != neutral.real) return false;
      }
    }
    const auto weights = values_.find(stream_.weights);
    if (weights == values_.end() || weights->second != 0) return false;
    tops = tops_;
    return true;
  }

 private:
  const Expr& expr(ExprId id) const { return function_.expressions[id]; }
  bool is_left_out(const Compute& compute) const {
    return std::any_of(compute.guard.begin(), compute.guard.end(),
                       [&](ExprId guard) { return truth(guard) == false; });
  }

  std::optional<bool> truth(ExprId id) const {
    const Expr& node = expr(id);
    if (node.kind == ExprKind::literal) return node.literal.integer != 0;
    if (node.kind != ExprKind::call) return std::nullopt;
    if (node.function == F::logical_not) {
      const std::optional<bool> operand = truth(node.operands[0]);
      return operand ? std::optional(!*operand) : std::nullopt;
    }
    if (node.function == F::logical_and || node.function == F::logical_or) {
      const bool decides = node.function == F::logical_or;
      const std::optional<bool> a = truth(node.operands[0]), b = truth(node.operands[1]);
      if (a == decides || b == decides) return decides;
      return a && b ? std::optional(!decides) : std::nullopt;
    }
    const auto bound = index_bound(function_.expressions, id, stream_.key());
    if (!bound) return std::nullopt;
    if (*bound == condition_) return false;
    if (negation_ && *bound == *negation_) return true;
    return std::nullopt;
  }

  std::optional<double> value_of(ExprId id) {
    const Expr& node = expr(id);
    if (node.kind == ExprKind::literal) return node.literal.real;
    if (node.kind == ExprKind::read) {
      const auto found = values_.find(node.value);
      return found == values_.end() ? std::nullopt : std::optional(found->second);
    }
    if (node.kind != ExprKind::call) return std::nullopt;
    if (node.function == F::select) {
      const std::optional<bool> chosen = truth(node.operands[0]);
      if (chosen) return value_of(node.operands[*chosen ? 1 : 2]);
      const auto a = value_of(node.operands[1]), b = value_of(node.operands[2]);
      return a && b && *a == *b ? a : std::nullopt;
    }
    if (node.function == F::exp) {
      const std::optional<double> operand = value_of(node.operands[0]);
      return operand == -infinity ? std::optional(0.0) : std::nullopt;
    }
    if (node.function == F::subtract) {
      if (value_of(node.operands[0]) != -infinity) return std::nullopt;
      const Expr& row = expr(node.operands[1]);
      if (row.kind != ExprKind::read || !is_row(row.value)) return std::nullopt;
      tops_.insert(row.value);
      return -infinity;
    }
    return std::nullopt;
  }
  bool is_row(ValueId value) const {
    return function_.type_of(value).shape.size() < stream_.axes &&
           std::find(stream_.inner.begin(), stream_.inner.end(), value) != stream_.inner.end();
  }

  const Function& function_;
  const Stream& stream_;
  IndexBound condition_;
  std::optional<IndexBound> negation_;
  std::map<ValueId, double> values_;  // of tiles, where known
  std::set<ValueId> tops_;
};

class Candidates {
 public:
  Candidates(const Function& function, const Stream& stream) : function_(function), stream_(stream) {}

  std::vector<IndexBound> run() {
    add_of(*compute_of(function_, stream_.scores));
    for (const ValueId value : stream_.inner) add_of(*compute_of(function_, value));
    return std::move(bounds_);
  }

 private:
  void add_of(const Compute& compute) {
    for (const ExprId guard : compute.guard) add(guard, true);
    const std::vector<ExprId> roots = {compute.body};
    for (const ExprId id : reachable(function_.expressions, roots)) {
      const Expr& node = function_.expressions[id];
      if (node.kind != ExprKind::call || node.function != F::select) continue;
      add(node.operands[0], true);
      add(node.operands[0], false);
    }
  }
  /// What holds for certain where this condition is `holds`.
  void add(ExprId id, bool holds) {
    const Expr& node = function_.expressions[id];
    if (node.kind != ExprKind::call) return;
    if (node.function == F::logical_not) return add(node.operands[0], !holds);
    if (node.function == (holds ? F::logical_and : F::logical_or)) {
      for (const ExprId operand : node.operands) add(operand, holds);
      return;
    }
    std::optional<IndexBound> bound = index_bound(function_.expressions, id, stream_.key());
    if (bound && !holds) bound = opposite(*bound);
    if (bound && std::find(bounds_.begin(), bounds_.end(), *bound) == bounds_.end())
      bounds_.push_back(*bound);
  }

  const Function& function_;
  const Stream& stream_;
  std::vector<IndexBound> bounds_;
};

}  // namespace

void find_bounds(const Function& function, Stream& stream) {
  std::set<ValueId> all_tops;
  for (const IndexBound& bound : Candidates(function, stream).run()) {
    std::set<ValueId> tops;
    if (!Outside(function, stream, bound).counts_nothing(tops)) continue;
    (tops.empty() ? stream.bounds : stream.bounds_under_tops).push_back(bound);
    all_tops.insert(tops.begin(), tops.end());
  }
  stream.tops.assign(all_tops.begin(), all_tops.end());
}

}  // namespace kiln::fuse
