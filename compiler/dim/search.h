#pragma once

#include <vector>

#include "dim/system.h"

namespace kiln::dim {

/// Proof of `e >= 0` by subtracting multiples of facts: atoms are removed one by one, the innermost first,
/// each by `e - k*f` with a fact f that holds it and k >= 0. What is left at last holds dims alone.
class Search {
 public:
  explicit Search(const System& system) : system_(system) {}

  bool proves(const Polynomial& goal);
  /// What is left of the goal in each branch once its indices are gone: the goal is at least that. For a goal
  /// without indices the run-time values go, for one without these the quotients.
  std::vector<Polynomial> leaves(const Polynomial& goal);
  /// The leaves that `proves` came across.
  const std::vector<Polynomial>& leaves() const { return leaves_; }

 private:
  bool walk(const Polynomial& rest, int below);
  void keep_leaf(const Polynomial& rest);

  const System& system_;
  std::vector<Polynomial> leaves_;
  int leaf_class_ = System::first_index_class;  // a leaf's atoms stand below
  bool collecting_ = false;
  int nodes_ = 0;
};

}  // namespace kiln::dim
