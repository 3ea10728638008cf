#pragma once

#include <string>
#include <vector>

#include "base/scalar_function.h"
#include "dim/dim.h"

namespace kiln::graph {

/// A value of a function: its position in `Function::values`.
struct ValueId {
  uint32_t number = UINT32_MAX;
  bool valid() const { return number != UINT32_MAX; }
  friend auto operator<=>(const ValueId&, const ValueId&) = default;
};

/// A scalar expression: its position in the function's `Expressions`. Equal expressions have equal numbers.
struct ExprId {
  uint32_t number = UINT32_MAX;
  bool valid() const { return number != UINT32_MAX; }
  friend auto operator<=>(const ExprId&, const ExprId&) = default;
};

enum class ExprKind : uint8_t {
  literal,  // `literal`
  index,    // the value of index number `index` of the enclosing compute's domain, i64
  dim,      // the value of a dim expression, i64
  read,     // one element of `value`; operands: one i64 subscript for each axis
  call,     // `function` of the operands
};

/// One node of a scalar expression. What a kind does not use stays as it is here.
struct Expr {
  ExprKind kind = ExprKind::literal;
  ElementType type = ElementType::f32;
  Scalar literal;
  uint32_t index = 0;
  dim::Dim dim;
  ValueId value;
  ScalarFunction function = ScalarFunction::add;
  std::vector<ExprId> operands;

  friend bool operator==(const Expr&, const Expr&) = default;
};

/// The scalar expressions of one function: a hash-consed DAG. Operands always have smaller numbers than their
/// users. Expressions are never removed; a pass that builds a new function imports what it needs (see
/// import_expression.h). The makers do no folding: that is transform/fold's work, so that what is printed is
/// what was built.
class Expressions {
 public:
  ExprId intern(Expr expr);
  ExprId literal(ElementType type, Scalar value);
  ExprId integer(int64_t value, ElementType type = ElementType::i64);
  ExprId real(double value, ElementType type);
  ExprId index(uint32_t number);
  ExprId dim(const dim::Dim& dim);  // a constant dim becomes a literal
  ExprId read(ValueId value, ElementType type, std::vector<ExprId> subscripts);
  ExprId call(ScalarFunction function, std::vector<ExprId> operands);
  ExprId convert(ExprId operand, ElementType to);  // the operand itself if it has the type

  const Expr& operator[](ExprId id) const { return nodes_[id.number]; }
  size_t size() const { return nodes_.size(); }

 private:
  std::vector<Expr> nodes_;
  void grow();
  std::vector<size_t> hashes_;   // of the nodes
  std::vector<uint32_t> slots_;  // open addressing: number + 1, 0 where free; the size is a power of two
  std::vector<ExprId> indices_;  // those of small numbers, which are asked for most
};

}  // namespace kiln::graph
