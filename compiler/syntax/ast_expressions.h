#pragma once

#include <cstdint>

#include "syntax/ast_node.h"

namespace kiln::syntax {

template <ExpressionKind kind>
using ExpressionOf = NodeOf<Expression, kind>;

/// Statements, then what the block gives. `{ e }` has no statements and `result` e; a function body `= e`
/// likewise.
struct Block {
  Span span;
  std::vector<StatementPtr> statements;
  ExpressionPtr result;  // of `return e` or `{ e }`; null: the block gives nothing
};

enum class BinderKind : uint8_t { index, pack, joined };

/// What a comprehension, a reducer or a `let y[…]` binds: `i`, `i: N`, `i: 2..N`, `...s`, `(i: A, j)`.
struct Binder {
  BinderKind kind = BinderKind::index;
  Span span;
  Name name;                  // absent if joined
  ExpressionPtr low;          // null: 0, or no range at all
  ExpressionPtr high;         // null: the range is found from the bare sites
  std::vector<Binder> parts;  // of a joined binder: two or more
};

struct Binders {
  Span span;  // with the brackets
  std::vector<Binder> list;
  ExpressionPtr where;  // may be null
};

/// `x`, `K: 3`, `&m`, `m: &model`.
struct Argument {
  Span span;
  Name name;                // absent if given by place
  bool is_changed = false;  // marked by `&`
  ExpressionPtr value;
};

struct Number : ExpressionOf<ExpressionKind::number> {
  std::string text;           // as written: the exact value
  bool is_integer = false;    // neither a fraction nor an exponent
  bool fits_integer = false;  // an integer below 2^64: `integer` is exact
  uint64_t integer = 0;
  double value = 0;  // nearest
};

struct String : ExpressionOf<ExpressionKind::string> {
  std::string value;  // without quotes, escapes resolved
};

struct Boolean : ExpressionOf<ExpressionKind::boolean> {
  bool value = false;
};

/// A use of a name. Reducers called as functions, `max(a, b)`, are calls of the name `max`.
struct NameExpression : ExpressionOf<ExpressionKind::name> {
  Name name;
};

struct TupleField {
  Span span;
  Name name;  // absent if unnamed
  ExpressionPtr value;
};

/// `(a, b)`, `(k: a, v: b)`, `(a,)`. `(e)` is no tuple: it is `e`, with the span of the parentheses.
struct Tuple : ExpressionOf<ExpressionKind::tuple> {
  std::vector<TupleField> fields;
};

/// `[0.1, 0.2]`.
struct Vector : ExpressionOf<ExpressionKind::vector> {
  std::vector<ExpressionPtr> elements;
};

enum class UnaryOperator : uint8_t { negate, logical_not };

struct Unary : ExpressionOf<ExpressionKind::unary> {
  UnaryOperator op = UnaryOperator::negate;
  Span op_span;
  ExpressionPtr operand;
};

enum class BinaryOperator : uint8_t {
  add,
  subtract,
  multiply,
  divide,
  modulo,
  equal,
  not_equal,
  less,
  less_equal,
  greater,
  greater_equal,
  logical_and,
  logical_or,
};

struct Binary : ExpressionOf<ExpressionKind::binary> {
  BinaryOperator op = BinaryOperator::add;
  Span op_span;
  ExpressionPtr left, right;
};

/// `c.k`. `M.grad` and `m.max` have these words as members.
struct Member : ExpressionOf<ExpressionKind::member> {
  ExpressionPtr base;
  Name name;
};

enum class SubscriptKind : uint8_t {
  point,   // `e`: `first`
  whole,   // `:`
  slice,   // `a..`, `..b`, `a..b`: `first` and `last`, either may be null
  pack,    // `...`, `...s`: `name`, absent for `...`
  binder,  // `t: T`, `t: a..b`, on the left of an assignment or as a part of a split axis: `name`, `first`
           // (null: 0), `last`
  joined,  // `(i, j)`: `parts`, points or binders or joined ones, two or more
};

struct SubscriptItem {
  SubscriptKind kind = SubscriptKind::point;
  Span span;
  Name name;
  ExpressionPtr first, last;
  std::vector<SubscriptItem> parts;
};

/// `x[b, (i, j), :]`, `a[i - 1 else 0]`, and on the left of an assignment `y[i where c]`.
struct Subscript : ExpressionOf<ExpressionKind::subscript> {
  ExpressionPtr base;
  Span brackets;
  std::vector<SubscriptItem> items;
  ExpressionPtr otherwise;  // after `else`; null if none, and always on the left of an assignment
  ExpressionPtr where;      // only on the left of an assignment; may be null
};

struct Call : ExpressionOf<ExpressionKind::call> {
  ExpressionPtr callee;
  Span parentheses;
  std::vector<Argument> arguments;
};

enum class Reducer : uint8_t { sum, prod, mean, max, min, any, all, argmax, argmin };

/// As written in a program.
std::string_view name_of(Reducer reducer);
std::string_view symbol_of(UnaryOperator op);
std::string_view symbol_of(BinaryOperator op);

/// `sum[i where c] e`. A minus before it is a `Unary` around it.
struct Reduction : ExpressionOf<ExpressionKind::reduction> {
  Reducer reducer = Reducer::sum;
  Span reducer_span;
  Binders binders;
  ExpressionPtr body;
};

/// `for [i, j] e`.
struct Comprehension : ExpressionOf<ExpressionKind::comprehension> {
  Binders binders;  // without `where`
  ExpressionPtr body;
};

/// `fn(y, t) = e`.
struct Lambda : ExpressionOf<ExpressionKind::lambda> {
  std::vector<Name> parameters;
  ExpressionPtr body;
};

/// `if c { a } else { b }`. An `else if` is a block that has nothing but another conditional as its result.
struct Conditional : ExpressionOf<ExpressionKind::conditional> {
  ExpressionPtr condition;
  Block then_block, else_block;  // both have results
};

enum class DerivativeKind : uint8_t { grad, value_and_grad, vjp, jvp };
std::string_view name_of(DerivativeKind kind);

struct DerivativeVariable {
  Span span;
  ExpressionPtr place;    // a name or a path of members and subscripts
  ExpressionPtr tangent;  // of `jvp(x: dx)`; null for the others
};

/// `grad(x, m.head) { … }`; the block has a result.
struct Derivative : ExpressionOf<ExpressionKind::derivative> {
  DerivativeKind derivative = DerivativeKind::grad;
  Span keyword;
  std::vector<DerivativeVariable> variables;
  Block block;
};

/// `checkpoint { … }`; the block has a result.
struct Checkpoint : ExpressionOf<ExpressionKind::checkpoint> {
  Block block;
};

/// `{ e }` or `{ … return e }` alone.
struct ValueBlock : ExpressionOf<ExpressionKind::value_block> {
  Block block;
};

}  // namespace kiln::syntax
