#include "transform/point_facts.h"

#include "graph/walk.h"
#include "transform/index_polynomial.h"

namespace kiln::transform {

using dim::Condition;
using dim::Dim;
using graph::Expr;
using graph::ExprId;
using graph::ExprKind;

PointFacts::PointFacts(const graph::Function& function, Folder& folder)
    : function_(&function), folder_(&folder), samples_(function.dims) {
  for (const std::string& name : function.dims) facts_.add_dim(name);
  for (const Condition& fact : function.facts) add(fact);
}

void PointFacts::add(const Condition& condition) {
  facts_.add(condition);
  samples_.add_fact(condition);
}

void PointFacts::add_index(uint32_t number, const Dim& extent) {
  const std::string name = *index_symbol(number).bare_symbol();
  facts_.add_index(name, 0, extent);
  samples_.add_range(name, 0, extent);
}

void PointFacts::add_domain(const graph::Compute& compute) {
  for (uint32_t index = 0; index < compute.domain.size(); ++index)
    add_index(index, compute.domain[index].extent);
}

/// Integers read from tensors get their ranges; everything else that is no index arithmetic has any value.
void PointFacts::declare_atoms(const Dim& polynomial) {
  for (const std::string& name : polynomial.symbols()) {
    const std::optional<ExprId> atom = expression_of_symbol(name);
    if (!atom || !declared_.insert(name).second) continue;
    facts_.add_runtime(name);
    std::optional<graph::ElementRange> range;
    const Expr* expr = &folder_->expressions()[*atom];
    if (expr->kind == ExprKind::call && expr->function == ScalarFunction::convert) {
      expr = &folder_->expressions()[expr->operands[0]];
    }
    if (expr->kind == ExprKind::read && is_integer(expr->type)) range = (*function_)[expr->value].range;
    samples_.add_range(name, range ? range->low : -9, range ? range->high : 10);
    if (!range) continue;
    facts_.add(Condition::less_equal(range->low, Dim::symbol(name)));
    facts_.add(Condition::less(Dim::symbol(name), range->high));
  }
}

std::optional<Condition> PointFacts::condition_of(ExprId id) {
  const Expr& expr = folder_->expressions()[id];
  if (expr.kind != ExprKind::call) return std::nullopt;
  if (expr.function == ScalarFunction::logical_not) {
    const auto inner = condition_of(expr.operands[0]);
    return inner ? std::optional(inner->negated()) : std::nullopt;
  }
  if (expr.function == ScalarFunction::logical_and || expr.function == ScalarFunction::logical_or) {
    const auto a = condition_of(expr.operands[0]), b = condition_of(expr.operands[1]);
    if (!a || !b) return std::nullopt;
    return expr.function == ScalarFunction::logical_and ? Condition::both_of({*a, *b})
                                                        : Condition::either_of({*a, *b});
  }
  if (folder_->type_of(expr.operands.back()) != ElementType::i64 || expr.operands.size() != 2) {
    return std::nullopt;
  }
  const Dim a = folder_->polynomials().of(expr.operands[0]), b = folder_->polynomials().of(expr.operands[1]);
  declare_atoms(a);
  declare_atoms(b);
  if (expr.function == ScalarFunction::less) return Condition::less(a, b);
  if (expr.function == ScalarFunction::less_equal) return Condition::less_equal(a, b);
  if (expr.function == ScalarFunction::equal) return Condition::equal(a, b);
  if (expr.function == ScalarFunction::not_equal) return Condition::not_equal(a, b);
  return std::nullopt;
}

void PointFacts::assume(ExprId condition) {
  for (const ExprId part : conjuncts(*folder_, condition)) {
    known_[part.number] = true;
    if (const auto stated = condition_of(part)) add(*stated);
  }
}

void PointFacts::assume_not(ExprId condition) {
  known_[condition.number] = false;
  if (folder_->is_call(condition, ScalarFunction::logical_not)) return assume(folder_->operand(condition, 0));
  if (const auto stated = condition_of(condition)) add(stated->negated());
}

std::optional<bool> PointFacts::decide(ExprId condition) {
  if (const auto truth = folder_->truth_of(condition)) return truth;
  const auto known = known_.find(condition.number);
  if (known != known_.end()) return known->second;
  if (folder_->is_call(condition, ScalarFunction::logical_not)) {
    const std::optional<bool> inner = decide(folder_->operand(condition, 0));
    return inner ? std::optional(!*inner) : std::nullopt;
  }
  const auto stated = condition_of(condition);
  if (!stated) return std::nullopt;
  if (proves(*stated)) return true;
  if (proves(stated->negated())) return false;
  return std::nullopt;
}

bool PointFacts::proves(const Condition& condition) const {
  return !samples_.refute(condition) && dim::proves(facts_, condition);
}

bool PointFacts::reads_inside(ExprId root) {
  const ExprId roots[] = {root};
  for (const ExprId id : graph::reachable(folder_->expressions(), roots)) {
    const graph::Expr read = folder_->expressions()[id];  // a copy: more expressions are made
    if (read.kind != graph::ExprKind::read) continue;
    const std::vector<Dim>& shape = function_->type_of(read.value).shape;
    for (size_t axis = 0; axis < shape.size(); ++axis) {
      const ExprId at = read.operands[axis], extent = folder_->expressions().dim(shape[axis]);
      if (decide(folder_->less_equal(folder_->zero(ElementType::i64), at)) != true) return false;
      if (decide(folder_->less(at, extent)) != true) return false;
    }
  }
  return true;
}

Dim PointFacts::without_quotients(const Dim& polynomial) {
  Dim result = 0;
  for (const Dim::Term& term : polynomial.terms()) {
    Dim product = term.coefficient;
    for (const Dim::Atom& atom : term.factors) {
      Dim value = value_of(atom);
      if (atom.kind == Dim::AtomKind::quotient && !is_uniform(value)) {
        const Dim numerator = without_quotients(atom.operands[0]), divisor = atom.operands[1];
        value = numerator / divisor;
        for (const int64_t fixed : {0, -1}) {
          const Dim rest = numerator - divisor * fixed;
          declare_atoms(rest);
          if (proves(Condition::less_equal(0, rest)) && proves(Condition::less(rest, divisor))) {
            value = fixed;
            break;
          }
        }
      }
      product = product * value;
    }
    result = result + product;
  }
  return result;
}

}  // namespace kiln::transform
