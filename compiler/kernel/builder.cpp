#include "kernel/builder.h"

#include <algorithm>

#include "base/internal_check.h"

namespace kiln::kernel {

using dim::Dim;

Value Builder::new_value(TileType type) {
  kernel_.types.push_back(type);
  return Value{static_cast<uint32_t>(kernel_.types.size() - 1)};
}

Value Builder::emit(Op op, TileType type) {
  const Value value = new_value(type);
  append(std::move(op), {value}, span_);
  return value;
}

void Builder::append(Op op, std::vector<Value> results, Origin span) {
  block_->instructions.push_back({std::move(op), std::move(results), span});
}

std::optional<Dim> Builder::known(Value value) const {
  const auto found = known_.find(value.number);
  if (found == known_.end()) return std::nullopt;
  return found->second;
}

Value Builder::constant(ElementType type, Scalar value) {
  if (type == ElementType::i64 && !Dim(value.integer).overflowed()) return integer(value.integer);
  return emit(Constant{value}, {type, 1, 1});
}

Value Builder::dim(const Dim& dim) {
  for (const auto& scope : scopes_)
    if (const auto found = scope.find(dim); found != scope.end()) return found->second;
  const TileType type{ElementType::i64, 1, 1};
  const std::optional<int64_t> number = dim.constant();
  const Value value = number ? emit(Constant{Scalar::of_integer(*number)}, type) : emit(DimValue{dim}, type);
  scopes_.back().emplace(dim, value);
  known_.emplace(value.number, dim);
  return value;
}

Value Builder::lane_numbers(int lanes) {
  if (lanes == 1) return integer(0);
  return emit(LaneNumbers{}, {ElementType::i64, 1, lanes});
}

Value Builder::lane_mask(Value count, int lanes) {
  return emit(LaneMask{count}, {ElementType::boolean, 1, lanes});
}

Value Builder::splat(Value operand, int rows, int lanes) {
  const TileType& type = type_of(operand);
  if (type.rows == rows && type.lanes == lanes) return operand;
  internal_check((type.rows == 1 || type.rows == rows) && (type.lanes == 1 || type.lanes == lanes),
                 "a tile is splat to a shape that does not repeat it");
  return emit(Splat{operand}, {type.element, rows, lanes});
}

std::optional<Dim> Builder::fold(ScalarFunction function, const std::vector<Value>& operands) const {
  if (operands.size() != 2) return std::nullopt;
  const std::optional<Dim> a = known(operands[0]), b = known(operands[1]);
  const auto is = [](const std::optional<Dim>& dim, int64_t number) {
    return dim && dim->is_constant(number);
  };
  std::optional<Dim> result;
  if (a && b) {
    const bool positive = b->constant() && *b->constant() > 0;
    if (function == ScalarFunction::add) result = *a + *b;
    if (function == ScalarFunction::subtract) result = *a - *b;
    if (function == ScalarFunction::multiply) result = *a * *b;
    if (function == ScalarFunction::minimum) result = min(*a, *b);
    if (function == ScalarFunction::maximum) result = max(*a, *b);
    if (function == ScalarFunction::quotient && positive) result = *a / *b;
    if (function == ScalarFunction::remainder && positive) result = *a % *b;
  } else if (function == ScalarFunction::multiply && (is(a, 0) || is(b, 0))) {
    result = Dim(0);
  }
  if (result && result->overflowed()) return std::nullopt;
  return result;
}

Value Builder::map(ScalarFunction function, std::vector<Value> operands, ElementType converted_to) {
  if (const std::optional<Dim> folded = fold(function, operands)) return dim(*folded);
  if (operands.size() == 2 && type_of(operands[0]).element == ElementType::i64) {  // x + 0, x - 0, x * 1
    const auto is = [&](Value value, int64_t number) {
      const std::optional<Dim> dim = known(value);
      return dim && dim->is_constant(number);
    };
    const int64_t neutral = function == ScalarFunction::multiply ? 1 : 0;
    const bool commutes = function == ScalarFunction::add || function == ScalarFunction::multiply;
    if ((commutes || function == ScalarFunction::subtract) && is(operands[1], neutral)) return operands[0];
    if (commutes && is(operands[0], neutral)) return operands[1];
  }
  int rows = 1, lanes = 1;
  std::vector<ElementType> elements;
  for (const Value operand : operands) {
    rows = std::max(rows, type_of(operand).rows);
    lanes = std::max(lanes, type_of(operand).lanes);
    elements.push_back(type_of(operand).element);
  }
  for (Value& operand : operands) operand = splat(operand, rows, lanes);
  const ElementType result = result_type(function, elements, converted_to);
  return emit(Map{function, std::move(operands)}, {result, rows, lanes});
}

Value Builder::convert(Value operand, ElementType to) {
  if (type_of(operand).element == to) return operand;
  return map(ScalarFunction::convert, {operand}, to);
}

Value Builder::both(Value a, Value b) {
  if (!a.valid()) return b;
  if (!b.valid() || a == b) return a;
  return map(ScalarFunction::logical_and, {a, b});
}

Value Builder::load(BufferId buffer, ElementType element, Value offset, Value mask) {
  return load({buffer, offset, 0, 0}, {element, 1, 1}, mask);
}

Value Builder::load(const Address& address, TileType type, Value mask) {
  return emit(Load{address, mask}, type);
}

void Builder::store(const Address& address, Value value, Value mask, bool streaming) {
  append(Store{address, value, mask, streaming}, {}, span_);
}

void Builder::store(BufferId buffer, Value offset, Value value, Value mask) {
  store({buffer, offset, 0, 1}, value, mask);
}

Value Builder::reduce_lanes(ScalarFunction function, Value operand) {
  const TileType& type = type_of(operand);
  if (type.lanes == 1) return operand;
  return emit(ReduceLanes{function, operand}, {type.element, type.rows, 1});
}

Value Builder::reduce_rows(ScalarFunction function, Value operand) {
  const TileType& type = type_of(operand);
  if (type.rows == 1) return operand;
  return emit(ReduceRows{function, operand}, {type.element, 1, type.lanes});
}

Value Builder::transpose(Value operand) {
  const TileType& type = type_of(operand);
  if (type.is_scalar()) return operand;
  return emit(Transpose{operand}, {type.element, type.lanes, type.rows});
}

Value Builder::contract(Contract contract) {
  const TileType type = type_of(contract.accumulator);
  return emit(std::move(contract), type);
}

void Builder::prefetch(BufferId buffer, Value offset, int level) {
  append(Prefetch{buffer, offset, level}, {}, span_);
}

Block Builder::inside(const std::function<void()>& build) {
  Block block;
  Block* const outer = block_;
  block_ = &block;
  scopes_.emplace_back();
  build();
  scopes_.pop_back();
  block_ = outer;
  return block;
}

std::vector<Value> Builder::add_loop(Loop loop, const Body& body) {
  const Origin span = span_;  // of its head; the body may end elsewhere
  loop.index = new_value({ElementType::i64, 1, 1});
  std::vector<Value> results;
  for (const Value value : loop.initial) {
    const TileType type = type_of(value);
    loop.carried.push_back(new_value(type));
    results.push_back(new_value(type));
  }
  loop.body = inside([&] { loop.yielded = body(loop.index, loop.carried); });
  internal_check(loop.yielded.size() == loop.carried.size(),
                 "a loop yields one value for each that it carries");
  append(std::move(loop), results, span);
  return results;
}

std::vector<Value> Builder::loop(Value low, Value high, int64_t step, std::vector<Value> initial,
                                 const Body& body, int unroll) {
  Loop loop;
  loop.low = low;
  loop.high = high;
  loop.step = step;
  loop.initial = std::move(initial);
  loop.unroll = unroll;
  return add_loop(std::move(loop), body);
}

void Builder::serial(Value low, Value high, int64_t step, const std::function<void(Value)>& body,
                     int unroll) {
  loop(
      low, high, step, {},
      [&](Value index, const std::vector<Value>&) {
        body(index);
        return std::vector<Value>{};
      },
      unroll);
}

void Builder::grid(Value low, Value high, int64_t step, const std::function<void(Value)>& body) {
  Loop loop;
  loop.kind = LoopKind::grid;
  loop.low = low;
  loop.high = high;
  loop.step = step;
  add_loop(std::move(loop), [&](Value index, const std::vector<Value>&) {
    body(index);
    return std::vector<Value>{};
  });
}

void Builder::branch(Value condition, const std::function<void()>& then_part,
                     const std::function<void()>& else_part) {
  const Origin span = span_;
  Branch branch;
  branch.condition = condition;
  branch.then_block = inside(then_part);
  if (else_part) branch.else_block = inside(else_part);
  append(std::move(branch), {}, span);
}

}  // namespace kiln::kernel
