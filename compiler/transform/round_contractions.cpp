#include "transform/round_contractions.h"

#include <algorithm>

#include "transform/copy_function.h"

namespace kiln::transform {

using graph::Compute;
using graph::Expr;
using graph::Expressions;
using graph::ExprId;
using graph::ExprKind;
using graph::Function;
using graph::ValueId;

namespace {

bool is_product(const Expr& expr) {
  return expr.kind == ExprKind::call && expr.function == ScalarFunction::multiply;
}

void collect_factors(const Expressions& pool, ExprId root, std::vector<ExprId>& factors) {
  if (!is_product(pool[root])) return factors.push_back(root);
  for (const ExprId operand : pool[root].operands) collect_factors(pool, operand, factors);
}

/// An element of a tensor that changes from point to point, not a scale that is the same for all.
bool is_operand(const Expressions& pool, ExprId factor) {
  return !graph::values_in(pool, factor).empty() && !graph::indices_in(pool, factor).empty();
}

/// Whether a compute sums products of two operands or more.
bool is_contraction(const Function& function, const Compute& compute) {
  const Expressions& pool = function.expressions;
  if (compute.reducer != graph::Reducer::sum || pool[compute.body].type != ElementType::f32) return false;
  std::vector<ExprId> factors;
  collect_factors(pool, compute.body, factors);
  const auto operands =
      std::count_if(factors.begin(), factors.end(), [&](ExprId id) { return is_operand(pool, id); });
  return operands >= 2 && compute.domain.size() > compute.write.size();
}

/// A function on its way: the values that are read rounded have a rounded copy, made once.
class Rounding {
 public:
  Rounding(const Function& function, ElementType precision) : function_(function), precision_(precision) {}

  Function run() {
    result_ = without_nodes(function_);
    FunctionCopy copy(function_, result_);
    for (const graph::Node& node : function_.nodes) {
      const auto* compute = std::get_if<Compute>(&node.op);
      if (compute == nullptr || !is_contraction(function_, *compute)) {
        copy.copy(node);
        if (auto* loop = std::get_if<graph::Loop>(&result_.nodes.back().op)) {
          loop->body = std::make_shared<const Function>(round_contractions(*loop->body, precision_));
        }
        continue;
      }
      Compute rounded = copy.compute(*compute);
      rounded.body = round_product(copy.builder(), rounded.body, node.span);
      const ValueId old = node.results[0];
      const graph::Value& described = function_[old];
      const ValueId made =
          copy.builder().compute(std::move(rounded), described.type.shape, described.name, node.span);
      copy.set(old, made);
      copy.describe(old, made);
    }
    copy.copy_outputs();
    return std::move(result_);
  }

 private:
  Expressions& pool() { return result_.expressions; }

  ExprId round(ExprId value) { return pool().convert(pool().convert(value, precision_), ElementType::f32); }

  /// Elements as they lie in memory, perhaps with zeros around them, are rounded where they lie.
  bool is_plain(ExprId factor) {
    const Expr& expr = pool()[factor];
    if (expr.kind == ExprKind::literal) return expr.literal == Scalar::of_real(0);
    if (expr.kind == ExprKind::read) return true;
    return expr.kind == ExprKind::call && expr.function == ScalarFunction::select &&
           is_plain(expr.operands[1]) && is_plain(expr.operands[2]);
  }

  ExprId round_plain(graph::Builder& builder, ExprId factor, Origin span) {
    const Expr expr = pool()[factor];
    if (expr.kind == ExprKind::literal) return factor;
    if (expr.kind == ExprKind::read)
      return pool().read(rounded_copy(builder, expr.value, span), ElementType::f32, expr.operands);
    const ExprId yes = round_plain(builder, expr.operands[1], span);
    const ExprId no = round_plain(builder, expr.operands[2], span);
    return pool().call(ScalarFunction::select, {expr.operands[0], yes, no});
  }

  ValueId rounded_copy(graph::Builder& builder, ValueId value, Origin span) {
    const auto found = copies_.find(value.number);
    if (found != copies_.end()) return found->second;
    const std::vector<dim::Dim> shape = result_.type_of(value).shape;
    std::vector<ExprId> subscripts;
    for (uint32_t axis = 0; axis < shape.size(); ++axis) subscripts.push_back(pool().index(axis));
    const ExprId element = round(pool().read(value, ElementType::f32, subscripts));
    const ValueId copy =
        builder.map(shape, element, result_[value].name + "." + std::string(name_of(precision_)), span);
    copies_.emplace(value.number, copy);
    return copy;
  }

  ExprId round_product(graph::Builder& builder, ExprId root, Origin span) {
    const Expr expr = pool()[root];
    if (is_product(expr)) {
      const ExprId left = round_product(builder, expr.operands[0], span);
      const ExprId right = round_product(builder, expr.operands[1], span);
      return pool().call(ScalarFunction::multiply, {left, right});
    }
    if (!is_operand(pool(), root)) return root;
    return is_plain(root) ? round_plain(builder, root, span) : round(root);
  }

  const Function& function_;
  const ElementType precision_;
  Function result_;
  std::map<uint32_t, ValueId> copies_;  // by the number in the result
};

}  // namespace

Function round_contractions(const Function& function, ElementType precision) {
  return Rounding(function, precision).run();
}

}  // namespace kiln::transform
