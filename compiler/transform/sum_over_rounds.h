#pragma once

#include <map>
#include <optional>

#include "transform/extent_values.h"
#include "transform/fold.h"

namespace kiln::transform {

/// A compute of a loop's body, summed over all rounds by one compute outside: the counter becomes an index
/// that is reduced, what is captured is read where it is, and what a round makes is read from a stack.
///   in the body   %g = compute [o, i, b] write [o, i] sum mul(%dz[b, o], %x[{t}, b, i])
///   outside       %g = compute [o, i, b, t] write [o, i] sum mul(%dzs[t, b, o], %x[t, b, i])
class SumOverRounds {
 public:
  SumOverRounds(const graph::Function& around, const graph::Function& body, const graph::Loop& loop)
      : outside_(around), body_(body), loop_(loop) {}

  /// Whether the value can be summed outside, and should be.
  bool suits(graph::ValueId value) const;
  /// What must be stacked for it: values that rounds make, without those that show captured ones.
  std::vector<graph::ValueId> needed(graph::ValueId value) const;
  /// Appends the sum to the function around. `outside` gives captured values and stacks.
  graph::ValueId make(graph::Function& function, graph::ValueId value,
                      const std::map<graph::ValueId, graph::ValueId>& captured,
                      const std::map<graph::ValueId, graph::ValueId>& stacks, Origin span) const;

 private:
  bool has_own_slice(const graph::Compute& compute) const;
  const graph::Compute* compute_of(graph::ValueId value) const;
  bool shows_captured(graph::ValueId value) const;
  bool is_captured(graph::ValueId value) const;
  void collect(graph::ExprId root, std::vector<graph::ValueId>& found) const;

  const ExtentValues outside_;
  const graph::Function& body_;
  const graph::Loop& loop_;
};

}  // namespace kiln::transform
