#include "kernel/verify.h"

#include <fmt/format.h>

#include <algorithm>

#include "kernel/print.h"

namespace kiln::kernel {
namespace {

/// Walks one kernel in order; `problem_` is the first thing found.
class Verifier {
 public:
  Verifier(const Program& program, const Kernel& kernel, uint32_t number)
      : program_(program), kernel_(kernel), number_(number), defined_(kernel.types.size(), false) {}

  std::optional<std::string> run() {
    walk(kernel_.body, kernel_.serial);
    if (problem_.empty()) return std::nullopt;
    return fmt::format("kernel {} ({}): {}", number_, kernel_.name, problem_);
  }

 private:
  void require(bool holds, const std::string& what) {
    if (!holds && problem_.empty()) problem_ = what;
  }
  bool use(Value value) {
    const bool good = value.number < defined_.size() && defined_[value.number];
    require(good, fmt::format("%{} is used before it is defined, or outside its block", value.number));
    return good;
  }
  void define(Value value) {
    require(value.number < defined_.size() && !defined_[value.number],
            fmt::format("%{} is defined twice", value.number));
    if (value.number < defined_.size()) defined_[value.number] = true;
    here_.push_back(value);
  }
  const TileType& type(Value value) const { return kernel_.type_of(value); }
  void scalar(Value value, ElementType element, const char* what) {
    if (use(value)) require(type(value) == TileType{element, 1, 1}, what);
  }
  void buffer(BufferId id, ElementType element) {
    require(id.number < program_.buffers.size(), "a buffer that is not there");
    if (id.number >= program_.buffers.size()) return;
    const Buffer& at = program_.buffers[id.number];
    require(at.element == element, fmt::format("an access to @{} of another element type", id.number));
    if (at.scope >= Scope::arena)
      require(at.first_kernel <= number_ && number_ <= at.last_kernel,
              fmt::format("@{} is used outside its life", id.number));
  }
  void address(const Address& address, const TileType& tile) {
    buffer(address.buffer, tile.element);
    known(address.row_stride);
    known(address.lane_stride);
    if (!use(address.offset)) return;
    const TileType& offset = type(address.offset);
    require(offset.element == ElementType::i64, "an offset is i64");
    require(offset.is_scalar() || (offset.rows == tile.rows && offset.lanes == tile.lanes),
            "an offset is a scalar or has the shape of the access");
  }
  void mask(Value mask, const TileType& tile) {
    if (!mask.valid() || !use(mask)) return;
    const TileType& at = type(mask);
    require(at.element == ElementType::boolean && at.lanes == tile.lanes &&
                (at.rows == 1 || at.rows == tile.rows),
            "a mask is bool and has the shape of the access");
  }

  void walk(const Block& block, bool may_store) {
    std::vector<Value> outer;
    std::swap(outer, here_);
    for (const Instruction& instruction : block.instructions) {
      if (!problem_.empty()) break;
      std::visit([&](const auto& op) { check(op, instruction, may_store); }, instruction.op);
      for (const Value result : instruction.results) define(result);
    }
    for (const Value value : here_) defined_[value.number] = false;
    std::swap(outer, here_);
  }

  void check(const Constant&, const Instruction& at, bool) {
    require(type(at.results[0]).is_scalar(), "a constant is a scalar");
  }
  void check(const DimValue& op, const Instruction& at, bool) {
    require(type(at.results[0]) == TileType{ElementType::i64, 1, 1}, "a dim is an i64 scalar");
    known(op.dim);
  }
  void known(const dim::Dim& dim) {
    require(!dim.overflowed(), "a dim expression that 64 bits do not hold");
    for (const std::string& symbol : dim.symbols())
      require(std::find(program_.dims.begin(), program_.dims.end(), symbol) != program_.dims.end(),
              "a dim expression over an unknown symbol " + symbol);
  }
  void check(const LaneNumbers&, const Instruction&, bool) {}
  void check(const LaneMask& op, const Instruction&, bool) {
    scalar(op.count, ElementType::i64, "a lane count is an i64 scalar");
  }
  void check(const Splat& op, const Instruction& at, bool) {
    if (!use(op.operand)) return;
    const TileType &from = type(op.operand), &to = type(at.results[0]);
    require(from.element == to.element && (from.rows == 1 || from.rows == to.rows) &&
                (from.lanes == 1 || from.lanes == to.lanes),
            "a splat repeats rows or lanes");
  }
  void check(const Map& op, const Instruction& at, bool) {
    const TileType& result = type(at.results[0]);
    std::vector<ElementType> elements;
    for (const Value operand : op.operands) {
      if (!use(operand)) return;
      const TileType& tile = type(operand);
      require(tile.rows == result.rows && tile.lanes == result.lanes, "operands of a map have its shape");
      elements.push_back(tile.element);
    }
    require(static_cast<int>(elements.size()) == row_of(op.function).arity,
            "a map with too many or few operands");
    if (problem_.empty())
      require(result_type(op.function, elements, result.element) == result.element,
              fmt::format("%{}: the element of a map is not that of its function", at.results[0].number));
  }
  void check(const Load& op, const Instruction& at, bool) {
    address(op.address, type(at.results[0]));
    mask(op.mask, type(at.results[0]));
  }
  void check(const Store& op, const Instruction&, bool may_store) {
    if (!use(op.value)) return;
    address(op.address, type(op.value));
    mask(op.mask, type(op.value));
    if (op.address.buffer.number >= program_.buffers.size()) return;
    const Scope scope = program_.buffers[op.address.buffer.number].scope;
    require(scope != Scope::constant, "a store to a constant");
    require(may_store || scope >= Scope::worker, "a store to shared memory outside a grid loop");
  }
  void check(const ReduceLanes& op, const Instruction& at, bool) {
    if (use(op.operand))
      require(type(at.results[0]) == TileType{type(op.operand).element, type(op.operand).rows, 1},
              "a reduction of lanes gives one lane");
  }
  void check(const ReduceRows& op, const Instruction& at, bool) {
    if (use(op.operand))
      require(type(at.results[0]) == TileType{type(op.operand).element, 1, type(op.operand).lanes},
              "a reduction of rows gives one row");
  }
  void check(const Transpose& op, const Instruction& at, bool) {
    if (use(op.operand))
      require(type(at.results[0]) ==
                  TileType{type(op.operand).element, type(op.operand).lanes, type(op.operand).rows},
              "a transpose exchanges rows and lanes");
  }
  void check(const Contract& op, const Instruction& at, bool) {
    if (!use(op.accumulator)) return;
    const TileType& tile = type(op.accumulator);
    require(tile == type(at.results[0]), "a contract keeps the type of its accumulator");
    require(tile.element == ElementType::f32 || tile.element == ElementType::f64,
            "a contract is of f32 or f64");
    require(op.depth >= 1, "a contract has a depth");
    for (const dim::Dim& stride : {op.a_row_stride, op.a_step_stride, op.b_step_stride}) known(stride);
    buffer(op.a, tile.element);
    buffer(op.b, tile.element);
    scalar(op.a_offset, ElementType::i64, "an offset is i64");
    scalar(op.b_offset, ElementType::i64, "an offset is i64");
    mask(op.mask, {tile.element, 1, tile.lanes});
  }
  void check(const Prefetch& op, const Instruction&, bool) {
    require(op.buffer.number < program_.buffers.size(), "a buffer that is not there");
    scalar(op.offset, ElementType::i64, "an offset is i64");
  }
  void check(const Loop& op, const Instruction& at, bool may_store) {
    const bool grid = op.kind == LoopKind::grid;
    scalar(op.low, ElementType::i64, "a bound is an i64 scalar");
    scalar(op.high, ElementType::i64, "a bound is an i64 scalar");
    require(op.step >= 1, "a step is positive");
    require(!grid || !in_grid_, "a grid loop in a grid loop");
    require(!grid || op.initial.empty(), "a grid loop carries nothing");
    require(op.initial.size() == op.carried.size() && op.initial.size() == op.yielded.size() &&
                op.initial.size() == at.results.size(),
            "a loop has as many initial, carried, yielded and result tiles");
    if (!problem_.empty()) return;
    for (size_t i = 0; i < op.initial.size(); ++i) {
      if (!use(op.initial[i])) return;
      require(type(op.initial[i]) == type(op.carried[i]) && type(op.carried[i]) == type(at.results[i]),
              "a carried tile keeps its type");
    }
    std::vector<Value> outer;
    std::swap(outer, here_);
    define(op.index);
    for (const Value value : op.carried) define(value);
    in_grid_ = in_grid_ || grid;
    walk_body(op, may_store || grid);
    if (grid) in_grid_ = false;
    for (const Value value : here_) defined_[value.number] = false;
    std::swap(outer, here_);
  }
  void walk_body(const Loop& op, bool may_store) {
    for (const Instruction& instruction : op.body.instructions) {
      if (!problem_.empty()) return;
      std::visit([&](const auto& inner) { check(inner, instruction, may_store); }, instruction.op);
      for (const Value result : instruction.results) define(result);
    }
    for (size_t i = 0; i < op.yielded.size(); ++i)
      if (use(op.yielded[i]))
        require(type(op.yielded[i]) == type(op.carried[i]), "a yielded tile has the type of the carried");
  }
  void check(const Branch& op, const Instruction&, bool may_store) {
    scalar(op.condition, ElementType::boolean, "a condition is a bool scalar");
    walk(op.then_block, may_store);
    walk(op.else_block, may_store);
  }

  const Program& program_;
  const Kernel& kernel_;
  uint32_t number_;
  std::vector<bool> defined_;
  std::vector<Value> here_;  // defined in the innermost block
  bool in_grid_ = false;
  std::string problem_;
};

}  // namespace

std::optional<std::string> verify(const Program& program) {
  Scope scope = Scope::argument;
  for (const Buffer& buffer : program.buffers) {
    if (buffer.scope < scope) return "the buffers do not stand in the order of their scopes";
    scope = buffer.scope;
  }
  for (uint32_t i = 0; i < program.kernels.size(); ++i) {
    if (auto problem = Verifier(program, program.kernels[i], i).run())
      return *problem + "\n" + print(program, program.kernels[i]);
  }
  return std::nullopt;
}

}  // namespace kiln::kernel
