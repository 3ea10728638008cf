#include "graph/affine.h"

#include <array>
#include <unordered_map>
#include <vector>

namespace kiln::graph {
namespace {

using F = ScalarFunction;

template <typename Key>
void add_term(std::map<Key, dim::Dim>& terms, const Key& key, const dim::Dim& coefficient) {
  const auto [place, is_new] = terms.emplace(key, coefficient);
  if (!is_new) place->second = place->second + coefficient;
  if (place->second.is_constant(0)) terms.erase(place);
}

Affine atom(ExprId id) {
  Affine affine;
  affine.atoms.emplace(id, 1);
  return affine;
}

Affine constant(dim::Dim dim) {
  Affine affine;
  affine.constant = std::move(dim);
  return affine;
}

bool overflowed(const Affine& affine) {
  if (affine.constant.overflowed()) return true;
  for (const auto& [index, coefficient] : affine.indices)
    if (coefficient.overflowed()) return true;
  for (const auto& [id, coefficient] : affine.atoms)
    if (coefficient.overflowed()) return true;
  return false;
}

/// A divisor that is positive for all values of the dims.
bool is_positive_number(const dim::Dim& dim) { return dim.constant().value_or(0) > 0; }

/// What a call is when its operands are these; an atom if nothing better is known.
Affine of_call(ExprId id, F function, const std::vector<const Affine*>& x) {
  switch (function) {
    case F::add: return *x[0] + *x[1];
    case F::subtract: return *x[0] - *x[1];
    case F::negate: return *x[0] * dim::Dim(-1);
    case F::multiply:
      if (x[1]->is_constant()) return *x[0] * x[1]->constant;
      if (x[0]->is_constant()) return *x[1] * x[0]->constant;
      break;
    case F::quotient:
    case F::remainder:
      if (!x[0]->is_constant() || !x[1]->is_constant() || !is_positive_number(x[1]->constant)) break;
      return constant(function == F::quotient ? x[0]->constant / x[1]->constant
                                              : x[0]->constant % x[1]->constant);
    case F::minimum:
    case F::maximum:
      if (!x[0]->is_constant() || !x[1]->is_constant()) break;
      return constant(function == F::minimum ? min(x[0]->constant, x[1]->constant)
                                             : max(x[0]->constant, x[1]->constant));
    default: break;
  }
  return atom(id);
}

Affine leaf(const Expr& expr, ExprId id) {
  switch (expr.kind) {
    case ExprKind::literal: return constant(expr.literal.integer);
    case ExprKind::dim: return constant(expr.dim);
    case ExprKind::index: {
      Affine affine;
      affine.indices.emplace(expr.index, 1);
      return affine;
    }
    default: return atom(id);
  }
}

/// Whether the form of a call looks into its operands.
bool looks_inside(const Expr& expr) {
  static constexpr std::array functions = {F::add,      F::subtract,  F::negate,  F::multiply,
                                           F::quotient, F::remainder, F::minimum, F::maximum};
  if (expr.kind != ExprKind::call) return false;
  for (F function : functions)
    if (expr.function == function) return true;
  return false;
}

struct Sum {
  Expressions& expressions;
  ExprId total;

  void add(ExprId term, const dim::Dim& coefficient) {
    const std::optional<int64_t> number = coefficient.constant();
    const bool subtracted = total.valid() && number && *number < 0;
    const dim::Dim factor = subtracted ? dim::Dim(-*number) : coefficient;
    const ExprId scaled =
        factor.is_constant(1) ? term : expressions.call(F::multiply, {term, expressions.dim(factor)});
    append(scaled, subtracted);
  }
  void append(ExprId term, bool subtracted) {
    total = total.valid() ? expressions.call(subtracted ? F::subtract : F::add, {total, term}) : term;
  }
};

}  // namespace

std::optional<uint32_t> Affine::bare_index() const {
  if (!atoms.empty() || indices.size() != 1 || !constant.is_constant(0)) return std::nullopt;
  if (!indices.begin()->second.is_constant(1)) return std::nullopt;
  return indices.begin()->first;
}

dim::Dim Affine::coefficient_of(uint32_t index) const {
  const auto found = indices.find(index);
  return found == indices.end() ? dim::Dim(0) : found->second;
}

Affine operator+(const Affine& a, const Affine& b) {
  Affine sum = a;
  for (const auto& [index, coefficient] : b.indices) add_term(sum.indices, index, coefficient);
  for (const auto& [id, coefficient] : b.atoms) add_term(sum.atoms, id, coefficient);
  sum.constant = sum.constant + b.constant;
  return sum;
}

Affine operator-(const Affine& a, const Affine& b) { return a + b * dim::Dim(-1); }

Affine operator*(const Affine& a, const dim::Dim& factor) {
  Affine product;
  if (factor.is_constant(0)) return product;
  for (const auto& [index, coefficient] : a.indices) product.indices.emplace(index, coefficient * factor);
  for (const auto& [id, coefficient] : a.atoms) product.atoms.emplace(id, coefficient * factor);
  product.constant = a.constant * factor;
  return product;
}

std::optional<Affine> affine_of(const Expressions& expressions, ExprId id) {
  if (expressions[id].type != ElementType::i64) return std::nullopt;
  if (!looks_inside(expressions[id])) {
    Affine affine = leaf(expressions[id], id);
    return overflowed(affine) ? std::nullopt : std::optional(std::move(affine));
  }
  // The tree above the atoms, operands first.
  std::unordered_map<uint32_t, Affine> forms;
  std::vector<ExprId> pending = {id};
  while (!pending.empty()) {
    const ExprId current = pending.back();
    const Expr& expr = expressions[current];
    if (forms.contains(current.number)) {
      pending.pop_back();
      continue;
    }
    bool ready = true;
    std::vector<const Affine*> operands;
    if (looks_inside(expr)) {
      for (ExprId operand : expr.operands) {
        const auto form = forms.find(operand.number);
        if (form == forms.end()) {
          ready = false;
          pending.push_back(operand);
        } else {
          operands.push_back(&form->second);
        }
      }
    }
    if (!ready) continue;
    pending.pop_back();
    Affine form = looks_inside(expr) ? of_call(current, expr.function, operands) : leaf(expr, current);
    if (overflowed(form)) return std::nullopt;
    forms.emplace(current.number, std::move(form));
  }
  return forms.at(id.number);
}

ExprId build(Expressions& expressions, const Affine& affine) {
  Sum sum{expressions, {}};
  for (const auto& [index, coefficient] : affine.indices) sum.add(expressions.index(index), coefficient);
  for (const auto& [id, coefficient] : affine.atoms) sum.add(id, coefficient);
  const std::optional<int64_t> number = affine.constant.constant();
  if (sum.total.valid() && number == 0) return sum.total;
  const bool subtracted = sum.total.valid() && number && *number < 0;
  sum.append(expressions.dim(subtracted ? dim::Dim(-*number) : affine.constant), subtracted);
  return sum.total;
}

}  // namespace kiln::graph
