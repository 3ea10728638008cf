#include "kernel/execute.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <optional>

#include "base/internal_check.h"
#include "base/scalar.h"

namespace kiln::kernel {
namespace {

using Tile = std::vector<Scalar>;

/// Buffers of one worker during one kernel: where each lies.
struct Memory {
  std::byte* data = nullptr;
  int64_t count = 0;
};

class Execution {
 public:
  Execution(const Program& program, const Kernel& kernel, const std::map<std::string, int64_t>& dims,
            const std::vector<Memory>& memory, int worker, int workers)
      : program_(program),
        kernel_(kernel),
        dims_(dims),
        memory_(memory),
        worker_(worker),
        workers_(workers),
        values_(kernel.types.size()) {}

  void run() { run(kernel_.body); }

 private:
  const TileType& type(Value value) const { return kernel_.type_of(value); }
  int64_t integer(Value value) const { return values_[value.number][0].integer; }
  static size_t count(const TileType& type) {
    return static_cast<size_t>(type.rows) * static_cast<size_t>(type.lanes);
  }
  int64_t evaluate(const dim::Dim& dim) const {
    const std::optional<int64_t> value = dim.evaluate(dims_);
    internal_check(value.has_value(), "a dim expression without a value: " + dim.to_string());
    return *value;
  }
  std::byte* element(BufferId buffer, int64_t offset) const {
    const Memory& memory = memory_[buffer.number];
    if (offset < 0 || offset >= memory.count)
      internal_error(fmt::format("kernel {}: access to element {} of buffer {} ({}) of {}", kernel_.name,
                                 offset, buffer.number, program_.buffers[buffer.number].name, memory.count));
    return memory.data + offset * size_of(program_.buffers[buffer.number].element);
  }
  Scalar read(BufferId buffer, int64_t offset) const {
    return load(element(buffer, offset), program_.buffers[buffer.number].element);
  }

  void run(const Block& block) {
    for (const Instruction& instruction : block.instructions)
      std::visit([&](const auto& op) { run(op, instruction); }, instruction.op);
  }

  Tile& result(const Instruction& at) {
    Tile& tile = values_[at.results[0].number];
    tile.assign(count(type(at.results[0])), Scalar{});
    return tile;
  }

  void run(const Constant& op, const Instruction& at) { result(at)[0] = op.value; }
  void run(const DimValue& op, const Instruction& at) {
    result(at)[0] = Scalar::of_integer(evaluate(op.dim));
  }
  void run(const LaneNumbers&, const Instruction& at) {
    int64_t lane = 0;
    for (Scalar& scalar : result(at)) scalar = Scalar::of_integer(lane++);
  }
  void run(const LaneMask& op, const Instruction& at) {
    const int64_t limit = integer(op.count);
    int64_t lane = 0;
    for (Scalar& scalar : result(at)) scalar = Scalar::of_integer(lane++ < limit);
  }
  void run(const Splat& op, const Instruction& at) {
    const TileType &from = type(op.operand), &to = type(at.results[0]);
    const Tile operand = values_[op.operand.number];
    Tile& tile = result(at);
    for (int r = 0; r < to.rows; ++r)
      for (int l = 0; l < to.lanes; ++l)
        tile[static_cast<size_t>(r * to.lanes + l)] =
            operand[static_cast<size_t>((from.rows == 1 ? 0 : r) * from.lanes + (from.lanes == 1 ? 0 : l))];
  }
  void run(const Map& op, const Instruction& at) {
    const ElementType to = type(at.results[0]).element;
    const ElementType from = type(op.operands.back()).element;
    Tile& tile = result(at);
    std::vector<Scalar> operands(op.operands.size());
    for (size_t i = 0; i < tile.size(); ++i) {
      for (size_t o = 0; o < operands.size(); ++o) operands[o] = values_[op.operands[o].number][i];
      tile[i] = kiln::evaluate(op.function, from, operands, to);
    }
  }

  /// Calls `use(position in the tile, offset)` for each element that the mask leaves.
  template <typename Use>
  void each(const Address& address, const TileType& tile, Value mask, const Use& use) const {
    const bool gather = !type(address.offset).is_scalar();
    const int64_t row_stride = gather ? 0 : evaluate(address.row_stride);
    const int64_t lane_stride = gather ? 0 : evaluate(address.lane_stride);
    for (int r = 0; r < tile.rows; ++r)
      for (int l = 0; l < tile.lanes; ++l) {
        const auto at = static_cast<size_t>(r * tile.lanes + l);
        if (mask.valid()) {
          const Tile& bits = values_[mask.number];
          if (!bits[type(mask).rows == 1 ? static_cast<size_t>(l) : at].integer) continue;
        }
        use(at, gather ? values_[address.offset.number][at].integer
                       : integer(address.offset) + r * row_stride + l * lane_stride);
      }
  }
  void run(const Load& op, const Instruction& at) {
    Tile& tile = result(at);
    each(op.address, type(at.results[0]), op.mask,
         [&](size_t i, int64_t offset) { tile[i] = read(op.address.buffer, offset); });
  }
  void run(const Store& op, const Instruction&) {
    const Tile& tile = values_[op.value.number];
    each(op.address, type(op.value), op.mask, [&](size_t i, int64_t offset) {
      store(element(op.address.buffer, offset), type(op.value).element, tile[i]);
    });
  }

  Scalar combine(ScalarFunction function, ElementType element, Scalar a, Scalar b) const {
    const Scalar operands[] = {a, b};
    return kiln::evaluate(function, element, operands, element);
  }
  void run(const ReduceLanes& op, const Instruction& at) {
    const TileType& from = type(op.operand);
    const Tile operand = values_[op.operand.number];
    Tile& tile = result(at);
    for (int r = 0; r < from.rows; ++r)
      for (int l = 0; l < from.lanes; ++l) {
        const Scalar next = operand[static_cast<size_t>(r * from.lanes + l)];
        Scalar& cell = tile[static_cast<size_t>(r)];
        cell = l ? combine(op.function, from.element, cell, next) : next;
      }
  }
  void run(const ReduceRows& op, const Instruction& at) {
    const TileType& from = type(op.operand);
    const Tile operand = values_[op.operand.number];
    Tile& tile = result(at);
    for (int r = 0; r < from.rows; ++r)
      for (int l = 0; l < from.lanes; ++l) {
        const Scalar next = operand[static_cast<size_t>(r * from.lanes + l)];
        Scalar& cell = tile[static_cast<size_t>(l)];
        cell = r ? combine(op.function, from.element, cell, next) : next;
      }
  }
  void run(const Transpose& op, const Instruction& at) {
    const TileType& from = type(op.operand);
    const Tile operand = values_[op.operand.number];
    Tile& tile = result(at);
    for (int r = 0; r < from.rows; ++r)
      for (int l = 0; l < from.lanes; ++l)
        tile[static_cast<size_t>(l * from.rows + r)] = operand[static_cast<size_t>(r * from.lanes + l)];
  }
  void run(const Contract& op, const Instruction& at) {
    const TileType& tile_type = type(op.accumulator);
    Tile sums = values_[op.accumulator.number];
    const int64_t a_row = evaluate(op.a_row_stride), a_step = evaluate(op.a_step_stride);
    const int64_t b_step = evaluate(op.b_step_stride);
    for (int k = 0; k < op.depth; ++k)
      for (int l = 0; l < tile_type.lanes; ++l) {
        const bool active = !op.mask.valid() || values_[op.mask.number][static_cast<size_t>(l)].integer;
        const double b = active ? read(op.b, integer(op.b_offset) + k * b_step + l).real : 0;
        for (int r = 0; r < tile_type.rows; ++r) {
          Scalar& cell = sums[static_cast<size_t>(r * tile_type.lanes + l)];
          const double a = read(op.a, integer(op.a_offset) + r * a_row + k * a_step).real;
          cell = convert(Scalar::of_real(cell.real + a * b), ElementType::f64, tile_type.element);
        }
      }
    values_[at.results[0].number] = std::move(sums);
  }
  void run(const Prefetch&, const Instruction&) {}

  void run(const Loop& op, const Instruction& at) {
    const int64_t low = integer(op.low), high = integer(op.high);
    int64_t first = 0, rounds = high > low ? (high - low + op.step - 1) / op.step : 0;
    if (op.kind == LoopKind::grid) {
      first = rounds * worker_ / workers_;
      rounds = rounds * (worker_ + 1) / workers_;
    }
    std::vector<Tile> tiles;
    for (const Value value : op.initial) tiles.push_back(values_[value.number]);
    for (int64_t round = first; round < rounds; ++round) {
      values_[op.index.number].assign(1, Scalar::of_integer(low + round * op.step));
      for (size_t i = 0; i < tiles.size(); ++i) values_[op.carried[i].number] = tiles[i];
      run(op.body);
      for (size_t i = 0; i < tiles.size(); ++i) tiles[i] = values_[op.yielded[i].number];
    }
    for (size_t i = 0; i < tiles.size(); ++i) values_[at.results[i].number] = tiles[i];
  }
  void run(const Branch& op, const Instruction&) {
    run(integer(op.condition) ? op.then_block : op.else_block);
  }

  const Program& program_;
  const Kernel& kernel_;
  const std::map<std::string, int64_t>& dims_;
  const std::vector<Memory>& memory_;
  int worker_, workers_;
  std::vector<Tile> values_;
};

/// What breaks the check, or nothing.
std::optional<std::string> failure(const Check& check, const std::vector<Memory>& memory,
                                   const Program& program, const std::map<std::string, int64_t>& dims) {
  const auto value = [&](BufferId id) {
    return load(memory[id.number].data, program.buffers[id.number].element).integer;
  };
  if (check.kind != Check::Kind::index) {
    if (value(check.subject)) return std::nullopt;
    return check.message;
  }
  const int64_t least = value(check.subject), greatest = value(check.greatest);
  const int64_t extent = check.extent.evaluate(dims).value_or(0);
  const bool none =
      least == std::numeric_limits<int64_t>::max() && greatest == std::numeric_limits<int64_t>::min();
  if (none || (least >= 0 && greatest < extent)) return std::nullopt;
  return fmt::format("index {} of axis {} of {}", least < 0 ? least : greatest, check.axis, check.tensor);
}

/// The whole program: work memory, loops and checks.
class Run {
 public:
  Run(const Program& program, const std::map<std::string, int64_t>& dims,
      std::vector<std::vector<std::byte>>& arguments, int workers)
      : program_(program),
        dims_(dims),
        workers_(workers),
        shared_(program.buffers.size()),
        memory_(program.buffers.size()) {
    for (const ProgramLoop& loop : program.loops) dims_.emplace(loop.counter, 0);
    for (size_t i = 0; i < program.buffers.size(); ++i) {
      const Buffer& buffer = program.buffers[i];
      memory_[i].count = evaluate(buffer.count);
      internal_check(memory_[i].count >= 0, "a buffer without a size: " + buffer.name);
      const auto bytes = static_cast<size_t>(memory_[i].count * size_of(buffer.element));
      if (buffer.scope == Scope::argument) {
        internal_check(arguments.at(buffer.argument).size() == bytes,
                       "an argument of another size: " + buffer.name);
        memory_[i].data = arguments[buffer.argument].data();
      } else if (buffer.scope != Scope::view) {
        shared_[i] = buffer.data;
        shared_[i].resize(bytes, unset);
        memory_[i].data = shared_[i].data();
      }
    }
  }

  std::string run() { return kernels(0, static_cast<uint32_t>(program_.kernels.size()), 0); }

 private:
  static constexpr std::byte unset{0xA5};

  int64_t evaluate(const dim::Dim& dim) const {
    const std::optional<int64_t> value = dim.evaluate(dims_);
    internal_check(value.has_value(), "a dim expression without a value: " + dim.to_string());
    return *value;
  }
  int64_t integer(BufferId id) const {
    return load(memory_[id.number].data, program_.buffers[id.number].element).integer;
  }

  /// Kernels from `kernel` on, below `end`; `loop` is the first loop that may begin there. The message of a
  /// failed check.
  std::string kernels(uint32_t kernel, uint32_t end, size_t loop) {
    while (kernel < end) {
      while (loop < program_.loops.size() && program_.loops[loop].first_kernel < kernel) ++loop;
      std::string message;
      if (loop < program_.loops.size() && program_.loops[loop].first_kernel == kernel) {
        message = rounds(loop);
        kernel = program_.loops[loop].last_kernel + 1;
        ++loop;
      } else {
        message = one(kernel++);
      }
      if (!message.empty()) return message;
    }
    return "";
  }

  std::string one(uint32_t kernel) {
    const int parts = program_.kernels[kernel].serial ? 1 : workers_;
    for (int worker = 0; worker < parts; ++worker) {
      for (size_t i = 0; i < program_.buffers.size(); ++i)
        if (program_.buffers[i].scope >= Scope::worker) shared_[i].assign(shared_[i].size(), unset);
      Execution(program_, program_.kernels[kernel], dims_, memory_, worker, parts).run();
    }
    for (const Check& check : program_.checks)
      if (check.after_kernel == kernel)
        if (auto message = failure(check, memory_, program_, dims_)) return *message;
    return "";
  }

  std::string rounds(size_t number) {
    const ProgramLoop& loop = program_.loops[number];
    const int64_t limit = loop.limit ? evaluate(*loop.limit) : std::numeric_limits<int64_t>::max();
    const int64_t wanted = loop.rounds.valid() ? integer(loop.rounds) : limit;
    const int64_t count = std::max<int64_t>(0, std::min(limit, wanted));
    for (const ProgramLoop::Carried& carried : loop.carried) {
      memory_[carried.current.number] = memory_[carried.initial.number];
      memory_[carried.next.number] = memory_[carried.memory[0].number];
    }
    bool go_on = !loop.go_on.valid() || integer(loop.go_on) != 0;
    int64_t made = 0;
    for (; made < count && go_on; ++made) {
      dims_[loop.counter] = loop.reversed ? count - 1 - made : made;
      for (const ProgramLoop::Row& row : loop.rows) row_memory(row, dims_[loop.counter]);
      const std::string message = kernels(loop.first_kernel, loop.last_kernel + 1, number + 1);
      if (!message.empty()) return message;
      for (const ProgramLoop::Carried& carried : loop.carried) {
        memory_[carried.current.number] = memory_[carried.next.number];
        memory_[carried.next.number] = memory_[carried.memory[(made + 1) % 2].number];
      }
      if (loop.go_on.valid()) go_on = integer(loop.next_go_on) != 0;
    }
    for (const ProgramLoop::Row& row : loop.rows)
      for (int64_t left = made; loop.limit && left < limit; ++left) {
        row_memory(row, left);
        const Memory& memory = memory_[row.row.number];
        std::fill_n(memory.data, memory.count * size_of(row.element), std::byte{0});
      }
    if (loop.made.valid()) store(memory_[loop.made.number].data, ElementType::i64, Scalar::of_integer(made));
    return "";
  }
  void row_memory(const ProgramLoop::Row& row, int64_t number) {
    const int64_t count = evaluate(row.count);
    internal_check((number + 1) * count <= memory_[row.stack.number].count,
                   "a row beyond the end of its stack");
    memory_[row.row.number] = {memory_[row.stack.number].data + number * count * size_of(row.element), count};
  }

  const Program& program_;
  std::map<std::string, int64_t> dims_;
  int workers_;
  std::vector<std::vector<std::byte>> shared_;
  std::vector<Memory> memory_;
};

}  // namespace

std::string execute(const Program& program, const std::map<std::string, int64_t>& dims,
                    std::vector<std::vector<std::byte>>& arguments, int workers) {
  return Run(program, dims, arguments, workers).run();
}

}  // namespace kiln::kernel
