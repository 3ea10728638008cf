#include "kernel/accumulation.h"

#include <limits>

namespace kiln::kernel {

using graph::Reducer;
using F = ScalarFunction;

namespace {
bool is_half(ElementType type) { return type == ElementType::f16 || type == ElementType::bf16; }
}  // namespace

Accumulation::Accumulation(const graph::Function& function, const graph::Compute& compute)
    : compute_(compute), row_(graph::row_of(compute.reducer)) {
  body_ = function.expressions[compute.body].type;
  carried_ = row_.combine && is_half(body_) ? ElementType::f32 : body_;
}

std::vector<ElementType> Accumulation::elements() const {
  if (row_.reports_index) return {body_, ElementType::i32};
  return {carried_};
}

std::vector<Scalar> Accumulation::neutral() const {
  if (row_.reports_index) return {Scalar{}, Scalar::of_integer(-1)};
  return {convert(graph::neutral_element(compute_.reducer, body_), body_, carried_)};
}

std::vector<Value> Accumulation::initial(Builder& builder, int rows, int lanes) const {
  std::vector<Value> tiles;
  const std::vector<ElementType> types = elements();
  const std::vector<Scalar> values = neutral();
  for (size_t i = 0; i < types.size(); ++i)
    tiles.push_back(builder.splat(builder.constant(types[i], values[i]), rows, lanes));
  return tiles;
}

std::vector<Value> Accumulation::join(Evaluation& at, const std::vector<Value>& carried, Value lanes) const {
  Builder& builder = at.context().builder;
  const Value guard = at.guards();
  const Value body = at.value(compute_.body, guard);
  const Value chosen = builder.both(guard, lanes);
  const TileType type = builder.type_of(carried[0]);
  const auto update = [&](Value condition, Value now, Value before) {
    if (!condition.valid()) return builder.splat(now, type.rows, type.lanes);
    return builder.splat(builder.map(F::select, {condition, now, before}), type.rows, type.lanes);
  };
  if (row_.reports_index) {
    const Value better = builder.both(chosen, beats(builder, body, carried));
    const Value place = builder.convert(at.index(compute_.reported), ElementType::i32);
    return {update(better, body, carried[0]), update(better, place, carried[1])};
  }
  Value next = builder.convert(body, carried_);
  if (row_.combine) next = builder.map(*row_.combine, {carried[0], next});
  return {update(chosen, next, carried[0])};
}

Value Accumulation::result(Builder& builder, const std::vector<Value>& carried, bool over_lanes) const {
  if (row_.reports_index) return over_lanes ? first_best(builder, carried) : carried[1];
  Value tile = carried[0];
  if (over_lanes) tile = builder.reduce_lanes(*row_.combine, tile);
  return builder.convert(tile, body_);
}

bool Accumulation::joins_lanes(const graph::Compute& compute, uint32_t rank) {
  const graph::ReducerRow& row = graph::row_of(compute.reducer);
  if (!row.reports_index) return row.combine.has_value();
  for (uint32_t index = rank; index < compute.domain.size(); ++index)
    if (index != compute.reported && !compute.domain[index].extent.is_constant(1)) return false;
  return compute.reported >= rank;
}

/// Each lane has its best and the first place of it; among those as good as the best of all, the first
/// counts.
Value Accumulation::first_best(Builder& builder, const std::vector<Value>& carried) const {
  const ElementType type = is_half(body_) ? ElementType::f32 : body_;
  const bool greatest = compute_.reducer == Reducer::argmax;
  const Value best = builder.convert(carried[0], type), place = carried[1];
  const auto number = [&](int64_t value) {
    return builder.constant(ElementType::i32, Scalar::of_integer(value));
  };
  Value counts = builder.map(F::less_equal, {number(0), place});
  Value is_nan, any_nan;
  if (is_float(type)) {
    is_nan = builder.map(F::logical_and, {counts, builder.map(F::is_nan, {best})});
    any_nan = builder.reduce_lanes(F::logical_or, is_nan);
    counts = builder.map(F::logical_and, {counts, builder.map(F::logical_not, {is_nan})});
  }
  const Reducer extreme = greatest ? Reducer::maximum : Reducer::minimum;
  const Value worst = builder.constant(type, graph::neutral_element(extreme, type));
  const Value compared = builder.map(F::select, {counts, best, worst});
  const Value top = builder.reduce_lanes(greatest ? F::maximum : F::minimum, compared);
  Value chosen = builder.map(F::logical_and, {counts, builder.map(F::equal, {compared, top})});
  if (any_nan.valid()) chosen = builder.map(F::select, {any_nan, is_nan, chosen});
  const Value beyond = number(std::numeric_limits<int32_t>::max());
  const Value first = builder.reduce_lanes(F::minimum, builder.map(F::select, {chosen, place, beyond}));
  return builder.map(F::select, {builder.map(F::equal, {first, beyond}), number(-1), first});
}

/// As graph::beats, and the first point always does.
Value Accumulation::beats(Builder& builder, Value body, const std::vector<Value>& carried) const {
  const auto as_float = [&](Value value) {
    return is_half(body_) ? builder.convert(value, ElementType::f32) : value;
  };
  const Value candidate = as_float(body), best = as_float(carried[0]);
  const bool greatest = compute_.reducer == Reducer::argmax;
  Value better = builder.map(F::less, {greatest ? best : candidate, greatest ? candidate : best});
  if (is_float(body_)) {
    const Value best_nan = builder.map(F::is_nan, {best});
    better = builder.map(F::logical_or, {better, builder.map(F::is_nan, {candidate})});
    better = builder.map(F::logical_and, {better, builder.map(F::logical_not, {best_nan})});
  }
  const Value none =
      builder.map(F::less, {carried[1], builder.constant(ElementType::i32, Scalar::of_integer(0))});
  return builder.map(F::logical_or, {better, none});
}

}  // namespace kiln::kernel
