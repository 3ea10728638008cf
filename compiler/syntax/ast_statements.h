#pragma once

#include <optional>

#include "syntax/ast_expressions.h"
#include "syntax/ast_types.h"

namespace kiln::syntax {

template <StatementKind kind>
using StatementOf = NodeOf<Statement, kind>;

/// The left side of a `let` or `var`: a name, a name with indices, or a tuple of patterns.
struct Pattern {
  Span span;
  Name name;                 // `_` drops the value; absent in a tuple
  bool has_binders = false;  // `let y[i, j] = …`: a comprehension
  Binders binders;
  std::vector<Pattern> parts;  // of a tuple: two or more

  bool is_tuple() const { return !parts.empty(); }
};

/// `let p: T = e`, `var p = e`.
struct Bind : StatementOf<StatementKind::bind> {
  bool is_variable = false;
  Pattern pattern;
  TypePtr type;  // may be null
  ExpressionPtr value;
};

enum class AssignOperator : uint8_t { set, add, subtract, multiply, divide };
std::string_view symbol_of(AssignOperator op);

/// `place op e`. The place is a name with members and subscripts; its last part is never a call.
struct Assign : StatementOf<StatementKind::assign> {
  ExpressionPtr place;
  AssignOperator op = AssignOperator::set;
  Span op_span;
  ExpressionPtr value;
};

/// `opt.step(&m, g)`; the expression is a `Call`.
struct CallStatement : StatementOf<StatementKind::call> {
  ExpressionPtr call;
};

/// `if c { … } else { … }`. An `else if` is an else block with nothing but another branch.
struct Branch : StatementOf<StatementKind::branch> {
  ExpressionPtr condition;
  Block then_block;
  bool has_else = false;
  Block else_block;
};

struct LoopTarget {
  Span span;
  bool is_changed = false;  // marked by `&`
  Name name;
};

/// A range `low..high` (`high` null: no range), or the tree or array `low`.
struct LoopSource {
  Span span;
  ExpressionPtr low;
  ExpressionPtr high;
};

/// `checkpoint`, `checkpoint every k` in the head of a loop.
struct Checkpoints {
  Span span;
  ExpressionPtr every;  // rounds from one to the next; null: the compiler chooses
};

/// `for &p, g in m.params, grads { … }`: as many targets as sources.
struct Loop : StatementOf<StatementKind::loop> {
  std::vector<LoopTarget> targets;
  std::vector<LoopSource> sources;
  ExpressionPtr max;  // most rounds; may be null
  std::optional<Checkpoints> checkpoints;
  Block body;
};

struct WhileLoop : StatementOf<StatementKind::while_loop> {
  ExpressionPtr condition;
  ExpressionPtr max;  // most rounds; may be null
  std::optional<Checkpoints> checkpoints;
  Block body;
};

struct Assertion : StatementOf<StatementKind::assertion> {
  ExpressionPtr condition;
  bool has_message = false;
  std::string message;
};

}  // namespace kiln::syntax
