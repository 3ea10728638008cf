#include "graph/expression.h"

#include <bit>

#include "base/internal_check.h"

namespace kiln::graph {
namespace {

size_t mix(size_t seed, size_t value) { return (std::rotl(seed, 5) ^ value) * size_t{0x9E3779B97F4A7C15}; }

/// Only what the kind uses takes part, here and in `same`.
size_t hash_of(const Expr& expr) {
  size_t hash = mix(static_cast<size_t>(expr.kind), static_cast<size_t>(expr.type));
  switch (expr.kind) {
    case ExprKind::literal:
      hash = mix(hash, static_cast<size_t>(expr.literal.integer));
      hash = mix(hash, std::bit_cast<uint64_t>(expr.literal.real));
      break;
    case ExprKind::index: hash = mix(hash, expr.index); break;
    case ExprKind::dim: hash = mix(hash, expr.dim.hash()); break;
    case ExprKind::read: hash = mix(hash, expr.value.number); break;
    case ExprKind::call: hash = mix(hash, static_cast<size_t>(expr.function)); break;
  }
  for (ExprId operand : expr.operands) hash = mix(hash, operand.number);
  return hash ^ (hash >> 29);
}

bool same(const Expr& a, const Expr& b) {
  if (a.kind != b.kind || a.type != b.type || a.operands != b.operands) return false;
  switch (a.kind) {
    case ExprKind::literal: return a.literal == b.literal;
    case ExprKind::index: return a.index == b.index;
    case ExprKind::dim: return a.dim == b.dim;
    case ExprKind::read: return a.value == b.value;
    case ExprKind::call: return a.function == b.function;
  }
  return false;
}

}  // namespace

ExprId Expressions::intern(Expr expr) {
  for (ExprId operand : expr.operands)
    internal_check(operand.number < nodes_.size(), "an operand of an expression is not of its function");
  if (slots_.size() < 2 * (nodes_.size() + 1)) grow();
  const size_t hash = hash_of(expr);
  size_t slot = hash & (slots_.size() - 1);
  for (; slots_[slot] != 0; slot = (slot + 1) & (slots_.size() - 1)) {
    const uint32_t number = slots_[slot] - 1;
    if (hashes_[number] == hash && same(nodes_[number], expr)) return {number};
  }
  const auto number = static_cast<uint32_t>(nodes_.size());
  slots_[slot] = number + 1;
  nodes_.push_back(std::move(expr));
  hashes_.push_back(hash);
  return {number};
}

void Expressions::grow() {
  slots_.assign(std::max<size_t>(64, 2 * slots_.size()), 0);
  for (uint32_t number = 0; number < nodes_.size(); ++number) {
    size_t slot = hashes_[number] & (slots_.size() - 1);
    while (slots_[slot] != 0) slot = (slot + 1) & (slots_.size() - 1);
    slots_[slot] = number + 1;
  }
}

ExprId Expressions::literal(ElementType type, Scalar value) {
  Expr expr;
  expr.kind = ExprKind::literal;
  expr.type = type;
  expr.literal = value;
  return intern(std::move(expr));
}

ExprId Expressions::integer(int64_t value, ElementType type) {
  return literal(type, kiln::convert(Scalar::of_integer(value), ElementType::i64, type));
}

ExprId Expressions::real(double value, ElementType type) {
  return literal(type, kiln::convert(Scalar::of_real(value), ElementType::f64, type));
}

ExprId Expressions::index(uint32_t number) {
  constexpr uint32_t most_kept = 1 << 16;  // what is read from a file may have any number
  if (number < indices_.size() && indices_[number].valid()) return indices_[number];
  Expr expr;
  expr.kind = ExprKind::index;
  expr.type = ElementType::i64;
  expr.index = number;
  const ExprId made = intern(std::move(expr));
  if (number >= most_kept) return made;
  if (number >= indices_.size()) indices_.resize(number + 1);
  return indices_[number] = made;
}

ExprId Expressions::dim(const dim::Dim& dim) {
  if (std::optional<int64_t> constant = dim.constant()) return integer(*constant);
  Expr expr;
  expr.kind = ExprKind::dim;
  expr.type = ElementType::i64;
  expr.dim = dim;
  return intern(std::move(expr));
}

ExprId Expressions::read(ValueId value, ElementType type, std::vector<ExprId> subscripts) {
  Expr expr;
  expr.kind = ExprKind::read;
  expr.type = type;
  expr.value = value;
  expr.operands = std::move(subscripts);
  return intern(std::move(expr));
}

ExprId Expressions::call(ScalarFunction function, std::vector<ExprId> operands) {
  internal_check(function != ScalarFunction::convert, "a conversion is made by Expressions::convert");
  internal_check(static_cast<int>(operands.size()) == row_of(function).arity,
                 "a scalar function has the wrong number of operands");
  const ElementType last = nodes_[operands.back().number].type;
  Expr expr;
  expr.kind = ExprKind::call;
  expr.type = result_type(function, {&last, 1});
  expr.function = function;
  expr.operands = std::move(operands);
  return intern(std::move(expr));
}

ExprId Expressions::convert(ExprId operand, ElementType to) {
  if (nodes_[operand.number].type == to) return operand;
  Expr expr;
  expr.kind = ExprKind::call;
  expr.type = to;
  expr.function = ScalarFunction::convert;
  expr.operands = {operand};
  return intern(std::move(expr));
}

}  // namespace kiln::graph
