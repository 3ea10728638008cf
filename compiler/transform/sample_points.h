#pragma once

#include <map>
#include <string>
#include <vector>

#include "dim/dim.h"

namespace kiln::transform {

/// A few points that satisfy everything known at a place. What one of them contradicts cannot be proved, and
/// finding that out takes the prover most of its time; so they are asked first.
class SamplePoints {
 public:
  using Point = std::map<std::string, int64_t>;

  /// Values for the dims of a function, all of them >= 0.
  explicit SamplePoints(const std::vector<std::string>& dims);
  /// low <= name < high
  void add_range(const std::string& name, const dim::Dim& low, const dim::Dim& high);
  void add_fact(const dim::Condition& condition);
  /// A point is known at which the condition is false.
  bool refute(const dim::Condition& condition) const;

 private:
  /// The points at which the condition holds: those there are, and neighbours of them along one variable that
  /// lie where the condition turns.
  std::vector<Point> where(const dim::Condition& condition, size_t most) const;
  bool satisfies_facts(const Point& point) const;

  std::vector<Point> points_;
  std::vector<dim::Condition> facts_;
};

}  // namespace kiln::transform
