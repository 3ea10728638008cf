#pragma once

#include <functional>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace kiln::sema {

/// An integer expression or condition of a random program: written into its text, and evaluated by the test.
struct Formula {
  std::string operation;  // "number", "name", "min", "max", "and", or the sign between two operands
  int64_t number = 0;
  std::string name;
  std::vector<Formula> operands;

  using Values = std::map<std::string, int64_t>;
  /// Conditions give 0 or 1. Nothing where a divisor is less than 1; `and` guards its right side.
  std::optional<int64_t> evaluate(const Values& values) const;
  std::string text() const;
};

/// A reduction over one read of a tensor:
///   export fn f(N: dim, …, n: i32, x: f32[extent, …]) -> y: f32 where facts
///     = sum[i: low..high, … where filter] (if guard { x[subscript, …] } else { 0 })
struct RandomComprehension {
  struct Range {
    std::string index;
    Formula low, high;
  };
  std::vector<std::string> dims;
  bool has_runtime = false;  // the parameter `n`
  std::vector<Formula> extents, facts, subscripts;
  std::vector<Range> ranges;
  std::optional<Formula> filter, guard;

  std::string program() const;

  enum class Judgement { holds, impossible, broken, broken_read };
  /// Whether the program is right at these values of dims, indices and `n`. `impossible`: it never gets
  /// there, because a fact, a range or a guard excludes it. `broken`: a division by less than 1, a negative
  /// extent, or a subscript outside of its axis.
  Judgement judge(const Formula::Values& values) const;
  /// Values at which it is broken, of dims up to `largest` that satisfy `is_allowed`.
  using Filter = std::function<bool(const Formula::Values&)>;
  std::optional<Formula::Values> find_violation(int64_t largest, const Filter& is_allowed) const;
  /// Whether it is broken at values that agree with those given.
  bool is_violation(const Formula::Values& given, int64_t largest) const;

  /// Whether the tensor is read at all.
  bool is_ever_reached(int64_t largest) const;

 private:
  using Wanted = std::function<bool(Judgement)>;
  bool is_data(const Range& range) const;  // it ends at another index
  /// A range of data has to lie inside of the axes on which its index stands alone.
  bool leaves_axis(const Range& range, int64_t low, int64_t high, const Formula::Values& values) const;
  std::optional<Formula::Values> search(int64_t largest, const Filter& is_allowed,
                                        const Formula::Values& given, const Wanted& is_wanted) const;
  std::optional<Formula::Values> search_indices(Formula::Values& values, size_t next,
                                                const Formula::Values& given, const Wanted& is_wanted) const;
};

/// Affine subscripts, quotients and remainders, `min` and `max`, products, several axes, facts in `where`,
/// filters and guards; one in five with a run-time integer. The same seed gives the same programs.
RandomComprehension make_comprehension(std::mt19937& random);

}  // namespace kiln::sema
