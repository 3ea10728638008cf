#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/scalar_function.h"
#include "dim/dim.h"
#include "source/origin.h"

/// The kernel IR: a program is a list of kernels over buffers; a kernel is a tree of loops over tile
/// operations.
///
/// The contract:
/// - A value is a tile: `rows x lanes` elements of one type, held in registers; 1 x 1 is a scalar. Values are
/// in
///   single assignment: defined once, visible after that in the same block and the blocks inside it.
/// - Addresses are scalar i64 values, made with the same operations as everything else, and count elements of
/// the
///   buffer, not bytes. What is known before the call (strides, sizes) stands as a dim expression.
/// - A bool in memory is one byte, 0 or 1. Elements of f16 and bf16 are converted by an explicit `convert`:
/// `map` of
///   any other function over them does not occur; `load`, `store`, `splat`, `select` of them do. f8 and 4-bit
///   types do not occur.
/// - A masked-off element is neither read nor written; a masked-off element of a load is 0. Every access that
/// is made
///   is inside its buffer.
/// - Floats: no fast-math but for contraction of `a*b + c` within a kernel; the order of `reduce_*` and
/// `contract`
///   inside one instruction is the target's choice, but fixed: it may depend on nothing but the instruction.
/// - Workers: a `grid` loop's steps t = 0..T-1 are shared out in contiguous runs, worker w of W doing
///   t in [T*w/W, T*(w+1)/W) in ascending order. Everything else is done by every worker; stores to argument
///   and arena buffers therefore stand inside grid loops only, and two steps of a grid loop, or two grid
///   loops of one kernel, never touch the same cell unless both only read it. Grid loops do not nest. A
///   `serial` kernel is called with workers = 1, and so is one of few `points`.
/// - Buffers do not overlap, except argument buffers that the program only reads. Arena and worker memory is
/// not
///   zero at the start; arguments are aligned to their element, all other buffers to 64 bytes.
namespace kiln::kernel {

/// A value of a kernel: its position in `Kernel::types`.
struct Value {
  uint32_t number = UINT32_MAX;
  bool valid() const { return number != UINT32_MAX; }
  friend auto operator<=>(const Value&, const Value&) = default;
};

/// A buffer: its position in `Program::buffers`.
struct BufferId {
  uint32_t number = UINT32_MAX;
  bool valid() const { return number != UINT32_MAX; }
  friend auto operator<=>(const BufferId&, const BufferId&) = default;
};

struct TileType {
  ElementType element = ElementType::f32;
  int rows = 1;
  int lanes = 1;  // contiguous in registers; any number, the target rounds up to whole vectors

  bool is_scalar() const { return rows == 1 && lanes == 1; }
  friend bool operator==(const TileType&, const TileType&) = default;
};

/// One literal, 1 x 1.
struct Constant {
  Scalar value;
};

/// The value of a dim expression, i64 1 x 1.
struct DimValue {
  dim::Dim dim;
};

/// 0, 1, 2, … along the lanes; i64 1 x lanes.
struct LaneNumbers {};

/// lane < count, bool 1 x lanes; `count` is a scalar i64 of any value.
struct LaneMask {
  Value count;
};

/// 1 x 1, 1 x lanes or rows x 1 repeated to rows x lanes.
struct Splat {
  Value operand;
};

/// A scalar function element by element: operands and result have one shape. `multiply_add` of three
/// floats is written as add of multiply. For `convert` the result's element is the target.
struct Map {
  ScalarFunction function;
  std::vector<Value> operands;
};

/// Where the elements of a tile lie. If `offset` is a scalar: element (r, l) at offset + r*row_stride +
/// l*lane_stride. If it is a tile of the accessed shape (a gather or scatter): element (r, l) at offset(r,
/// l), strides unused (0). The usual lane strides are the constants 1 (contiguous) and 0 (all lanes the same
/// element; loads only).
struct Address {
  BufferId buffer;
  Value offset;
  dim::Dim row_stride;
  dim::Dim lane_stride;
};

/// `mask`, where valid, is bool of the tile's shape or 1 x lanes (the same for each row).
struct Load {
  Address address;
  Value mask;
};

/// The elements of a masked scatter that hit one cell are written in ascending order of (row, lane).
struct Store {
  Address address;
  Value value;
  Value mask;
  bool streaming = false;  // not read again soon: past the caches where the target can
};

/// Over all lanes: rows x lanes to rows x 1; over all rows: to 1 x lanes. `function` is one of add, multiply,
/// minimum, maximum, logical_and, logical_or.
struct ReduceLanes {
  ScalarFunction function;
  Value operand;
};
struct ReduceRows {
  ScalarFunction function;
  Value operand;
};

/// rows x lanes to lanes x rows.
struct Transpose {
  Value operand;
};

/// The product of two small matrices in memory added to a tile: for k in 0..depth, in this order,
///   result(r, l) = accumulator(r, l) + sum_k a[a_offset + r*a_row_stride + k*a_step_stride] *
///                                            b[b_offset + k*b_step_stride + l]
/// All of one element type, f32 or f64. Lanes of b that `mask` (1 x lanes) excludes count as 0 and are not
/// read. Depth is the unrolling of the loop around it. The accumulator and the result never need more
/// registers than `vector_registers` of the machine less one row of b and one broadcast.
struct Contract {
  Value accumulator;
  BufferId a;
  Value a_offset;
  dim::Dim a_row_stride;
  dim::Dim a_step_stride;
  BufferId b;
  Value b_offset;
  dim::Dim b_step_stride;
  Value mask;
  int depth = 1;
};

/// A hint; the address may lie outside the buffer.
struct Prefetch {
  BufferId buffer;
  Value offset;
  int level = 2;  // 1: nearest
};

struct Instruction;

struct Block {
  std::vector<Instruction> instructions;
};

enum class LoopKind : uint8_t { grid, serial };

/// index = low, low + step, … while index < high. Carried tiles: `carried[i]` is `initial[i]` in the first
/// round, then what the round before gave as `yielded[i]`; the results of the instruction are the last ones
/// (`initial` if there is no round). Grid loops carry nothing.
struct Loop {
  LoopKind kind = LoopKind::serial;
  Value low, high;
  int64_t step = 1;
  Value index;  // i64 1 x 1, defined here
  std::vector<Value> initial;
  std::vector<Value> carried;  // defined here
  Block body;
  std::vector<Value> yielded;
  int unroll = 0;  // 0: as the target likes; 1: not; n: by n
};

/// One of two schedules, or work that is sometimes left out; `condition` is a scalar bool. Has no results.
struct Branch {
  Value condition;
  Block then_block;
  Block else_block;
};

using Op = std::variant<Constant, DimValue, LaneNumbers, LaneMask, Splat, Map, Load, Store, ReduceLanes,
                        ReduceRows, Transpose, Contract, Prefetch, Loop, Branch>;

struct Instruction {
  Op op;
  std::vector<Value> results;  // none: store, prefetch, branch; a loop: one for each carried tile; else one
  Origin span = {};            // what it was made for, in the user's text; for people alone
};

/// What `kilnc explain` tells of a kernel.
struct Explanation {
  std::vector<std::string> values;  // of the graph, that are computed here
  std::vector<Origin> origins;      // of these, and of values without a name
  std::string schedule;             // "contraction 14x32, lanes o, B packed"
  std::vector<std::string> notes;   // why it was cut from its neighbours, or not made faster
  dim::Dim flops;
  dim::Dim bytes;  // read and written, each buffer once
};

/// With so many points and fewer one worker is faster than waking several.
constexpr int64_t serial_points = 8192;
inline bool is_small(const dim::Dim& points) {
  return points.constant().value_or(serial_points + 1) <= serial_points;
}

struct Kernel {
  std::string name;  // "matmul_bias_relu"; not unique
  Origin span = {};  // where it begins in the user's text
  bool serial = false;
  std::optional<dim::Dim>
      points;                   // how much there is to do: what its values visit together; nothing: not known
  std::vector<TileType> types;  // of all values
  Block body;
  Explanation explanation;

  const TileType& type_of(Value value) const { return types[value.number]; }
};

enum class Scope : uint8_t {
  argument,  // memory of the caller
  constant,
  view,    // a place in memory of the others, which a loop of the program sets; aligned to its element
  arena,   // between kernels
  worker,  // of each worker, within one kernel
  stage,   // on the stack of each worker, within one kernel: constant size, at most 16 KiB; not in the image
};

struct Buffer {
  std::string name;
  Scope scope = Scope::argument;
  ElementType element = ElementType::f32;
  dim::Dim count;               // elements
  uint32_t argument = 0;        // argument: its number, as in fuse::Bindings
  std::vector<std::byte> data;  // constant
  uint32_t first_kernel = 0;    // arena, worker, stage
  uint32_t last_kernel = 0;

  dim::Dim bytes() const { return count * size_of(element); }
};

/// As kiln_image_check: looked at when kernels 0..after_kernel are done.
struct Check {
  enum class Kind { index, assertion, divisor } kind = Kind::index;
  uint32_t after_kernel = 0;
  BufferId subject;
  BufferId greatest;
  dim::Dim extent;
  std::string tensor;
  uint32_t axis = 0;
  std::string message;
  std::string place;
};

/// Kernels that run round after round, as graph::Loop says. The kernels of an inner loop are some of those of
/// the outer one, and stand behind it in the program.
struct ProgramLoop {
  /// `current` begins as `initial`; after each round it becomes what `next` was, which is the one and the
  /// other memory in turn.
  struct Carried {
    BufferId current, next;  // views
    BufferId initial;
    BufferId memory[2];
  };
  /// In round r, `row` begins r * count elements after the start of `stack`; rows of rounds that were not
  /// made are set to zero.
  struct Row {
    BufferId row;  // a view
    BufferId stack;
    ElementType element = ElementType::f32;
    dim::Dim count;
  };
  uint32_t first_kernel = 0;
  uint32_t last_kernel = 0;
  std::string counter;  // one of the program's dims
  std::optional<dim::Dim> limit;
  bool reversed = false;
  BufferId rounds, go_on, next_go_on, made;  // not valid: the loop has it not
  std::vector<Carried> carried;
  std::vector<Row> rows;
};

/// The buffers stand in this order: argument (all, in order of their numbers), constant, view, arena, worker,
/// stage.
struct Program {
  std::string name;
  /// The symbols of the dim expressions, in order of the `dims` of the call; then the counters of the loops.
  std::vector<std::string> dims;
  std::vector<dim::Condition> facts;  // hold for every call
  std::vector<Buffer> buffers;
  std::vector<Kernel> kernels;
  std::vector<Check> checks;       // in order of after_kernel
  std::vector<ProgramLoop> loops;  // in order of the first kernel, an outer one before those in it
};

/// The loops around a kernel, the outermost first.
std::vector<const ProgramLoop*> loops_around(const Program& program, uint32_t kernel);

/// The buffers of a library that holds the same function for several machines: argument, constant, view
/// and arena buffers, which are the same in all, then the worker buffers, position by position as large as
/// the largest (u8, counted in bytes). A position is the number that the code of every target uses; stage
/// buffers are left out.
std::vector<Buffer> shared_buffers(const std::vector<const Program*>& programs);

}  // namespace kiln::kernel
