#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "dim/dim.h"
#include "graph/expression.h"
#include "source/origin.h"

/// The graph IR: a function is a list of nodes in single assignment; a value is a tensor with an element type
/// and a shape of dim expressions.
///
/// The contract:
/// - Values are immutable and never alias. Nodes stand in an order in which each operand is defined before
/// its use.
///   The order has no other meaning, but for `Check`: whatever reads through data-dependent subscripts, or
///   divides integers, is meant under the checks that stand before it.
/// - Floats follow IEEE 754 with NaN; sums may be reordered and `a*b + c` contracted within one compute.
/// Integers wrap.
/// - `select`, `logical_and` and `logical_or` guard what they enclose: a read whose subscript is outside its
/// tensor is
///   allowed where the guard excludes it, and what is not chosen is not evaluated. So does the guard of a
///   compute.
/// - Every dim symbol is >= 0; more is known only from `Function::facts`.
namespace kiln::graph {

struct Type {
  ElementType element = ElementType::f32;
  std::vector<dim::Dim> shape;

  friend bool operator==(const Type&, const Type&) = default;
};

enum class Reducer : uint8_t {
  assign,  // each cell is written at most once; the writer proves it
  sum,
  product,
  minimum,
  maximum,
  any,
  all,
  argmax,
  argmin,  // i32: the value of index `reported` at the first extreme point in row-major order of the domain;
           // -1 if none
  last,    // the point that comes last in row-major order of the domain wins
};

struct Index {
  dim::Dim extent;
  std::string name;  // for people
  friend bool operator==(const Index&, const Index&) = default;
};

/// out[write(z)] (+)= body(z) for z in domain where guard(z). Cells that no point writes hold the reducer's
/// neutral element (0 for `assign` and `last`). Where the write map is distinct bare indices this is a
/// comprehension whose other indices are reduced; where it is affine and injective a store; where it holds
/// reads a scatter. The written indices come first in `domain`, in the order of `write`, wherever that is
/// possible.
struct Compute {
  std::vector<Index> domain;
  std::vector<ExprId> write;  // i64, one for each axis of the result
  std::vector<ExprId> guard;  // bool; all must hold
  Reducer reducer = Reducer::assign;
  ExprId body;
  uint32_t reported = 0;  // argmax, argmin
};

/// Data known at compile time, row-major, of constant shape.
struct Constant {
  std::vector<std::byte> data;
};

/// A parameter of the function.
struct Input {
  std::string name;
};

/// Its operand, taken as a constant by derivatives.
struct StopGradient {
  ValueId operand;
};

/// `(values, places)` of the last axis, descending for top_k (the K greatest), ascending for sort; stable.
/// Places are i32.
struct Sort {
  ValueId operand;
  bool descending = false;
  std::optional<dim::Dim> count;  // top_k
};

struct Function;

/// A differentiated block. `body` has as inputs the `wrt_count` differentiated values, then everything else
/// it reads; `operands` gives their values. expand_derivatives replaces it.
/// - reverse: operands continue with one cotangent for each float output in `seeded`; results: the outputs of
///   the body, then one cotangent for each differentiated value.
/// - forward: operands continue with one tangent for each differentiated value; results: the outputs of the
///   body, then one tangent for each output in `seeded`.
struct Derivative {
  enum class Mode { reverse, forward } mode = Mode::reverse;
  std::shared_ptr<const Function> body;
  uint32_t wrt_count = 0;
  std::vector<uint32_t> seeded;  // positions in the body's outputs
  std::vector<ValueId> operands;
};

/// A call of a function that has a derivative rule of its own, kept whole until derivatives are expanded:
///   %y: f64[N] = ruled forward active [0] seeded [0] arguments 1 (%x) function f(N) {…} function rule(N) {…}
/// - `operands`: the arguments, then what else the body reads, then what else the rule reads.
/// - `body`: from the arguments, and what else it reads, to the results.
/// - A forward rule takes the arguments, one tangent for each argument in `active`, and what else it reads.
///   It gives one tangent for each result in `seeded`, linear in those tangents.
/// - A reverse rule takes the arguments, the results, one cotangent for each result in `seeded`, and what it
///   reads beside them. It gives one cotangent for each argument in `active`.
/// To a derivative the other arguments are constants, and the other results have no derivative.
struct RuledCall {
  Derivative::Mode mode = Derivative::Mode::forward;  // of the rule
  std::shared_ptr<const Function> body, rule;
  uint32_t argument_count = 0;
  std::vector<uint32_t> active;  // positions among the arguments
  std::vector<uint32_t> seeded;  // positions among the results
  std::vector<ValueId> operands;
};

/// The tangents of the seeded results of a call with a reverse rule: only its transpose is known, which is
/// that rule. It stands from `linearize` to the transpose, never in a function that a pass gives.
/// Operands: what the rule takes but for the cotangents, the first `leading` of them before these; then the
/// tangents of the active arguments.
struct RuledTangent {
  std::shared_ptr<const Function> rule;
  uint32_t leading = 0;
  std::vector<ValueId> operands;
};

/// Repeats `body`, a function of its own:
///   %h: f32[B], %ys: f32[T, B] = loop t below T carried 1 (%h0, %x) function body(B, T, t) {
///     fact t >= 0   fact T - t - 1 >= 0
///     input %h: f32[B]   input %x: f32[T, B]   %next: f32[B] = compute [b: B] write [b] … %x[t, b] …
///     output %next as "h"   output %next as "ys"
///   }
/// - `counter` is a dim of the body and of no function around it: the number of the round, 0, 1, …, or, if
///   `reversed`, from the last round down to 0. So `x[t]`, a store to `ys[t]` and `sum[k: 0..t]` are affine,
///   and the body's facts hold 0 <= counter, and counter < limit where there is a limit. The body's other
///   dims are dims of the function around. Values within the body may have the counter in their shapes; its
///   inputs and outputs have not.
/// - Rounds made: `limit` of them; of data, `rounds` (i64 of rank 0; less than 0 counts as 0), but at most
///   the limit. With `go_on` (bool of rank 0: does the first round run?) it also ends before the first round
///   that is not to run: the body then says of the round after it (`while`). No limit and neither of the two:
///   not allowed. With `go_on` a loop is not reversed.
/// - Body inputs: the carried values, then those captured. `operands`, in the same order: the first carried
///   values, then the captured. What is captured is the same in each round.
/// - Body outputs: the next carried values (of the types of the first inputs), then with `go_on` a bool of
///   rank 0, then the stacked values. A carried value may be the next of another one (`a, b = b, a + b`):
///   all next values take the place of the former together, when a round is over.
/// - Results: the carried values after the last round (after none: the first ones); each stacked value with a
///   leading axis of extent `limit`, row r of which round r wrote (rows of rounds that were not made are
///   zero); then, where `rounds` or `go_on` stand, the number of rounds made (i64 of rank 0). Without a limit
///   nothing is stacked.
/// - With `recompute` reverse derivatives save only what the body reads and run it again (`checkpoint`: a
///   loop of one round).
/// - With `checkpoints` reverse derivatives save what every so many-th round starts with and run the rounds
///   between again. Of several numbers, the first divides the rounds into parts, the next divides each part,
///   and so on. Each is at least 1. expand_derivatives does it, and leaves loops without.
/// - Checks in the body are made in each round; one that fails ends the call.
struct Loop {
  std::shared_ptr<const Function> body;
  std::string counter;
  std::optional<dim::Dim> limit;
  bool reversed = false;
  bool recompute = false;
  std::vector<dim::Dim> checkpoints;
  std::optional<ValueId> rounds;
  std::optional<ValueId> go_on;
  uint32_t carried_count = 0;
  std::vector<ValueId> operands;

  bool counts_rounds() const { return rounds.has_value() || go_on.has_value(); }
  /// Position of the first stacked value among the outputs of the body.
  size_t first_stacked() const { return carried_count + (go_on ? 1 : 0); }
  size_t stacked_count() const;
};

/// Ends the call with a status if it does not hold. Has no result.
struct Check {
  enum class Kind { index, assertion, divisor } kind = Kind::index;
  ValueId subject;   // index: the least index used, i64 of rank 0 (INT64_MAX if none); else a bool of rank 0
  ValueId greatest;  // index: the greatest index used (INT64_MIN if none)
  dim::Dim extent;   // index
  std::string tensor;
  uint32_t axis = 0;
  std::string message;
  std::string place;  // "file.model:line:column"
};

/// `print(x)` and `dump("name", x)`: kept only in tests and interpreted runs.
struct Print {
  std::string text;
  ValueId operand;
};

using Op = std::variant<Input, Constant, Compute, StopGradient, Sort, Derivative, RuledCall, RuledTangent,
                        Loop, Check, Print>;

struct Node {
  Op op;
  std::vector<ValueId> results;
  Origin span;
};

/// What is known of the elements of an integer value: low <= element < high.
struct ElementRange {
  dim::Dim low, high;
  friend bool operator==(const ElementRange&, const ElementRange&) = default;
};

struct Value {
  Type type;
  uint32_t node = 0;    // position in Function::nodes
  uint32_t result = 0;  // which result of it
  std::string name;     // for people; need not be unique
  std::optional<ElementRange> range;
  /// Made by a reverse derivative, on its way back. Others may be too, if they depend on one that says it.
  bool is_backward = false;
};

/// A dim that a call computes from integers (i32) among its inputs, before it looks at anything else.
struct DerivedDim {
  enum class Kind {
    value,    // of an input of rank 0
    total,    // the sum over all elements of the product of these inputs, which have one shape of rank 1
    longest,  // the greatest such product, 0 if there is none
  };
  std::string dim;
  Kind kind = Kind::value;
  std::vector<uint32_t> inputs;  // positions in `Function::inputs`
  friend bool operator==(const DerivedDim&, const DerivedDim&) = default;
};

struct Function {
  std::string name;
  std::vector<std::string> dims;      // the symbols that may stand in types and expressions
  std::vector<dim::Condition> facts;  // hold for every call
  std::vector<DerivedDim> derived;    // those of `dims` that are computed from data; the integers are >= 0
  Expressions expressions;
  std::vector<Value> values;
  std::vector<Node> nodes;
  std::vector<ValueId> inputs;  // the results of the Input nodes, in order
  std::vector<ValueId> outputs;
  std::vector<std::string> output_names;

  const Value& operator[](ValueId id) const { return values[id.number]; }
  const Type& type_of(ValueId id) const { return values[id.number].type; }
  const Node& node_of(ValueId id) const { return nodes[values[id.number].node]; }
};

/// Appends to a function. Types of results are derived from the op where they can be.
class Builder {
 public:
  explicit Builder(Function& function) : function_(function) {}
  /// `within`: the call whose body the nodes are of, where their origins say none (see source/origin.h).
  Builder(Function& function, uint32_t within) : function_(function), within_(within) {}
  ValueId input(std::string name, Type type);
  ValueId constant(Type type, std::vector<std::byte> data, std::string name = "");
  /// `shape` is the result's; its element is the body's (i32 for argmax and argmin).
  ValueId compute(Compute compute, std::vector<dim::Dim> shape, std::string name = "", Origin span = {});
  ValueId stop_gradient(ValueId operand);
  std::pair<ValueId, ValueId> sort(Sort sort, std::string name = "", Origin span = {});
  std::vector<ValueId> derivative(Derivative derivative, Origin span = {});
  std::vector<ValueId> ruled_call(RuledCall call, Origin span = {});
  std::vector<ValueId> ruled_tangent(RuledTangent tangent, const std::vector<Type>& types, Origin span = {});
  /// Results are named after the body's outputs.
  std::vector<ValueId> loop(Loop loop, Origin span = {});
  void check(Check check, Origin span = {});
  void print(Print print, Origin span = {});
  /// A rank-0 value of an expression without indices; a map over a shape whose body reads the indices
  /// 0..rank.
  ValueId scalar(ExprId body, std::string name = "", Origin span = {});
  ValueId map(const std::vector<dim::Dim>& shape, ExprId body, std::string name = "", Origin span = {});
  void output(ValueId value, std::string name);

  Function& function() { return function_; }
  Expressions& expressions() { return function_.expressions; }

 private:
  template <typename Kind>
  uint32_t append(Kind op, Origin span);
  ValueId add_value(Type type, std::string name);
  Function& function_;
  uint32_t within_ = 0;
};

/// The values a node reads, in a fixed order, each once (a compute: those in body, guard and write).
std::vector<ValueId> operands_of(const Function& function, const Node& node);
/// The values and indices that an expression reads, each once.
std::vector<ValueId> values_in(const Expressions& expressions, ExprId root);
std::vector<uint32_t> indices_in(const Expressions& expressions, ExprId root);
/// A failed check or a print, here or in the body of a loop or call: the node stays though nothing reads its
/// results.
bool has_effect(const Node& node);

}  // namespace kiln::graph
