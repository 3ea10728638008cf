#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "dim/dim.h"

namespace kiln::dim::test {

using Values = std::map<std::string, int64_t>;

/// An expression or condition as it is written, before any normal form: what the tests evaluate to judge the
/// prover.
struct Expression {
  std::string operation;  // "number", "name", "min", "max", or the operator
  int64_t number = 0;
  std::string name;
  std::vector<Expression> operands;

  /// Nothing where a divisor is less than 1.
  std::optional<int64_t> evaluate(const Values& values) const;
  std::optional<bool> holds(const Values& values) const;
  Dim to_dim() const;
  Condition to_condition() const;
  /// All divisors, those of both arguments of `min` and `max` included, the inner ones first.
  void collect_divisors(std::vector<Dim>& divisors) const;
  void collect_names(std::set<std::string>& names) const;
  std::string to_string() const;
};

Expression read_expression(const std::string& text);

}  // namespace kiln::dim::test
