#include "graph/index_forms.h"

#include <algorithm>
#include <array>

namespace kiln::graph {
namespace {

using F = ScalarFunction;
__extension__ typedef __int128 Wide;

std::optional<Interval> narrow(Wide low, Wide high) {
  if (low < INT64_MIN || high > INT64_MAX) return std::nullopt;
  return Interval{static_cast<int64_t>(low), static_cast<int64_t>(high)};
}

/// The smallest interval over what a monotone function gives at the corners.
template <typename Operation>
std::optional<Interval> corners(Interval a, Interval b, Operation operation) {
  const std::array<Wide, 4> values = {operation(a.low, b.low), operation(a.low, b.high),
                                      operation(a.high, b.low), operation(a.high, b.high)};
  return narrow(*std::min_element(values.begin(), values.end()),
                *std::max_element(values.begin(), values.end()));
}

Wide floor_quotient(Wide a, Wide b) { return a / b - (a % b != 0 && (a < 0) != (b < 0)); }

std::optional<Interval> interval_of_call(F function, Interval a, Interval b) {
  switch (function) {
    case F::add: return corners(a, b, [](Wide x, Wide y) { return x + y; });
    case F::subtract: return corners(a, b, [](Wide x, Wide y) { return x - y; });
    case F::multiply: return corners(a, b, [](Wide x, Wide y) { return x * y; });
    case F::minimum: return Interval{std::min(a.low, b.low), std::min(a.high, b.high)};
    case F::maximum: return Interval{std::max(a.low, b.low), std::max(a.high, b.high)};
    case F::quotient:
      if (b.low < 1) return std::nullopt;
      return corners(a, b, floor_quotient);
    case F::remainder:
      if (b.low < 1) return std::nullopt;
      if (a.low >= 0 && a.high < b.low) return a;
      return Interval{0, b.high - 1};
    default: return std::nullopt;
  }
}

std::optional<IndexForm> combine(const IndexForm& a, const IndexForm& b, int64_t factor) {
  IndexForm sum = a;
  for (size_t i = 0; i <= sum.strides.size(); ++i) {
    int64_t& left = i == sum.strides.size() ? sum.constant : sum.strides[i];
    int64_t right = i == sum.strides.size() ? b.constant : b.strides[i];
    if (__builtin_mul_overflow(right, factor, &right) || __builtin_add_overflow(left, right, &left))
      return std::nullopt;
  }
  return sum;
}

bool is_number(const IndexForm& form) {
  return std::all_of(form.strides.begin(), form.strides.end(), [](int64_t stride) { return stride == 0; });
}

}  // namespace

const std::optional<IndexForm>& IndexForms::form(ExprId id) {
  const auto known = forms_.find(id.number);
  if (known != forms_.end()) return known->second;
  std::optional<IndexForm> found = find_form(id);
  if (found && !interval_of(*found)) found.reset();
  return forms_.emplace(id.number, std::move(found)).first->second;
}

std::optional<IndexForm> IndexForms::find_form(ExprId id) {
  const Expr& expr = expressions_[id];
  if (expr.type != ElementType::i64) return std::nullopt;
  IndexForm zero;
  zero.strides.assign(extents_.size(), 0);
  IndexForm leaf = zero;
  switch (expr.kind) {
    case ExprKind::literal: leaf.constant = expr.literal.integer; return leaf;
    case ExprKind::index: leaf.strides[expr.index] = 1; return leaf;
    case ExprKind::dim:
      if (const std::optional<int64_t> value = expr.dim.evaluate(dims_)) {
        leaf.constant = *value;
        return leaf;
      }
      return std::nullopt;
    case ExprKind::read: return std::nullopt;
    case ExprKind::call: break;
  }
  const bool linear = expr.function == F::add || expr.function == F::subtract ||
                      expr.function == F::multiply || expr.function == F::negate;
  if (!linear) return std::nullopt;
  const std::optional<IndexForm> a = form(expr.operands[0]);
  if (!a) return std::nullopt;
  if (expr.function == F::negate) return combine(zero, *a, -1);
  const std::optional<IndexForm> b = form(expr.operands[1]);
  if (!b) return std::nullopt;
  if (expr.function == F::add) return combine(*a, *b, 1);
  if (expr.function == F::subtract) return combine(*a, *b, -1);
  if (is_number(*b)) return combine(zero, *a, b->constant);
  if (is_number(*a)) return combine(zero, *b, a->constant);
  return std::nullopt;
}

std::optional<Interval> IndexForms::interval_of(const IndexForm& form) const {
  Wide low = form.constant, high = form.constant;
  for (size_t i = 0; i < extents_.size(); ++i) {
    const Wide reach = Wide{form.strides[i]} * (extents_[i] - 1);
    (reach < 0 ? low : high) += reach;
  }
  return narrow(low, high);
}

std::optional<Interval> IndexForms::interval(ExprId id) {
  const auto known = intervals_.find(id.number);
  if (known != intervals_.end()) return known->second;
  const std::optional<Interval> found = find_interval(id);
  intervals_.emplace(id.number, found);
  return found;
}

std::optional<Interval> IndexForms::find_interval(ExprId id) {
  if (const std::optional<IndexForm>& linear = form(id)) return interval_of(*linear);
  const Expr& expr = expressions_[id];
  if (expr.type != ElementType::i64 || expr.kind != ExprKind::call) return std::nullopt;
  const std::vector<ExprId>& x = expr.operands;
  if (x.size() == 1) {
    if (expr.function != F::negate) return std::nullopt;
    const std::optional<Interval> operand = interval(x[0]);
    return operand ? narrow(-Wide{operand->high}, -Wide{operand->low}) : std::nullopt;
  }
  const std::optional<Interval> a = interval(x[x.size() - 2]);
  const std::optional<Interval> b = interval(x[x.size() - 1]);
  if (!a || !b) return std::nullopt;
  if (expr.function == F::select) return Interval{std::min(a->low, b->low), std::max(a->high, b->high)};
  return interval_of_call(expr.function, *a, *b);
}

bool IndexForms::inside(ExprId subscript, int64_t extent) {
  const std::optional<Interval> known = interval(subscript);
  return known && known->low >= 0 && known->high < extent;
}

}  // namespace kiln::graph
