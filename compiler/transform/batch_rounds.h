#pragma once

#include <optional>
#include <set>

#include "transform/copy_function.h"

namespace kiln::transform {

/// Products of a loop's body that depend on the round only by the slice that they read are made for all
/// rounds by one product before the loop, so that the other factor is read once and not in each round (the
/// input projections of a recurrent network):
///   in the body   %a = compute [b, k, i] write [b, k] sum mul(%x[b, {t}, i], %w[k, i])
///   before it     %as = compute [b, t, k, i] write [b, t, k] sum mul(%x[b, t, i], %w[k, i])
///   in the body   %a = compute [b, k] write [b, k] assign %as[b, {t}, k]
/// The axis of the rounds stands where it stands in what is sliced, so that rows stay neighbours. Only where
/// all rounds are made, and where what is kept is little beside what is sliced.
class BatchRounds {
 public:
  /// `fixed`: the values of the body that are the same in each round.
  static std::optional<BatchRounds> match(graph::Function& body, const graph::Loop& loop,
                                          const graph::Node& node, const std::set<graph::ValueId>& fixed);

  /// Appends the product for all rounds to the function around; `outside` gives it the fixed values.
  graph::ValueId make(FunctionCopy& outside, graph::Function& function) const;
  /// Appends what a round has of it, given as a captured value, to a body.
  graph::ValueId row(FunctionCopy& copy, graph::Function& body, graph::ValueId all) const;

 private:
  const graph::Function* body_ = nullptr;
  const graph::Compute* compute_ = nullptr;
  graph::ValueId value_;
  std::string counter_;
  dim::Dim limit_;
  size_t factor_ = 0;      // the one that is sliced
  size_t axis_ = 0;        // of it
  bool reversed_ = false;  // the subscript falls from round to round
  dim::Dim offset_;        // the subscript at row 0 of the result
  uint32_t position_ = 0;  // of the axis of the rounds
};

}  // namespace kiln::transform
