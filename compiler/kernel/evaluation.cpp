#include "kernel/evaluation.h"

#include <algorithm>

#include "base/internal_check.h"
#include "fuse/index_bound.h"
#include "fuse/linear_offset.h"
#include "graph/walk.h"

namespace kiln::kernel {

using dim::Dim;
using graph::Affine;
using graph::Expr;
using graph::ExprId;
using graph::ExprKind;
using F = ScalarFunction;

namespace {

constexpr int64_t beyond_indices = int64_t{1} << 60;

bool is_half(ElementType type) { return type == ElementType::f16 || type == ElementType::bf16; }

}  // namespace

Value Evaluation::row_numbers() { return builder().transpose(builder().lane_numbers(rows_)); }

Value Evaluation::index_value(uint32_t index) {
  const auto found = bindings_.find(index);
  internal_check(found != bindings_.end(), "an index is used outside its loop");
  const Binding& binding = found->second;
  if (binding.role == Role::lane && lanes_ > 1)
    return builder().add(binding.base, builder().lane_numbers(lanes_));
  if (binding.role == Role::row && rows_ > 1) return builder().add(binding.base, row_numbers());
  return binding.base;
}

int Evaluation::count_of(uint32_t index) const {
  const Role role = bindings_.at(index).role;
  return role == Role::lane ? lanes_ : role == Role::row ? rows_ : 1;
}

Value Evaluation::last_index(uint32_t number) {
  return builder().add(first_index(number), builder().integer(count_of(number) - 1));
}

Value Evaluation::sum(const Affine& affine, const std::function<Value(uint32_t, const Dim&)>& index_at) {
  Value sum = builder().dim(affine.constant);
  for (const auto& [index, factor] : affine.indices)
    sum = builder().add(sum, builder().multiply(index_at(index, factor), builder().dim(factor)));
  for (const auto& [atom, factor] : affine.atoms)
    sum = builder().add(sum, builder().multiply(value(atom), builder().dim(factor)));
  return sum;
}

Value Evaluation::value(ExprId id, Value guard) {
  if (guard.valid() && !needs_guard(id)) guard = {};
  // What was computed under a wider guard serves as well: a chain of values each of which guards reads by the
  // one before would else be computed anew for every set of guards, twice as often with each link.
  for (uint32_t within = guard.number;;) {
    if (const auto found = known_.find({id.number, within}); found != known_.end()) return found->second;
    const auto wider = wider_.find(within);
    if (wider == wider_.end()) break;
    within = wider->second;
  }
  const Value result = compute_value(id, guard);
  known_[{id.number, guard.number}] = result;
  return result;
}

Value Evaluation::narrowed(Value guard, Value condition) {
  const Value both = builder().both(guard, condition);
  const bool is_younger = !guard.valid() || guard.number < both.number;  // so that no way leads in a circle
  if (both != guard && is_younger) wider_.emplace(both.number, guard.number);
  return both;
}

Value Evaluation::compute_value(ExprId id, Value guard) {
  const Expr& node = expr(id);
  switch (node.kind) {
    case ExprKind::literal: return builder().constant(node.type, node.literal);
    case ExprKind::dim: return builder().dim(node.dim);
    case ExprKind::index: return index_value(node.index);
    case ExprKind::read: return read(node, guard);
    case ExprKind::call: break;
  }
  if (const Value mask = lanes_where(id); mask.valid()) return mask;
  return call(node, guard);
}

/// A condition that bounds the index of the lanes, by a limit that is the same for all of them, as a number
/// of lanes from the first on; no value where it is none.
Value Evaluation::lanes_where(ExprId condition) {
  using Relation = fuse::IndexBound::Relation;
  const auto lane = std::find_if(bindings_.begin(), bindings_.end(),
                                 [](const auto& one) { return one.second.role == Role::lane; });
  if (lanes_ == 1 || lane == bindings_.end() || expr(condition).type != ElementType::boolean) return {};
  const auto scaled = fuse::scaled_bound(context_->function.expressions, condition, lane->first);
  if (!scaled || scaled->bound.relation == Relation::equal) return {};
  const Affine& limit = scaled->bound.limit;
  const bool is_scalar =
      std::all_of(limit.indices.begin(), limit.indices.end(),
                  [&](const auto& term) { return is_bound(term.first) && !varies(term.first); }) &&
      std::all_of(limit.atoms.begin(), limit.atoms.end(), [&](const auto& term) {
        return is_bound(term.first) && !needs_guard(term.first) &&
               builder().type_of(value(term.first)).is_scalar();
      });
  if (!is_scalar) return {};
  Value count = sum(limit, [&](uint32_t index, const Dim&) { return first_index(index); });
  if (!limit.atoms.empty())  // data may be any number, and no index is as large as this
    count = builder().map(F::maximum, {builder().map(F::minimum, {count, builder().integer(beyond_indices)}),
                                       builder().integer(-beyond_indices)});
  // Lanes before the limit, or up to it.
  const bool is_upper =
      scaled->bound.relation == Relation::below || scaled->bound.relation == Relation::at_most;
  const bool is_before =
      scaled->bound.relation == Relation::below || scaled->bound.relation == Relation::at_least;
  if (scaled->factor != 1) {
    if (is_before) count = builder().add(count, builder().integer(scaled->factor - 1));
    count = builder().map(F::quotient, {count, builder().integer(scaled->factor)});
  }
  count = builder().subtract(count, lane->second.base);
  if (!is_before) count = builder().add(count, builder().integer(1));
  const Value first = builder().lane_mask(count, lanes_);
  return is_upper ? first : builder().map(F::logical_not, {first});
}

Value Evaluation::call(const Expr& node, Value guard) {
  const std::vector<ExprId> operands = node.operands;
  const F function = node.function;
  if (function == F::select || function == F::logical_and || function == F::logical_or) {
    const Value condition = value(operands[0], guard);
    const auto under = [&](ExprId operand, bool holds) {
      if (!needs_guard(operand)) return value(operand);
      const Value chosen = holds ? condition : builder().map(F::logical_not, {condition});
      return value(operand, narrowed(guard, chosen));
    };
    if (function == F::logical_and) return builder().map(function, {condition, under(operands[1], true)});
    if (function == F::logical_or) return builder().map(function, {condition, under(operands[1], false)});
    const Value first = under(operands[1], true);
    return builder().map(function, {condition, first, under(operands[2], false)});
  }
  std::vector<Value> values;
  for (const ExprId operand : operands) values.push_back(value(operand, guard));
  return apply(function, std::move(values), node.type);
}

/// Halves are computed in f32 and rounded once for each function.
Value Evaluation::apply(F function, std::vector<Value> operands, ElementType type) {
  bool half = false;
  if (function != F::convert)
    for (Value& operand : operands)
      if (is_half(builder().type_of(operand).element)) {
        operand = builder().convert(operand, ElementType::f32);
        half = true;
      }
  const ElementType result = half && is_half(type) ? ElementType::f32 : type;
  return builder().convert(builder().map(function, std::move(operands), result), type);
}

Value Evaluation::fit(Value mask, int rows, int lanes) {
  if (!mask.valid()) return mask;
  if (builder().type_of(mask).rows > rows) mask = builder().reduce_rows(F::logical_or, mask);
  if (builder().type_of(mask).lanes > lanes) {  // of the lanes that are there
    const TileType& of = builder().type_of(mask);
    if (edge_.valid() && of.rows == 1 && builder().type_of(edge_).lanes == of.lanes)
      mask = builder().both(mask, edge_);
    mask = builder().reduce_lanes(F::logical_or, mask);
  }
  const TileType& type = builder().type_of(mask);
  if (type.lanes == lanes && type.rows == 1) return mask;
  return builder().splat(mask, rows, lanes);
}

Evaluation::Access Evaluation::access(const Location& location, const std::vector<ExprId>& subscripts,
                                      Value guard) {
  const std::optional<Affine> linear =
      fuse::linear_offset_with(context_->function.expressions, subscripts, location.strides);
  internal_check(linear.has_value(), "an offset that 64 bits do not hold");
  const Affine& form = *linear;
  Access access;
  Value uniform = builder().dim(form.constant);
  Value spread;  // the part of the offset that is not a scalar
  const auto add = [&](Value& sum, Value term) { sum = sum.valid() ? builder().add(sum, term) : term; };
  access.address.row_stride = 0;
  access.address.lane_stride = 0;
  for (const auto& [index, coefficient] : form.indices) {
    const auto found = bindings_.find(index);
    internal_check(found != bindings_.end(), "an index is used outside its loop");
    add(uniform, builder().multiply(found->second.base, builder().dim(coefficient)));
    if (found->second.role == Role::lane && lanes_ > 1) access.address.lane_stride = coefficient;
    if (found->second.role == Role::row && rows_ > 1) access.address.row_stride = coefficient;
  }
  for (const auto& [atom, coefficient] : form.atoms) {
    const Value term = builder().multiply(value(atom, guard), builder().dim(coefficient));
    add(builder().type_of(term).is_scalar() ? uniform : spread, term);
  }
  access.along_lanes = !access.address.lane_stride.is_constant(0);
  access.lanes = access.along_lanes ? lanes_ : 1;
  access.rows = access.address.row_stride.is_constant(0) ? 1 : rows_;
  if (spread.valid()) {
    if (access.along_lanes)
      add(spread,
          builder().multiply(builder().lane_numbers(lanes_), builder().dim(access.address.lane_stride)));
    if (access.rows > 1)
      add(spread, builder().multiply(row_numbers(), builder().dim(access.address.row_stride)));
    uniform = builder().add(uniform, spread);
    access.rows = builder().type_of(uniform).rows;
    access.lanes = builder().type_of(uniform).lanes;
    access.along_lanes = access.lanes > 1;
    access.address.row_stride = access.address.lane_stride = 0;
  }
  access.address.buffer = location.buffer;
  access.address.offset = uniform;
  return access;
}

Value Evaluation::load(const Location& location, const std::vector<ExprId>& subscripts, ElementType element,
                       Value guard) {
  const Access at = access(location, subscripts, guard);
  Value mask = guard;
  if (at.along_lanes) mask = builder().both(mask, edge_);
  return builder().load(at.address, {element, at.rows, at.lanes}, fit(mask, at.rows, at.lanes));
}

void Evaluation::store(const Location& location, const std::vector<ExprId>& subscripts, Value tile,
                       Value guard) {
  const Access at = access(location, subscripts, guard);
  const TileType type = builder().type_of(tile);
  internal_check(at.rows >= type.rows && at.lanes >= type.lanes, "several elements of a tile go to one cell");
  Value mask = guard;
  if (at.along_lanes) mask = builder().both(mask, edge_);
  builder().store(at.address, builder().splat(tile, at.rows, at.lanes), fit(mask, at.rows, at.lanes));
}

Value Evaluation::read(const Expr& node, Value guard) {
  if (const auto found = registers_.find(node.value); found != registers_.end()) return found->second;
  const graph::ValueId value = node.value;
  const std::vector<ExprId> subscripts = node.operands;
  const ElementType type = node.type;
  if (const auto local = context_->locations.find(value); local != context_->locations.end())
    return load(local->second, subscripts, type, guard);
  const std::optional<Location> location = context_->buffers.location(value);
  internal_check(location.has_value(),
                 "a value is read that no kernel keeps: " + context_->function[value].name);
  return load(*location, subscripts, type, guard);
}

Value Evaluation::guards(Value guard) {
  for (const ExprId id : compute_->guard)
    if (!settled_.contains(id.number)) guard = narrowed(guard, value(id, guard));
  return guard;
}

/// Each subscript is a number, or an index and a number, that the extents keep inside.
bool Evaluation::stays_inside(const Expr& read) const {
  const std::vector<Dim>& shape = context_->function.type_of(read.value).shape;
  for (size_t axis = 0; axis < shape.size(); ++axis) {
    const std::optional<Affine> form = graph::affine_of(context_->function.expressions, read.operands[axis]);
    if (!form || form->has_atoms() || form->indices.size() > 1) return false;
    Dim greatest = form->constant;
    for (const auto& [index, factor] : form->indices) {
      if (!factor.is_constant(1) || index >= compute_->domain.size()) return false;
      greatest = greatest + compute_->domain[index].extent - Dim(1);
    }
    const std::optional<int64_t> least = form->constant.constant();
    const std::optional<int64_t> room = (shape[axis] - Dim(1) - greatest).constant();
    if (!least || *least < 0 || !room || *room < 0) return false;
  }
  return true;
}

bool Evaluation::needs_guard(ExprId id) {
  if (const auto found = needs_guard_.find(id.number); found != needs_guard_.end()) return found->second;
  const Expr& node = expr(id);
  bool needs = node.kind == ExprKind::read && !registers_.contains(node.value) && !stays_inside(node);
  for (const ExprId operand : node.operands) needs = needs || needs_guard(operand);
  needs_guard_[id.number] = needs;
  return needs;
}

bool Evaluation::is_bound(ExprId id) {
  for (const uint32_t index : graph::indices_in(context_->function.expressions, id))
    if (!bindings_.contains(index)) return false;
  return true;
}

Value Evaluation::all_known(const std::vector<ExprId>& conditions) {
  Value all;
  for (const ExprId condition : conditions)
    if (is_bound(condition) && !needs_guard(condition)) all = builder().both(all, value(condition));
  return all;
}

void Evaluation::prepare(const std::vector<ExprId>& roots) {
  std::vector<ExprId> pending = roots;
  while (!pending.empty()) {
    const ExprId id = pending.back();
    pending.pop_back();
    const Expr& node = expr(id);
    if (node.kind != ExprKind::call && node.kind != ExprKind::read) continue;
    const bool subscript = node.type == ElementType::i64;
    if (!subscript && is_bound(id) && !needs_guard(id)) {
      value(id);
      continue;
    }
    if (node.kind == ExprKind::call)
      pending.insert(pending.end(), node.operands.begin(), node.operands.end());
  }
}

}  // namespace kiln::kernel
