#include "transform/sample_points.h"

#include <algorithm>
#include <set>

namespace kiln::transform {

using dim::Condition;
using dim::Dim;

namespace {
constexpr size_t most_points = 24;
}

SamplePoints::SamplePoints(const std::vector<std::string>& dims) {
  // Equal dims, different ones, and large ones with many divisors.
  for (const int64_t base : {7, 1, 2, 0, 12, 64, 240}) {
    for (const int64_t step : {0, 1, 5, -1}) {
      Point point;
      int64_t value = base;
      for (const std::string& name : dims) {
        point[name] = std::max<int64_t>(value, 0);
        value += step;
      }
      if (std::find(points_.begin(), points_.end(), point) == points_.end())
        points_.push_back(std::move(point));
    }
  }
  for (const std::string& name : dims) facts_.push_back(Condition::less_equal(0, Dim::symbol(name)));
}

void SamplePoints::add_range(const std::string& name, const Dim& low, const Dim& high) {
  std::vector<Point> extended;
  size_t number = 0;
  for (const Point& point : points_) {
    const std::optional<int64_t> first = low.evaluate(point), end = high.evaluate(point);
    if (!first || !end || *first >= *end) continue;
    // The ends are where conditions turn; the first points get all of them, the others take turns.
    const int64_t values[] = {*first, *end - 1, *first + (*end - *first) / 2};
    const size_t variants = points_.size() * 3 <= most_points ? 3 : 1;
    std::set<int64_t> taken;
    for (size_t k = 0; k < variants; ++k) {
      const int64_t value = values[(k + number) % 3];
      if (!taken.insert(value).second) continue;
      extended.push_back(point);
      extended.back()[name] = value;
    }
    ++number;
  }
  points_ = std::move(extended);
  facts_.push_back(Condition::less_equal(low, Dim::symbol(name)));
  facts_.push_back(Condition::less(Dim::symbol(name), high));
}

void SamplePoints::add_fact(const Condition& condition) {
  points_ = where(condition, most_points);
  facts_.push_back(condition);
}

bool SamplePoints::satisfies_facts(const Point& point) const {
  return std::all_of(facts_.begin(), facts_.end(),
                     [&](const Condition& fact) { return fact.evaluate(point) == true; });
}

std::vector<SamplePoints::Point> SamplePoints::where(const Condition& condition, size_t most) const {
  std::vector<Point> found;
  for (const Point& point : points_) {
    if (found.size() < most && condition.evaluate(point) == true) found.push_back(point);
  }
  if (!condition.operands.empty()) return found;
  for (const Point& point : points_) {
    const std::optional<int64_t> value = condition.value.evaluate(point);
    for (const std::string& name : condition.value.symbols()) {
      if (!value || found.size() >= most) break;
      Point moved = point;
      ++moved[name];
      const std::optional<int64_t> beside = condition.value.evaluate(moved);
      const int64_t slope = beside ? *beside - *value : 0;
      if (slope == 0 || *value % slope != 0) continue;
      moved[name] = point.at(name) - *value / slope;  // the value is 0 there, if it is linear
      if (condition.evaluate(moved) == true && satisfies_facts(moved)) found.push_back(std::move(moved));
    }
  }
  return found;
}

bool SamplePoints::refute(const Condition& condition) const { return !where(condition.negated(), 1).empty(); }

}  // namespace kiln::transform
