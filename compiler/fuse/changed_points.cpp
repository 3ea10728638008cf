#include "fuse/changed_points.h"

#include <algorithm>
#include <map>

#include "fuse/shape.h"

namespace kiln::fuse {

using namespace graph;
using F = ScalarFunction;

namespace {

bool is_half(ElementType element) { return element == ElementType::f16 || element == ElementType::bf16; }

bool is_read_elsewhere(const Function& function, ValueId value, ValueId reader) {
  for (const Node& node : function.nodes) {
    if (!node.results.empty() && node.results[0] == reader) continue;
    const std::vector<ValueId> operands = operands_of(function, node);
    if (std::find(operands.begin(), operands.end(), value) != operands.end()) return true;
  }
  return std::find(function.outputs.begin(), function.outputs.end(), value) != function.outputs.end();
}

/// A map over a whole value, by the call that it consists of.
struct WholeMap {
  const Function& function;
  const Type& type;
  const Expr* call = nullptr;  // none: it is of another form

  WholeMap(const Function& given, ValueId value) : function(given), type(given.type_of(value)) {
    const Compute* compute = compute_of(function, value);
    if (!compute || !write_shape(function, *compute, type.shape).is_map) return;
    const Expr* body = &function.expressions[compute->body];
    if (is_half(type.element) && body->kind == ExprKind::call && body->function == F::convert)
      body = &function.expressions[body->operands[0]];  // halves are computed in f32
    if (body->kind == ExprKind::call) call = body;
  }

  /// The value of this shape that an operand reads at the point, or none.
  ValueId read_whole(size_t operand, ElementType element) const {
    const Expr* read = &function.expressions[call->operands[operand]];
    if (is_half(element) && read->kind == ExprKind::call && read->function == F::convert)
      read = &function.expressions[read->operands[0]];
    const auto rank = static_cast<uint32_t>(type.shape.size());
    const bool whole = read->kind == ExprKind::read &&
                       function.type_of(read->value) == Type{element, type.shape} &&
                       reads_at_point(function.expressions, *read, rank);
    return whole ? read->value : ValueId{};
  }
};

std::optional<ChangedPoints> match_join(const Function& function, ValueId value, F joins) {
  const WholeMap map(function, value);
  if (!map.call || map.call->function != joins || is_half(map.type.element)) return std::nullopt;
  for (const bool swapped : {false, true}) {
    const ValueId old = map.read_whole(swapped ? 1 : 0, map.type.element);
    const ValueId points = map.read_whole(swapped ? 0 : 1, map.type.element);
    if (!old.valid() || !points.valid() || (swapped && joins == F::subtract)) continue;
    const Compute* scatter = compute_of(function, points);
    if (old == points || !scatter) continue;
    if (scatter->reducer != Reducer::sum && scatter->reducer != Reducer::assign) continue;
    if (!write_shape(function, *scatter, map.type.shape).scatters) continue;
    if (!is_read_elsewhere(function, points, value)) return ChangedPoints{old, points, {}};
  }
  return std::nullopt;
}

/// Whether two computes visit the same cells: their write maps and guards are equal up to the order of the
/// domain.
class SameCells {
 public:
  SameCells(const Expressions& expressions, const Compute& a, const Compute& b)
      : expressions_(expressions), a_(a), b_(b) {}

  bool run() {
    if (a_.domain.size() != b_.domain.size() || a_.guard.size() != b_.guard.size()) return false;
    for (size_t axis = 0; axis < a_.write.size(); ++axis)
      if (!equal(a_.write[axis], b_.write[axis])) return false;
    for (size_t i = 0; i < a_.guard.size(); ++i)
      if (!equal(a_.guard[i], b_.guard[i])) return false;
    return to_b_.size() == a_.domain.size() && to_a_.size() == to_b_.size();
  }

 private:
  bool equal(ExprId first, ExprId second) {
    const Expr& a = expressions_[first];
    const Expr& b = expressions_[second];
    if (a.kind == ExprKind::index && b.kind == ExprKind::index) return pair(a.index, b.index);
    if (a.kind != b.kind || a.type != b.type || a.value != b.value || a.function != b.function ||
        a.operands.size() != b.operands.size())
      return false;
    if (a.operands.empty()) return first == second;
    for (size_t i = 0; i < a.operands.size(); ++i)
      if (!equal(a.operands[i], b.operands[i])) return false;
    return true;
  }
  bool pair(uint32_t a, uint32_t b) {
    if (!(a_.domain[a].extent == b_.domain[b].extent)) return false;
    return to_b_.emplace(a, b).first->second == b && to_a_.emplace(b, a).first->second == a;
  }

  const Expressions& expressions_;
  const Compute& a_;
  const Compute& b_;
  std::map<uint32_t, uint32_t> to_b_, to_a_;
};

bool is_true(const Expressions& expressions, ExprId id) {
  return expressions[id].kind == ExprKind::literal && expressions[id].literal == Scalar::of_integer(1);
}

std::optional<ChangedPoints> match_assignment(const Function& function, ValueId value) {
  const WholeMap map(function, value);
  if (!map.call || map.call->function != F::select) return std::nullopt;
  const ValueId reached = map.read_whole(0, ElementType::boolean);
  const ValueId points = map.read_whole(1, map.type.element), old = map.read_whole(2, map.type.element);
  if (!reached.valid() || !points.valid() || !old.valid()) return std::nullopt;
  if (reached == points || reached == old || points == old) return std::nullopt;
  const Compute* where = compute_of(function, reached);
  const Compute* scatter = compute_of(function, points);
  if (!where || !scatter || !is_true(function.expressions, where->body)) return std::nullopt;
  if (where->reducer != Reducer::any && where->reducer != Reducer::assign) return std::nullopt;
  if (scatter->reducer != Reducer::last && scatter->reducer != Reducer::assign) return std::nullopt;
  if (!write_shape(function, *scatter, map.type.shape).scatters) return std::nullopt;
  if (!SameCells(function.expressions, *scatter, *where).run()) return std::nullopt;
  if (is_read_elsewhere(function, points, value) || is_read_elsewhere(function, reached, value))
    return std::nullopt;
  return ChangedPoints{old, points, reached};
}

}  // namespace

std::optional<ChangedPoints> match_changed_points(const Function& function, ValueId value) {
  if (const auto sums = match_join(function, value, F::add)) return sums;
  return match_assignment(function, value);
}

void negate_subtracted_sums(Function& function) {
  for (size_t i = 0; i < function.nodes.size(); ++i) {
    if (!std::holds_alternative<Compute>(function.nodes[i].op)) continue;
    const ValueId value = function.nodes[i].results[0];
    const auto found = match_join(function, value, F::subtract);
    if (!found) continue;
    auto& points = std::get<Compute>(function.nodes[function[found->points].node].op);
    points.body = function.expressions.call(F::negate, {points.body});
    auto& joined = std::get<Compute>(function.nodes[i].op);
    const std::vector<ExprId> operands = function.expressions[joined.body].operands;
    joined.body = function.expressions.call(F::add, operands);
  }
}

}  // namespace kiln::fuse
