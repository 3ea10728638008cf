#include <algorithm>

#include "base/internal_check.h"
#include "elaborate/elaborator.h"

/// Ragged tensors where they cross the C interface: the axes from the rows to the last ragged one are one
/// axis, on which the blocks of the rows lie one after the other, each row-major.
namespace kiln::elaborate {

using dim::Dim;
using graph::ExprId;
using graph::ValueId;

/// What the lengths of a shape are; nothing if no axis depends on another.
std::optional<Elaborator::PackedShape> Elaborator::packed_shape(const std::vector<Dim>& shape) {
  PackedShape packed;
  for (size_t axis = 0; axis < shape.size(); ++axis)
    for (const std::string& symbol : shape[axis].symbols())
      if (symbol.find('$') != std::string::npos) packed.axes = axis + 1;
  if (packed.axes == 0) return std::nullopt;
  for (size_t axis = 1; axis < packed.axes; ++axis) {
    const Dim extent = graph_dim(shape[axis]);
    const auto symbol = extent.bare_symbol();
    const auto element = symbol ? elements_->find(*symbol) : elements_->end();
    const bool is_length = element != elements_->end() && element->second.subscripts.size() == 1 &&
                           element->second.subscripts[0].bare_symbol() == "$" + std::to_string(axis);
    if (is_length) {
      const auto input = inputs_of_symbols_.find(element->second.family);
      if (input != inputs_of_symbols_.end()) {
        packed.families.push_back(element->second.family);
        continue;
      }
    } else if (!holds_data(extent)) {
      packed.factor = packed.factor * extent;
      continue;
    }
    limit(
        span_,
        "a ragged axis of an export has lengths that are an argument, one for each point of the first axis");
    return std::nullopt;
  }
  return packed;
}

std::vector<Dim> Elaborator::stored_shape(const std::vector<Dim>& shape) {
  const auto packed = packed_shape(shape);
  std::vector<Dim> stored;
  if (packed) {
    std::vector<uint32_t> inputs;
    std::vector<std::string> names;
    for (const std::string& family : packed->families) {
      inputs.push_back(inputs_of_symbols_.at(family).position);
      names.push_back(inputs_of_symbols_.at(family).name);
    }
    stored.push_back(derived(graph::DerivedDim::Kind::total, inputs, names) * packed->factor);
  }
  for (size_t axis = packed ? packed->axes : 0; axis < shape.size(); ++axis)
    stored.push_back(graph_dim(shape[axis]));
  return stored;
}

uint32_t Elaborator::table_of(const PackedShape& packed) {
  std::vector<std::string> names;
  std::vector<ValueId> lengths;
  for (const std::string& family : packed.families) {
    const InputSymbol& input = inputs_of_symbols_.at(family);
    names.push_back(input.name);
    lengths.push_back(regions_[0]->function.inputs[input.position]);
  }
  return table_of(lengths, names);
}

/// An input as a function of its axes.
LeafValue Elaborator::read_input(ValueId input, const sema::TensorType& type) {
  LeafValue leaf = shaped_leaf(type);
  const auto packed = packed_shape(type.shape);
  if (!packed) return read_whole(input, {}, leaf.variables, type.element);
  const uint32_t table = table_of(*packed);
  const auto variable = [&](size_t axis) { return expressions().index(leaf.variables[axis]); };
  const auto call = [&](ScalarFunction function, ExprId a, ExprId b) {
    return expressions().call(function, {a, b});
  };
  ExprId place = table_entry(tables_[table].offsets, variable(0));
  if (!packed->factor.is_constant(1))
    place = call(ScalarFunction::multiply, place, expressions().dim(packed->factor));
  ExprId in_row;
  for (size_t axis = 1; axis < packed->axes; ++axis) {
    in_row = in_row.valid()
                 ? call(ScalarFunction::add,
                        call(ScalarFunction::multiply, in_row, extent_at(leaf.variables[axis], {})),
                        variable(axis))
                 : variable(axis);
  }
  std::vector<ExprId> subscripts = {call(ScalarFunction::add, place, in_row)};
  for (size_t axis = packed->axes; axis < type.shape.size(); ++axis) subscripts.push_back(variable(axis));
  leaf.body = expressions().read(input, type.element, std::move(subscripts));
  return leaf;
}

/// A result, packed.
ValueId Elaborator::packed_output(const LeafValue& leaf, const PackedShape& packed, const std::string& name) {
  const Storage storage = storage_of(leaf.variables, false);
  const bool is_stored_so = packed.axes == 2 && storage.size() + 1 == leaf.variables.size() &&
                            storage[0].packed.has_value() && storage[0].packed == leaf.variables[1];
  if (is_stored_so) return whole(leaf, {}, name, {});
  const uint32_t table = table_of(packed);
  const auto call = [&](ScalarFunction function, ExprId a, ExprId b) {
    return expressions().call(function, {a, b});
  };
  graph::Compute compute;
  std::vector<Dim> shape = {tables_[table].total * packed.factor};
  compute.domain.push_back({shape[0], "p"});
  compute.write.push_back(expressions().index(0));
  const ExprId factor = expressions().dim(packed.factor);
  const ExprId row =
      table_entry(tables_[table].rows, call(ScalarFunction::quotient, expressions().index(0), factor));
  ExprId in_row = call(ScalarFunction::subtract, expressions().index(0),
                       call(ScalarFunction::multiply, table_entry(tables_[table].offsets, row), factor));
  std::map<uint32_t, ExprId> values = {{leaf.variables[0], row}};
  std::vector<ExprId> points(packed.axes);
  for (size_t axis = packed.axes; axis-- > 1;) {
    const ExprId extent = extent_at(leaf.variables[axis], values);
    points[axis] = axis == 1 ? in_row : call(ScalarFunction::remainder, in_row, extent);
    if (axis > 1) in_row = call(ScalarFunction::quotient, in_row, extent);
  }
  for (size_t axis = 1; axis < packed.axes; ++axis) values.emplace(leaf.variables[axis], points[axis]);
  for (size_t axis = packed.axes; axis < leaf.variables.size(); ++axis) {
    const ExprId index = expressions().index(static_cast<uint32_t>(compute.domain.size()));
    values.emplace(leaf.variables[axis], index);
    compute.write.push_back(index);
    compute.domain.push_back({leaf.shape[axis], ""});
    shape.push_back(leaf.shape[axis]);
  }
  compute.body = substitute(expressions().convert(at(leaf, variables_of(leaf)), leaf.element), values);
  return builder().compute(std::move(compute), std::move(shape), name);
}

/// Inputs first: a tensor may stand before its lengths.
std::vector<Leaves> Elaborator::add_inputs(const sema::TypedFunction& function) {
  uint32_t position = 0;
  for (const sema::TypedParameter& parameter : function.parameters) {
    const sema::SlotInfo& info = function.slots[parameter.slot];
    const bool may_be_extent =
        !info.symbol.empty() && info.type.is_tensor && info.type.leaves[0].type.element == ElementType::i32;
    if (may_be_extent) inputs_of_symbols_.emplace(info.symbol, InputSymbol{position, info.name});
    position += static_cast<uint32_t>(info.type.leaves.size());
  }
  // The symbols of integers stand for themselves until they have a value.
  for (const auto& [symbol, input] : inputs_of_symbols_) symbols_.emplace(symbol, LeafValue{});
  std::vector<std::vector<ValueId>> inputs;
  for (const sema::TypedParameter& parameter : function.parameters) {
    const sema::SlotInfo& info = function.slots[parameter.slot];
    inputs.emplace_back();
    for (const sema::Leaf& leaf : info.type.leaves) {
      const std::string path = leaf.path.empty() ? info.name : info.name + "." + leaf.path;
      inputs.back().push_back(builder().input(path, {leaf.type.element, stored_shape(leaf.type.shape)}));
    }
  }
  std::vector<Leaves> values(inputs.size());
  for (const bool is_integer : {true, false}) {  // lengths first
    for (size_t i = 0; i < inputs.size(); ++i) {
      const sema::SlotInfo& info = function.slots[function.parameters[i].slot];
      if (inputs_of_symbols_.count(info.symbol) != (is_integer ? 1 : 0)) continue;
      for (size_t leaf = 0; leaf < inputs[i].size(); ++leaf)
        values[i].push_back(read_input(inputs[i][leaf], info.type.leaves[leaf].type));
      name_symbol(info, values[i]);
    }
  }
  return values;
}

}  // namespace kiln::elaborate
