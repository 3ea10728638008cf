#include <algorithm>
#include <set>

#include "base/internal_check.h"
#include "elaborate/elaborator.h"

namespace kiln::elaborate {

using graph::ExprId;
using graph::ExprKind;
using graph::ValueId;

namespace {

/// Something that costs nothing to repeat: a literal, an index, an element of a value at subscripts without
/// reads.
bool is_view(const graph::Expressions& pool, ExprId body) {
  const graph::Expr& expr = pool[body];
  if (expr.kind != ExprKind::read) return expr.kind != ExprKind::call;
  return std::all_of(expr.operands.begin(), expr.operands.end(), [&](ExprId subscript) {
    return pool[subscript].kind == ExprKind::index || graph::values_in(pool, subscript).empty();
  });
}

}  // namespace

std::vector<ExprId> Elaborator::active_guards() {
  std::vector<ExprId> guards;
  for (const LeafValue& guard : guards_) {
    const ExprId condition = at(guard, {});
    if (std::find(guards.begin(), guards.end(), condition) == guards.end()) guards.push_back(condition);
  }
  return guards;
}

/// The variables that the expressions use, but for `own`, from the outermost to the innermost comprehension.
Elaborator::Variables Elaborator::free_variables(const std::vector<ExprId>& bodies, const Variables& own) {
  std::set<uint32_t> used;
  std::vector<uint32_t> pending;
  const auto use = [&](ExprId body) {
    for (uint32_t index : graph::indices_in(expressions(), body))
      if (used.insert(index).second) pending.push_back(index);
  };
  for (ExprId body : bodies) use(body);
  for (uint32_t variable : own)
    if (used.insert(variable).second) pending.push_back(variable);
  while (!pending.empty()) {  // where an axis ends may depend on other indices
    const std::optional<LeafValue> limit = variables_[pending.back()].limit;
    pending.pop_back();
    if (limit) use(at(*limit, {}));
  }
  for (uint32_t variable : own) used.erase(variable);
  return Variables(used.begin(), used.end());
}

/// A new node. Guards at work around the place belong to it: what they exclude is never read, so that a read
/// that only they keep inside its tensor stays safe when the body is computed for all points ahead of its
/// use.
Elaborator::Made Elaborator::make(const ComputeParts& parts) {
  std::vector<ExprId> guard = active_guards();
  guard.insert(guard.end(), parts.guard.begin(), parts.guard.end());

  std::vector<ExprId> bodies = guard;
  bodies.push_back(parts.body);
  Variables own = parts.written;
  own.insert(own.end(), parts.reduced.begin(), parts.reduced.end());
  Variables around = free_variables(bodies, own);
  for (uint32_t variable : parts.required)
    if (std::find(around.begin(), around.end(), variable) == around.end()) around.push_back(variable);
  std::sort(around.begin(), around.end());
  if (!parts.required.empty()) {
    internal_check(around == parts.required, "elaborate: a value depends on an index from outside");
  }

  // A row and the place in it that are both reduced are one index over all places. Where only the place is,
  // the rows stay apart, and so do those of other ragged axes.
  const bool reports = parts.reducer == graph::Reducer::argmax || parts.reducer == graph::Reducer::argmin;
  const auto is_reduced = [&](uint32_t variable) {
    return std::find(parts.reduced.begin(), parts.reduced.end(), variable) != parts.reduced.end();
  };
  std::map<uint32_t, uint32_t> packed_rows;  // the reduced row of a reduced ragged index
  bool is_padded = false;
  for (uint32_t variable : parts.reduced) {
    const IndexVariable& info = variables_[variable];
    if (!info.limit) continue;
    const bool packs =
        !reports && info.rows && is_reduced(info.rows->row) && !packed_rows.count(info.rows->row);
    if (packs)
      packed_rows.emplace(info.rows->row, variable);
    else
      is_padded = true;
  }
  Variables kept = around;
  kept.insert(kept.end(), parts.written.begin(), parts.written.end());
  const Storage storage = storage_of(kept, is_padded);

  graph::Compute compute;
  std::map<uint32_t, ExprId> numbers;
  Variables open;  // ragged and not packed: bounded by a guard
  const auto add = [&](uint32_t variable, std::optional<uint32_t> packed) {
    const ExprId place = expressions().index(static_cast<uint32_t>(compute.domain.size()));
    if (!packed) {
      if (variables_[variable].limit) open.push_back(variable);
      numbers.emplace(variable, place);
      compute.domain.push_back({variables_[variable].extent, variables_[variable].name});
      return place;
    }
    const uint32_t table = variables_[*packed].rows->table;
    const auto [row, position] = point_at(table, place);
    numbers.emplace(variable, row);
    numbers.emplace(*packed, position);
    compute.domain.push_back({tables_[table].total, variables_[*packed].name});
    return place;
  };
  for (const StorageAxis& axis : storage) compute.write.push_back(add(axis.variable, axis.packed));
  compute.reported = static_cast<uint32_t>(compute.domain.size()) + parts.reported;
  for (uint32_t variable : parts.reduced) {
    const auto packed = packed_rows.find(variable);
    const bool is_place = std::any_of(packed_rows.begin(), packed_rows.end(),
                                      [&](const auto& pair) { return pair.second == variable; });
    if (is_place) continue;
    add(variable, packed == packed_rows.end() ? std::nullopt : std::optional(packed->second));
  }
  for (uint32_t variable : open) compute.guard.push_back(substitute(within_limit(variable), numbers));
  for (ExprId condition : guard) compute.guard.push_back(substitute(condition, numbers));
  compute.body = substitute(parts.body, numbers);
  compute.reducer = parts.reducer;
  if (!reports) compute.reported = 0;
  return {builder().compute(std::move(compute), shape_of(storage), parts.name, parts.span), storage};
}

LeafValue Elaborator::bind(const LeafValue& leaf, const std::string& name, Span span) {
  ComputeParts parts;
  parts.body = expressions().convert(at(leaf, variables_of(leaf)), leaf.element);
  if (is_view(expressions(), parts.body)) {
    LeafValue view = leaf;
    view.region = depth();
    view.body = parts.body;
    return view;
  }
  parts.written = leaf.variables;
  parts.name = name;
  parts.span = span;
  const Made made = make(parts);
  return read_stored(made.value, made.storage, leaf.variables, leaf.element);
}

/// Whether binding the leaf would give the leaf: most of a model's are views of inputs.
bool Elaborator::is_bound(const LeafValue& leaf) {
  return leaf.region == depth() && expressions()[leaf.body].type == leaf.element &&
         is_view(expressions(), leaf.body);
}

Leaves Elaborator::bind(Leaves leaves, const std::string& name, const sema::ValueType& type, Span span) {
  if (leaves.size() != type.leaves.size())
    internal_error("elaborate: a value with a wrong number of leaves for " + name);
  for (size_t i = 0; i < leaves.size(); ++i) {
    if (is_bound(leaves[i])) continue;
    const std::string& path = type.leaves[i].path;
    leaves[i] = bind(leaves[i], path.empty() ? name : name + "." + path, span);
  }
  return leaves;
}

ValueId Elaborator::whole(const LeafValue& leaf, const Variables& around, const std::string& name,
                          Span span) {
  ComputeParts parts;
  parts.body = expressions().convert(at(leaf, variables_of(leaf)), leaf.element);
  const graph::Expr& expr = expressions()[parts.body];
  if (expr.kind == ExprKind::read) {
    const ValueId read = expr.value;
    const std::vector<ExprId> operands = expr.operands;
    Variables all = around;
    all.insert(all.end(), leaf.variables.begin(), leaf.variables.end());
    const Storage storage = storage_of(all, false);
    if (operands == places_in(storage, {}) &&
        regions_.back()->function.type_of(read).shape == shape_of(storage))
      return read;
  }
  parts.written = leaf.variables;
  parts.required = around;
  parts.name = name;
  parts.span = span;
  return make(parts).value;
}

namespace {

graph::Reducer extreme(bool greatest) { return greatest ? graph::Reducer::maximum : graph::Reducer::minimum; }

}  // namespace

/// What a check computes of `body`, over all points around that the guards let through. Where the body and
/// the guards are the same for all points of an index around, it is enough that there is one.
Elaborator::ComputeParts Elaborator::over_points_around(ExprId body, Span span) {
  ComputeParts parts;
  parts.body = body;
  parts.span = span;
  std::vector<ExprId> bodies = active_guards();
  bodies.push_back(body);
  for (const uint32_t variable : context_)  // that there is a point depends on the row
    if (variables_[variable].limit) bodies.push_back(expressions().index(variable));
  parts.reduced = free_variables(bodies, {});
  for (const uint32_t variable : context_) {
    const dim::Dim& extent = variables_[variable].extent;
    if (std::find(parts.reduced.begin(), parts.reduced.end(), variable) != parts.reduced.end()) continue;
    if (const auto points = extent.constant(); points && *points > 0) continue;
    parts.guard.push_back(
        expressions().call(ScalarFunction::less, {expressions().integer(0), expressions().dim(extent)}));
  }
  return parts;
}

/// A Check that 0 <= subscript < extent for all points around that the guards let through.
void Elaborator::check_inside(ExprId subscript, const dim::Dim& extent, const std::string& tensor,
                              uint32_t axis, Span span) {
  graph::Check check;
  for (const bool greatest : {false, true}) {
    ComputeParts parts = over_points_around(subscript, span);
    const bool is_read_once = parts.reduced.empty() && parts.guard.empty() && guards_.empty();
    parts.reducer = is_read_once ? graph::Reducer::assign : extreme(greatest);
    parts.name = greatest ? "greatest_index" : "least_index";
    (greatest ? check.greatest : check.subject) = make(parts).value;
  }
  check.kind = graph::Check::Kind::index;
  check.extent = extent;
  check.tensor = tensor;
  check.axis = axis;
  check.place = place_in_library(files_, span);
  builder().check(std::move(check), span);
}

/// The same where the axis is that of a variable, at these values of the indices around, or a slice of it.
void Elaborator::check_place(ExprId subscript, const sema::TypedSubscript& item, uint32_t variable,
                             const std::map<uint32_t, ExprId>& values, const std::string& tensor,
                             uint32_t axis) {
  const dim::Dim extent = item.is_slice ? graph_dim(item.extent) : dim::Dim(1);
  const dim::Dim room = variables_[variable].extent - extent + 1;
  if (!variables_[variable].limit) return check_inside(subscript, room, tensor, axis, item.span);
  const auto not_above = [&](ExprId a, ExprId b) {
    return expressions().call(ScalarFunction::less_equal, {a, b});
  };
  const ExprId end = expressions().call(ScalarFunction::add, {subscript, data_of(extent, {})});
  const ExprId inside = expressions().call(
      ScalarFunction::logical_and,
      {not_above(expressions().integer(0), subscript), not_above(end, extent_at(variable, values))});
  check_holds(inside, graph::Check::Kind::assertion,
              "a subscript of `" + tensor + "` leaves its ragged axis " + std::to_string(axis), item.span);
}

/// A Check that the condition holds for all points around that the guards let through.
void Elaborator::check_holds(ExprId condition, graph::Check::Kind kind, const std::string& message,
                             Span span) {
  ComputeParts parts = over_points_around(condition, span);
  parts.reducer = graph::Reducer::all;
  parts.name = "holds";
  graph::Check check;
  check.kind = kind;
  check.subject = make(parts).value;
  check.message = message;
  check.place = place_in_library(files_, span);
  builder().check(std::move(check), span);
}

void Elaborator::check_divisor(ExprId divisor, Span span) {
  const ExprId zero = expressions().integer(0, expressions()[divisor].type);
  check_holds(expressions().call(ScalarFunction::not_equal, {divisor, zero}), graph::Check::Kind::divisor,
              "division by zero", span);
}

}  // namespace kiln::elaborate
