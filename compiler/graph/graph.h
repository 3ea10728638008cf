#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "dim/dim.h"
#include "graph/expression.h"
#include "source/span.h"

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
/// - reverse: operands continue with one cotangent for each float output in `seeded`; results: the body's
/// outputs, then
///   one cotangent for each differentiated value.
/// - forward: operands continue with one tangent for each differentiated value; results: the body's outputs,
/// then one
///   tangent for each output in `seeded`.
struct Derivative {
  enum class Mode { reverse, forward } mode = Mode::reverse;
  std::shared_ptr<const Function> body;
  uint32_t wrt_count = 0;
  std::vector<uint32_t> seeded;  // positions in the body's outputs
  std::vector<ValueId> operands;
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

using Op = std::variant<Input, Constant, Compute, StopGradient, Sort, Derivative, Check, Print>;

struct Node {
  Op op;
  std::vector<ValueId> results;
  Span span;
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
};

struct Function {
  std::string name;
  std::vector<std::string> dims;      // the symbols that may stand in types and expressions
  std::vector<dim::Condition> facts;  // hold for every call
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
  ValueId input(std::string name, Type type);
  ValueId constant(Type type, std::vector<std::byte> data, std::string name = "");
  /// `shape` is the result's; its element is the body's (i32 for argmax and argmin).
  ValueId compute(Compute compute, std::vector<dim::Dim> shape, std::string name = "", Span span = {});
  ValueId stop_gradient(ValueId operand);
  std::pair<ValueId, ValueId> sort(Sort sort, std::string name = "", Span span = {});
  std::vector<ValueId> derivative(Derivative derivative, Span span = {});
  void check(Check check, Span span = {});
  void print(Print print, Span span = {});
  /// A rank-0 value of an expression without indices; a map over a shape whose body reads the indices
  /// 0..rank.
  ValueId scalar(ExprId body, std::string name = "", Span span = {});
  ValueId map(const std::vector<dim::Dim>& shape, ExprId body, std::string name = "", Span span = {});
  void output(ValueId value, std::string name);

  Function& function() { return function_; }
  Expressions& expressions() { return function_.expressions; }

 private:
  ValueId add_value(Type type, std::string name);
  Function& function_;
};

/// The values a node reads, in a fixed order, each once (a compute: those in body, guard and write).
std::vector<ValueId> operands_of(const Function& function, const Node& node);
/// The values and indices that an expression reads, each once.
std::vector<ValueId> values_in(const Expressions& expressions, ExprId root);
std::vector<uint32_t> indices_in(const Expressions& expressions, ExprId root);

}  // namespace kiln::graph
