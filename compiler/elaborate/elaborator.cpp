#include "elaborate/elaborator.h"

#include "base/internal_check.h"
#include "graph/import_expression.h"
#include "source/diagnostic_table.h"

namespace kiln::elaborate {

using graph::ExprId;
using graph::ExprKind;
using graph::ValueId;

Elaborator::Elaborator(const SourceFiles& files, Diagnostics& diagnostics, std::string name,
                       std::vector<std::string> dims, std::vector<dim::Condition> facts,
                       const sema::TypedProgram& program)
    : files_(files), diagnostics_(diagnostics), elements_(&program.elements), bounds_(&program.bounds) {
  regions_.push_back(std::make_unique<Region>());
  graph::Function& function = regions_.back()->function;
  function.name = std::move(name);
  function.dims = std::move(dims);
  function.facts = std::move(facts);
}

Leaves Elaborator::add_input(const std::string& name, const sema::ValueType& type) {
  Leaves leaves;
  for (const sema::Leaf& leaf : type.leaves) {
    const std::string path = leaf.path.empty() ? name : name + "." + leaf.path;
    const ValueId input = builder().input(path, {leaf.type.element, stored_shape(leaf.type.shape)});
    leaves.push_back(read_input(input, leaf.type));
  }
  return leaves;
}

void Elaborator::add_output(const LeafValue& leaf, const std::string& name,
                            const std::vector<dim::Dim>& shape) {
  const auto packed = packed_shape(shape);
  builder().output(packed ? packed_output(leaf, *packed, name) : whole(leaf, {}, name, {}), name);
}

/// What extents call the value of a slot. A parameter has the symbol of its argument: where that is an input
/// of the function, it stays known as one, also within a differentiated block.
void Elaborator::name_symbol(const sema::SlotInfo& info, const Leaves& leaves) {
  if (info.symbol.empty() || leaves.size() != 1) return;
  const auto known = symbols_.find(info.symbol);
  if (known != symbols_.end() && known->second.body.valid() && root_of(known->second)) return;
  symbols_.insert_or_assign(info.symbol, leaves[0]);
}

graph::Function Elaborator::finish() {
  internal_check(depth() == 0 && context_.empty() && guards_.empty(), "elaborate: a scope was left open");
  return std::move(regions_.back()->function);
}

/// The input of `region` that stands for a value of the region around it.
ValueId Elaborator::capture(uint32_t region, ValueId outer) {
  Region& inner = *regions_[region];
  if (auto found = inner.captured.find(outer); found != inner.captured.end()) return found->second;
  const graph::Value& value = regions_[region - 1]->function[outer];
  const ValueId input = graph::Builder(inner.function).input(value.name, value.type);
  inner.function.values[input.number].range = value.range;
  inner.captured.emplace(outer, input);
  inner.operands.push_back(outer);
  return input;
}

ExprId Elaborator::import(uint32_t region, ExprId body) {
  internal_check(region <= depth(), "elaborate: a value of a differentiated block is used outside of it");
  for (uint32_t inner = region + 1; inner <= depth(); ++inner) {
    graph::ImportRules rules;
    rules.value = [&](ValueId value) { return capture(inner, value); };
    body = graph::ExpressionImporter(regions_[inner - 1]->function.expressions,
                                     regions_[inner]->function.expressions, std::move(rules))
               .import(body);
  }
  return body;
}

ExprId Elaborator::substitute(ExprId body, const std::map<uint32_t, ExprId>& values) {
  if (values.empty()) return body;
  graph::ImportRules rules;
  rules.index = [&](uint32_t index) {
    auto found = values.find(index);
    return found == values.end() ? expressions().index(index) : found->second;
  };
  return graph::ExpressionImporter(expressions(), expressions(), std::move(rules)).import(body);
}

ExprId Elaborator::at(const LeafValue& leaf, const std::vector<ExprId>& subscripts) {
  internal_check(subscripts.size() == leaf.variables.size(),
                 "elaborate: a value read with a wrong number of subscripts");
  const ExprId body = import(leaf.region, leaf.body);
  std::map<uint32_t, ExprId> values;
  for (size_t axis = 0; axis < subscripts.size(); ++axis)
    if (subscripts[axis] != expressions().index(leaf.variables[axis]))
      values.emplace(leaf.variables[axis], subscripts[axis]);
  return substitute(body, values);
}

ExprId Elaborator::wide_at(const LeafValue& leaf, const std::vector<ExprId>& subscripts) {
  const ExprId element = at(leaf, subscripts);
  const bool narrow = leaf.element == ElementType::f16 || leaf.element == ElementType::bf16;
  return narrow ? expressions().convert(element, ElementType::f32) : element;
}

LeafValue Elaborator::scalar_leaf(ExprId body, ElementType element) {
  LeafValue leaf;
  leaf.region = depth();
  leaf.element = element;
  leaf.body = body;
  return leaf;
}

LeafValue Elaborator::shaped_leaf(const sema::TensorType& type) {
  LeafValue leaf;
  leaf.region = depth();
  leaf.element = type.element;
  leaf.variables = new_variables(type.shape);
  leaf.shape = extents_of(leaf.variables);
  return leaf;
}

LeafValue Elaborator::leaf_like(const LeafValue& leaf) {
  LeafValue result;
  result.region = depth();
  result.element = leaf.element;
  result.variables = fresh_like(leaf.variables);
  result.shape = extents_of(result.variables);
  return result;
}

Leaves Elaborator::zeros(const sema::ValueType& type) {
  Leaves leaves;
  for (const sema::Leaf& leaf : type.leaves) {
    LeafValue made = shaped_leaf(leaf.type);
    made.body = expressions().convert(expressions().integer(0), leaf.type.element);
    leaves.push_back(std::move(made));
  }
  return leaves;
}

std::vector<ExprId> Elaborator::variables_of(const LeafValue& leaf) {
  std::vector<ExprId> subscripts;
  for (uint32_t variable : leaf.variables) subscripts.push_back(expressions().index(variable));
  return subscripts;
}

LeafValue Elaborator::read_stored(ValueId value, const Storage& storage, const Variables& own,
                                  ElementType element) {
  LeafValue leaf;
  leaf.region = depth();
  leaf.element = element;
  leaf.variables = fresh_like(own);
  leaf.shape = extents_of(leaf.variables);
  std::map<uint32_t, ExprId> values;
  for (size_t i = 0; i < own.size(); ++i) values.emplace(own[i], expressions().index(leaf.variables[i]));
  leaf.body = expressions().read(value, element, places_in(storage, values));
  return leaf;
}

LeafValue Elaborator::read_whole(ValueId value, const Variables& around, const Variables& own,
                                 ElementType element) {
  Variables all = around;
  all.insert(all.end(), own.begin(), own.end());
  return read_stored(value, storage_of(all, false), own, element);
}

void Elaborator::limit(Span span, const std::string& message) {
  diagnostics_.add(diagnostics::not_yet_supported, span, message);
}

bool Elaborator::is_too_large(Span span) {
  constexpr size_t most_calls = 100'000;
  if (++inlined_calls_ == most_calls)
    limit(span, "a function that takes in more than 100000 calls of others is not compiled yet");
  return inlined_calls_ >= most_calls;
}

}  // namespace kiln::elaborate
