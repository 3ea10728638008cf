#pragma once

#include <functional>
#include <map>
#include <optional>

#include "kernel/kernel.h"

namespace kiln::kernel {

/// Appends to a kernel. Scalars that are dim expressions are known as such: arithmetic on them folds, and
/// within a block and those inside it each stands once.
class Builder {
 public:
  explicit Builder(Kernel& kernel) : kernel_(kernel), block_(&kernel.body), scopes_(1) {}

  /// What the instructions from here on are made for.
  void set_span(Origin span) { span_ = span; }

  const TileType& type_of(Value value) const { return kernel_.types[value.number]; }
  /// The dim expression that an i64 scalar is, if it is one.
  std::optional<dim::Dim> known(Value value) const;

  Value constant(ElementType type, Scalar value);
  Value integer(int64_t value) { return dim(value); }
  Value boolean(bool value) { return constant(ElementType::boolean, Scalar::of_integer(value)); }
  Value dim(const dim::Dim& dim);
  Value lane_numbers(int lanes);
  Value lane_mask(Value count, int lanes);
  Value splat(Value operand, int rows, int lanes);
  /// The operands are splat to their common shape.
  Value map(ScalarFunction function, std::vector<Value> operands,
            ElementType converted_to = ElementType::f32);
  Value convert(Value operand, ElementType to);
  Value add(Value a, Value b) { return map(ScalarFunction::add, {a, b}); }
  Value subtract(Value a, Value b) { return map(ScalarFunction::subtract, {a, b}); }
  Value multiply(Value a, Value b) { return map(ScalarFunction::multiply, {a, b}); }
  /// Both masks, where either may be invalid (all lanes).
  Value both(Value a, Value b);
  Value load(BufferId buffer, ElementType element, Value offset, Value mask = {});  // 1 x 1
  Value load(const Address& address, TileType type, Value mask = {});
  void store(const Address& address, Value value, Value mask = {}, bool streaming = false);
  void store(BufferId buffer, Value offset, Value value, Value mask = {});  // contiguous lanes, one row
  Value reduce_lanes(ScalarFunction function, Value operand);
  Value reduce_rows(ScalarFunction function, Value operand);
  Value transpose(Value operand);
  Value contract(Contract contract);
  void prefetch(BufferId buffer, Value offset, int level);

  using Body = std::function<std::vector<Value>(Value index, const std::vector<Value>& carried)>;
  std::vector<Value> loop(Value low, Value high, int64_t step, std::vector<Value> initial, const Body& body,
                          int unroll = 0);
  void serial(Value low, Value high, int64_t step, const std::function<void(Value)>& body, int unroll = 0);
  void grid(Value low, Value high, int64_t step, const std::function<void(Value)>& body);
  void branch(Value condition, const std::function<void()>& then_part,
              const std::function<void()>& else_part = {});

  Kernel& kernel() { return kernel_; }

 private:
  Value new_value(TileType type);
  Value emit(Op op, TileType type);
  void append(Op op, std::vector<Value> results, Origin span);
  std::optional<dim::Dim> fold(ScalarFunction function, const std::vector<Value>& operands) const;
  std::vector<Value> add_loop(Loop loop, const Body& body);
  Block inside(const std::function<void()>& build);

  Kernel& kernel_;
  Block* block_;
  Origin span_;
  std::vector<std::map<dim::Dim, Value>> scopes_;  // dim expressions at hand, innermost block last
  std::map<uint32_t, dim::Dim> known_;
};

}  // namespace kiln::kernel
