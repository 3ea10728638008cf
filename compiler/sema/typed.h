#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/scalar_function.h"
#include "sema/typed_type.h"
#include "syntax/ast_node.h"  // NodeOf, as, if_is

/// The typed tree: what sema gives elaborate. It belongs to one export or test: functions are instances,
/// generics, packs, static arguments, defaults, methods, operators on aggregates and lifting are gone, every
/// range and type is stated.
///
/// What lifting becomes: `x + bias` on f32[B, N] and f32[N] is
///   comprehension [i: B, j: N] apply(add, access(x, [i, j]), access(bias, [j])).
/// What `for` over trees, arrays of models and ranges known at compile time becomes: its body once for each
/// round. Static `if`: the branch that is taken.
///
/// Meaning: statements in order, call by value; expressions are pure but for `Call`, `Intrinsic` with
/// `changed` places and blocks holding them, which run left to right.
namespace kiln::sema {

/// A variable of a function instance: its position in `TypedFunction::slots`. Blocks share the slots of their
/// function.
using Slot = uint32_t;
/// An index of a comprehension, reduction or assignment: unique within a function instance.
using IndexId = uint32_t;

enum class ExprKind : uint8_t {
  literal,
  vector,
  local,
  index,
  dim,
  part,
  access,
  apply,
  comprehension,
  reduction,
  call,
  intrinsic,
  conditional,
  block,
  derivative,
  tuple,
  fill,
  leafwise,
  function_value,
  call_value,
};

struct TypedExpr {
  const ExprKind kind;
  Span span;
  ValueType type;

  TypedExpr(const TypedExpr&) = delete;
  TypedExpr& operator=(const TypedExpr&) = delete;
  virtual ~TypedExpr() = default;

 protected:
  explicit TypedExpr(ExprKind expr_kind) : kind(expr_kind) {}
};
using TypedExprPtr = std::unique_ptr<TypedExpr>;
template <ExprKind kind>
using TypedExprOf = syntax::NodeOf<TypedExpr, kind>;

struct TypedStatement;
using TypedStatementPtr = std::unique_ptr<TypedStatement>;

struct TypedBlock {
  std::vector<TypedStatementPtr> statements;
  TypedExprPtr result;  // null: the block gives nothing
};

/// A variable, or a run of its leaves.
struct Place {
  Slot slot = 0;
  uint32_t first_leaf = 0;
  uint32_t leaf_count = 0;
  Span span;
};

/// low <= index < low + extent. `extent` is a dim expression; what it cannot say (an upper bound that is data
/// or another index) stands in the condition beside the binders.
struct TypedBinder {
  IndexId index = 0;
  std::string name;
  TypedExprPtr low;    // i64 of rank 0; null: 0
  dim::Dim extent;     // may hold data
  std::string symbol;  // in extents that hold data: the value of the index
};

/// An integer of a tensor as a symbol of extents: `len[b]` (see ragged.h).
struct ElementSymbol {
  std::string family;  // SlotInfo::symbol of the tensor
  std::vector<dim::Dim> subscripts;
};

struct TypedFunction;

// ---- Scalars ------------------------------------------------------------------------------

struct Literal : TypedExprOf<ExprKind::literal> {  // rank 0, of any element
  Scalar value;
};

struct VectorLiteral : TypedExprOf<ExprKind::vector> {  // rank 1
  std::vector<Scalar> elements;
};

struct IndexValue : TypedExprOf<ExprKind::index> {  // i64 (a `convert` around it where the program has i32)
  IndexId index = 0;
};

struct DimValue : TypedExprOf<ExprKind::dim> {  // i64
  dim::Dim dim;
};

/// A scalar function of rank-0 operands; `convert` takes its target from `type`.
struct Apply : TypedExprOf<ExprKind::apply> {
  ScalarFunction function = ScalarFunction::add;
  bool needs_check = false;  // quotient, remainder: that the divisor is not 0 has to be checked when it runs
  std::vector<TypedExprPtr> operands;
};

// ---- Values and their parts ---------------------------------------------------------------

struct Local : TypedExprOf<ExprKind::local> {
  Slot slot = 0;
};

struct Part : TypedExprOf<ExprKind::part> {
  TypedExprPtr base;
  uint32_t first_leaf = 0;  // as many as `type` has
};

struct TupleValue : TypedExprOf<ExprKind::tuple> {
  std::vector<TypedExprPtr> fields;
};

/// The rank-0 value in every cell of every float leaf (other leaves: converted) of `type`.
struct Fill : TypedExprOf<ExprKind::fill> {
  TypedExprPtr value;
};

/// `a + g`, `s * g`: the function for each float leaf; operands are trees with the same float leaves, or
/// rank-0 scalars. Leaves that are not float, and states where the other side is a gradient, are those of the
/// first operand.
struct Leafwise : TypedExprOf<ExprKind::leafwise> {
  ScalarFunction function = ScalarFunction::add;
  std::vector<TypedExprPtr> operands;
};

/// One axis of an access, or of the left side of an assignment.
struct TypedSubscript {
  bool is_slice = false;
  TypedExprPtr at;           // i64 of rank 0: the point, or where the slice starts (null: 0)
  dim::Dim extent;           // of a slice; may hold data
  bool needs_check = false;  // 0 <= at (and at + extent <= size) is not proved: to be checked when it runs
  Span span;
};

/// `base[subscripts]`; axes that are slices stay. With `otherwise`, that is the value where a subscript is
/// outside.
struct Access : TypedExprOf<ExprKind::access> {
  TypedExprPtr base;                       // a tensor; or a tree: its leaves one by one
  std::vector<TypedSubscript> subscripts;  // one for each axis of the base; of a tree for the first axes
  TypedExprPtr otherwise;                  // rank 0, may be null
  std::string tensor_name;                 // for the message of a check
};

// ---- Index notation -----------------------------------------------------------------------

/// type: the extents of the binders, then the body's shape; of each leaf, if the body is a tuple or tree.
struct Comprehension : TypedExprOf<ExprKind::comprehension> {
  std::vector<TypedBinder> binders;
  TypedExprPtr body;
};

enum class TypedReducer : uint8_t { sum, product, mean, maximum, minimum, any, all, argmax, argmin };

/// type: the body's; i32 for argmax and argmin over one index, a tuple of i32 over several.
struct Reduction : TypedExprOf<ExprKind::reduction> {
  TypedReducer reducer = TypedReducer::sum;
  std::vector<TypedBinder> binders;
  TypedExprPtr
      condition;  // bool of rank 0, may be null: the points where it fails count as the neutral element
  TypedExprPtr body;
};

// ---- Calls --------------------------------------------------------------------------------

/// An argument: a value, or the place of an `inout` parameter.
struct TypedArgument {
  TypedExprPtr value;  // null: changed
  Place changed;
};

struct TypedRule;

/// type: that of the result, or the tuple of the results; no leaves if there is none.
struct Call : TypedExprOf<ExprKind::call> {
  std::shared_ptr<const TypedFunction> callee;
  const TypedRule* rule = nullptr;  // how derivatives go through it, if it has a rule; the program owns it
  std::vector<TypedArgument> arguments;  // one for each parameter
};

enum class IntrinsicKind : uint8_t {
  stop_gradient,  // (x)
  sort,
  top_k,     // (x) -> (values, places); top_k's K is the last extent of the result
  rng_new,   // (seed: u64) -> Rng {seed, 0}
  rng_fork,  // (rng, i: i64) -> Rng
  rng_uniform,
  rng_normal,
  rng_gumbel,     // changed: rng; type: float tensor
  rng_bernoulli,  // changed: rng; (p: float) -> bool tensor
  rng_integers,   // changed: rng; (low, high) -> integer tensor
  model_init,     // (rng) -> the model of `model`
  print,          // (x); statement only; `text` is what stands before
};

struct ModelInstance;

struct Intrinsic : TypedExprOf<ExprKind::intrinsic> {
  IntrinsicKind intrinsic = IntrinsicKind::stop_gradient;
  std::vector<TypedExprPtr> operands;
  Place changed;
  std::shared_ptr<const ModelInstance> model;
  std::string text;
};

/// A function as an argument: a named function's instance, or a `fn(x) = e`, whose body uses the slots of the
/// function it stands in. Passed down only; its slot has no leaves.
struct FunctionValue : TypedExprOf<ExprKind::function_value> {
  std::shared_ptr<const TypedFunction> function;  // null: lambda
  std::vector<Slot> parameters;
  TypedExprPtr body;
};

struct CallValue : TypedExprOf<ExprKind::call_value> {
  Slot function = 0;
  std::vector<TypedExprPtr> arguments;
};

// ---- Control and derivatives --------------------------------------------------------------

struct ConditionalValue : TypedExprOf<ExprKind::conditional> {
  TypedExprPtr condition;  // bool of rank 0, known only when it runs
  TypedBlock then_block, else_block;
};

struct BlockValue : TypedExprOf<ExprKind::block> {
  bool is_checkpoint = false;  // reverse derivatives save what it reads and run it again
  TypedBlock block;
};

enum class TypedDerivativeKind : uint8_t { grad, value_and_grad, jvp, vjp };

/// grad: the gradient(s); value_and_grad: (value, gradients); jvp: (value, tangent). The block's value is the
/// loss, or a tuple whose first field (leaf 0) is the loss. vjp: the value; a `CallValue` of `back` then
/// gives the gradients for a cotangent of it, which has its float leaves. Each gradient has the float (of
/// models: param) leaves of its variable. With one variable its gradient stands alone, with several they are
/// a tuple.
struct DerivativeValue : TypedExprOf<ExprKind::derivative> {
  TypedDerivativeKind derivative = TypedDerivativeKind::grad;
  std::vector<Place> variables;
  std::vector<std::vector<uint32_t>>
      differentiated;                  // of each variable: its differentiated leaves, from its first_leaf
  std::vector<TypedExprPtr> tangents;  // jvp: one for each variable
  Slot back = 0;                       // vjp: the function from a cotangent of the value to the gradients
  TypedBlock block;
};

// ---- Statements ---------------------------------------------------------------------------

enum class TypedStatementKind : uint8_t { bind, set, assign, call, branch, loop, while_loop, assertion };

struct TypedStatement {
  const TypedStatementKind kind;
  Span span;

  TypedStatement(const TypedStatement&) = delete;
  TypedStatement& operator=(const TypedStatement&) = delete;
  virtual ~TypedStatement() = default;

 protected:
  explicit TypedStatement(TypedStatementKind statement_kind) : kind(statement_kind) {}
};
template <TypedStatementKind kind>
using TypedStatementOf = syntax::NodeOf<TypedStatement, kind>;

/// A new value for fresh slots: the first takes as many leaves as its type has, and so on. `let (a, b) = …`
/// has two.
struct BindSlots : TypedStatementOf<TypedStatementKind::bind> {
  std::vector<Slot> slots;
  TypedExprPtr value;
};

/// A place as a whole; `x += e` has been rewritten to `x = x + e`.
struct SetPlace : TypedStatementOf<TypedStatementKind::set> {
  Place place;
  TypedExprPtr value;
};

/// `place[subscripts where condition] op value` for all points of the binders, with the old values on the
/// right.
struct AssignPoints : TypedStatementOf<TypedStatementKind::assign> {
  enum class Op : uint8_t { set, add, subtract, multiply, divide } op = Op::set;
  Place place;  // one leaf
  std::vector<TypedBinder> binders;
  std::vector<TypedSubscript> subscripts;  // one for each axis; slices: the value has these axes, in order
  TypedExprPtr condition;                  // may be null
  TypedExprPtr value;                      // of the slices' shape, or of rank 0
  bool defines =
      false;  // the first assignment of a result: covers all cells, nothing is read from the old value
  std::string tensor_name;
};

struct CallOnly : TypedStatementOf<TypedStatementKind::call> {
  TypedExprPtr call;  // Call, CallValue or Intrinsic
};

struct BranchStatement : TypedStatementOf<TypedStatementKind::branch> {
  TypedExprPtr condition;
  TypedBlock then_block, else_block;
};

/// Of the rounds of a loop reverse derivatives keep what each `every`-th one starts with, and run the others
/// again.
struct CheckpointRounds {
  std::optional<dim::Dim> every;  // at least 1; nothing: chosen by the number of rounds
};

/// A range that is not unrolled. `counter` is a symbol that stands in the dims of the body for the number of
/// the round: 0, 1, …; where a range begins with data the body binds a variable to the sum of both.
struct RangeLoop : TypedStatementOf<TypedStatementKind::loop> {
  std::string counter;
  std::optional<dim::Dim> limit;  // the number of rounds; where that is data, the greatest, if one is stated
  TypedExprPtr rounds;            // i64 of rank 0, below 0 for none: a number that is data; else null
  std::optional<dim::Dim> count;  // where that is data: as a dim of data
  std::optional<CheckpointRounds> checkpoints;
  bool is_checkpoint = false;  // of one round: it is run again (a part of a walk)
  TypedBlock body;
};

struct WhileStatement : TypedStatementOf<TypedStatementKind::while_loop> {
  std::string counter;
  TypedExprPtr condition;
  std::optional<dim::Dim> limit;  // `max` over dims
  TypedExprPtr max;               // `max` that is data: i64 of rank 0; may be null
  std::optional<CheckpointRounds> checkpoints;
  TypedBlock body;
};

struct AssertStatement : TypedStatementOf<TypedStatementKind::assertion> {
  TypedExprPtr condition;
  std::string message;  // the user's, or the condition as written
};

// ---- Functions and programs ---------------------------------------------------------------

struct SlotInfo {
  std::string name;
  ValueType type;
  std::string symbol;  // of integers: what the value (of a tensor: its family) is called in extents
};

struct TypedParameter {
  Slot slot = 0;
  bool is_inout = false;
};

struct TypedFunction {
  std::string name;
  Span span;
  std::vector<SlotInfo> slots;
  std::vector<TypedParameter> parameters;
  std::vector<Slot> results;  // named results, assigned in the body; else empty and body.result is the result
  ValueType result_type;      // of a call
  TypedBlock body;
};

/// The derivative rule of a function instance. `function` has the parameters of that function (one more time
/// its functions), of a reverse rule then the results, then the tangents of the active parameters, or the
/// cotangents of the seeded results; its result are the tangents of the seeded results, or the cotangents of
/// the active parameters.
struct TypedRule {
  bool is_reverse = false;
  std::string function_name;
  Span span;
  std::shared_ptr<const TypedFunction> function;
  std::vector<std::vector<uint32_t>> active;  // of each parameter of the call: the leaves with derivatives
  std::vector<uint32_t> seeded;               // leaves of the result
};

/// A model with all its static arguments.
struct ModelInstance {
  std::string text;  // "Mlp(784, 512, 10)"
  std::string key;   // of its type: models of two files may have the same text
  ValueType type;
  /// For each leaf its initial value: a function of one parameter, the leaf's own stream.
  std::vector<std::shared_ptr<const TypedFunction>> initial;
};

struct ExportedModel {
  std::string name;  // "Classifier"
  std::string documentation;
  std::shared_ptr<const ModelInstance> model;
};

enum class ArgumentKind : uint8_t { tensor, model, rng, dim };  // a tuple is several tensors: "cache.k"

struct ExportedArgument {
  std::string name;
  std::string documentation;
  ArgumentKind kind = ArgumentKind::tensor;
  bool is_inout = false;
  std::string model;       // the name of the ExportedModel
  std::string dim;         // of a `K: dim` parameter: the symbol
  uint32_t parameter = 0;  // which parameter of the function, and which of its leaves (dims: none)
  uint32_t first_leaf = 0, leaf_count = 0;
  std::string source_type;  // "u8[B, 28, 28]"
};

struct ExportedResult {
  std::string name;  // "out" for one that has none
  std::string documentation;
  ArgumentKind kind = ArgumentKind::tensor;  // no dim
  std::string model;                         // the name of the ExportedModel
  uint32_t leaf = 0, leaf_count = 1;         // of the result type
  std::string source_type;
};

struct ExportedFunction {
  std::string name;
  std::string documentation;
  Span span;
  std::vector<std::string> dims;      // symbols, in order of first appearance
  std::vector<dim::Condition> where;  // stated and inferred
  std::vector<ExportedArgument> arguments;
  std::vector<ExportedResult> results;
  std::map<std::string, std::string> annotations;
  std::shared_ptr<const TypedFunction> function;
};

struct TypedTest {
  std::string title;
  Span span;
  std::shared_ptr<const TypedFunction> function;  // no parameters, no results
};

struct TypedProgram {
  std::string name;  // of the root file, without folder and ending
  std::string documentation;
  std::vector<ExportedModel> models;
  std::vector<ExportedFunction> functions;
  std::vector<TypedTest> tests;
  std::vector<ExportedFunction> properties;  // tests with `for`, called by their titles; no results
  std::vector<std::unique_ptr<const TypedRule>> rules;  // calls point to them
  std::map<std::string, ElementSymbol> elements;        // the symbols in extents that are elements
  std::map<std::string, dim::Dim> bounds;               // of symbols in extents: at most this, as asserted
};

}  // namespace kiln::sema
