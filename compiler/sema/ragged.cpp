#include "sema/ragged.h"

#include <fmt/format.h>

#include "sema/proofs.h"
#include "sema/trees.h"

namespace kiln::sema {

dim::Dim element_symbol(Session& session, const std::string& family,
                        const std::vector<dim::Dim>& subscripts) {
  std::string name = family + "[";
  for (const dim::Dim& subscript : subscripts)
    name += (name.back() == '[' ? "" : ", ") + subscript.to_string();
  name += "]";
  session.elements.try_emplace(name, ElementSymbol{family, subscripts});
  return dim::Dim::symbol(name);
}

dim::Dim axis_reference(size_t distance) { return dim::Dim::symbol(fmt::format("${}", distance)); }

bool has_axis_reference(const dim::Dim& extent) {
  for (const std::string& symbol : extent.symbols()) {
    if (symbol.find('$') != std::string::npos) return true;
  }
  return false;
}

bool is_data(const dim::Dim& value) {
  for (const std::string& symbol : value.symbols()) {
    if (symbol.find('#') != std::string::npos) return true;
  }
  return false;
}

dim::Dim replaced(Session& session, const dim::Dim& value, const std::map<std::string, dim::Dim>& values) {
  std::map<std::string, dim::Dim> changes;
  for (const std::string& symbol : value.symbols()) {
    if (const auto found = values.find(symbol); found != values.end()) {
      changes.insert(*found);
      continue;
    }
    const auto element = session.elements.find(symbol);
    if (element == session.elements.end()) continue;
    const ElementSymbol former = element->second;  // a copy: elements are added
    std::vector<dim::Dim> subscripts;
    bool changed = false;
    for (const dim::Dim& subscript : former.subscripts) {
      subscripts.push_back(replaced(session, subscript, values));
      changed = changed || !(subscripts.back() == subscript);
    }
    if (changed) changes.emplace(symbol, element_symbol(session, former.family, subscripts));
  }
  return changes.empty() ? value : value.substitute(changes);
}

std::set<std::string> symbols_within(const Session& session, const dim::Dim& value) {
  std::set<std::string> result;
  for (const std::string& symbol : value.symbols()) {
    result.insert(symbol);
    const auto element = session.elements.find(symbol);
    if (element == session.elements.end()) continue;
    for (const dim::Dim& subscript : element->second.subscripts) {
      result.merge(symbols_within(session, subscript));
    }
  }
  return result;
}

bool is_known_extent(const Session& session, const dim::Dim& extent) {
  for (const std::string& symbol : symbols_within(session, extent)) {
    if (symbol.find('#') == std::string::npos) continue;
    if (session.elements.count(symbol) == 0 && session.data_symbols.count(symbol) == 0) return false;
  }
  return true;
}

Axis resolved_axis(Session& session, const Axis& axis, const std::vector<OpenAxis>& before, size_t place) {
  if (!axis.is_ragged) return axis;
  std::map<std::string, dim::Dim> values;
  for (size_t distance = 1; distance <= before.size(); ++distance) {
    const OpenAxis& other = before[before.size() - distance];
    values.emplace(fmt::format("${}", distance),
                   other.point ? *other.point : axis_reference(place - other.place) + other.low);
  }
  Axis result = axis;
  result.extent = replaced(session, axis.extent, values);
  result.is_ragged = has_axis_reference(result.extent);
  return result;
}

std::vector<IndexId> open_axes(Body& body, const Shape& shape, Span span) {
  std::vector<IndexId> indices;
  std::vector<OpenAxis> before;
  for (const Axis& axis : shape) {
    OpenAxis open;
    if (!axis.is_pack()) {
      const auto id = static_cast<IndexId>(body.indices.size());
      Index index;
      index.name = fmt::format("i{}", indices.size());
      index.symbol = fmt::format("{}#{}", index.name, body.next_symbol++);
      index.span = span;
      body.session.data_symbols.insert(index.symbol);
      index.low = dim::Dim(0);
      index.extent = resolved_axis(body.session, axis, before, before.size()).extent;
      index.has_range = true;
      open.point = dim::Dim::symbol(index.symbol);
      body.indices.push_back(std::move(index));
      indices.push_back(id);
    }
    before.push_back(std::move(open));
  }
  return indices;
}

TypedBinder binder_of(const Body& body, IndexId id) {
  const Index& index = body.indices[id];
  TypedBinder binder{id, index.name, nullptr, index.extent.value_or(dim::Dim(0)), index.symbol};
  if (index.low && !index.low->is_constant(0)) binder.low = dim_value(index.span, *index.low);
  return binder;
}

Shape closed_shape(Session& session, Shape shape, const std::vector<ClosedIndex>& indices) {
  for (size_t axis = 0; axis < shape.size(); ++axis) {
    if (shape[axis].is_pack() || !is_data(shape[axis].extent)) continue;
    std::map<std::string, dim::Dim> values;
    for (const ClosedIndex& index : indices) {
      if (index.place < axis) values.emplace(index.symbol, axis_reference(axis - index.place) + index.low);
    }
    shape[axis].extent = replaced(session, shape[axis].extent, values);
    shape[axis].is_ragged = has_axis_reference(shape[axis].extent);
  }
  return shape;
}

void assume_extent(Body& body, const dim::Dim& extent) {
  if (!is_data(extent)) return;
  for (const std::string& symbol : extent.symbols()) {
    const bool is_element = body.session.elements.count(symbol) != 0;
    const bool is_length = is_element || extent.bare_symbol().has_value();
    if (is_length && symbol.find('#') != std::string::npos)
      body.facts.add(dim::Condition::less_equal(0, dim::Dim::symbol(symbol)));
  }
}

void take_bounds(Body& body, const dim::Condition& condition) {
  if (condition.kind == dim::Condition::Kind::both) {
    for (const dim::Condition& part : condition.operands) take_bounds(body, part);
    return;
  }
  const bool bounds = condition.kind == dim::Condition::Kind::at_least_zero ||
                      condition.kind == dim::Condition::Kind::equal_zero;
  if (!bounds) return;
  for (const std::string& name : condition.value.symbols()) {
    if (name.find('#') == std::string::npos) continue;
    // bound - n >= 0
    const dim::Dim symbol = dim::Dim::symbol(name);
    const dim::Dim bound = condition.value + symbol;
    if (!is_data(bound)) body.session.bounds.emplace(name, bound);
  }
}

namespace {

TypedExprPtr both(Span span, ScalarFunction function, const std::vector<dim::Condition>& parts) {
  TypedExprPtr result;
  for (const dim::Condition& part : parts) {
    TypedExprPtr tree = condition_tree(span, part);
    result = result ? apply(span, function, std::move(result), std::move(tree)) : std::move(tree);
  }
  return result;
}

}  // namespace

TypedExprPtr condition_tree(Span span, const dim::Condition& condition) {
  const auto compare = [&](ScalarFunction function) {
    return apply(span, function, integer_literal(span, 0), dim_value(span, condition.value));
  };
  switch (condition.kind) {
    case dim::Condition::Kind::at_least_zero: return compare(ScalarFunction::less_equal);
    case dim::Condition::Kind::equal_zero: return compare(ScalarFunction::equal);
    case dim::Condition::Kind::not_equal_zero: return compare(ScalarFunction::not_equal);
    case dim::Condition::Kind::both: return both(span, ScalarFunction::logical_and, condition.operands);
    case dim::Condition::Kind::either: return both(span, ScalarFunction::logical_or, condition.operands);
  }
  return nullptr;
}

}  // namespace kiln::sema
