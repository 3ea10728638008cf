#include "dim/dim.h"

namespace kiln::dim {
namespace {

using Kind = Condition::Kind;

/// Left to right, as the language evaluates: what decides ends it.
std::optional<bool> evaluate_all(const Condition& condition, const std::map<std::string, int64_t>& values) {
  const bool decisive = condition.kind == Kind::either;
  for (const Condition& part : condition.operands) {
    const std::optional<bool> truth = part.evaluate(values);
    if (!truth || *truth == decisive) return truth;
  }
  return !decisive;
}

}  // namespace

Condition Condition::less(const Dim& a, const Dim& b) { return {Kind::at_least_zero, b - a - 1, {}}; }
Condition Condition::less_equal(const Dim& a, const Dim& b) { return {Kind::at_least_zero, b - a, {}}; }
Condition Condition::equal(const Dim& a, const Dim& b) { return {Kind::equal_zero, a - b, {}}; }
Condition Condition::not_equal(const Dim& a, const Dim& b) { return {Kind::not_equal_zero, a - b, {}}; }
Condition Condition::both_of(std::vector<Condition> parts) { return {Kind::both, 0, std::move(parts)}; }
Condition Condition::either_of(std::vector<Condition> parts) { return {Kind::either, 0, std::move(parts)}; }

Condition Condition::negated() const {
  switch (kind) {
    case Kind::at_least_zero: return {Kind::at_least_zero, -1 - value, {}};
    case Kind::equal_zero: return {Kind::not_equal_zero, value, {}};
    case Kind::not_equal_zero: return {Kind::equal_zero, value, {}};
    case Kind::both:
    case Kind::either: break;
  }
  Condition result{kind == Kind::both ? Kind::either : Kind::both, 0, {}};
  for (const Condition& part : operands) result.operands.push_back(part.negated());
  return result;
}

Condition Condition::substitute(const std::map<std::string, Dim>& values) const {
  Condition result{kind, value.substitute(values), {}};
  for (const Condition& part : operands) result.operands.push_back(part.substitute(values));
  return result;
}

std::optional<bool> Condition::evaluate(const std::map<std::string, int64_t>& values) const {
  if (kind == Kind::both || kind == Kind::either) return evaluate_all(*this, values);
  const std::optional<int64_t> number = value.evaluate(values);
  if (!number) return std::nullopt;
  if (kind == Kind::at_least_zero) return *number >= 0;
  return (*number == 0) == (kind == Kind::equal_zero);
}

}  // namespace kiln::dim
