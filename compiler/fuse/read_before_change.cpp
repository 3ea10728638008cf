#include "fuse/read_before_change.h"

#include <algorithm>

#include "fuse/changed_points.h"
#include "fuse/insert_nodes.h"
#include "fuse/shape.h"

namespace kiln::fuse {

using namespace graph;

namespace {

bool reads(const Function& function, ExprId root, ValueId value) {
  const std::vector<ValueId> values = values_in(function.expressions, root);
  return std::find(values.begin(), values.end(), value) != values.end();
}

/// Whether a new value may take its memory at all: it is made here, or an output replaces it.
bool may_change(const Function& function, const Bindings& bindings, ValueId value) {
  for (size_t i = 0; i < function.inputs.size(); ++i)
    if (function.inputs[i] == value)
      return std::find(bindings.outputs.begin(), bindings.outputs.end(), bindings.inputs[i]) !=
             bindings.outputs.end();
  return compute_of(function, value) != nullptr;
}

/// The body of the scatter as a value of its own, of one axis for each index; the scatter reads it.
Node take_out_body(Function& function, Compute& scatter, const Node& node) {
  Expressions& expressions = function.expressions;
  Compute compute = scatter;
  compute.reducer = Reducer::assign;
  compute.write.clear();
  Type type{expressions[scatter.body].type, {}};
  for (const Index& index : scatter.domain) {
    compute.write.push_back(expressions.index(static_cast<uint32_t>(type.shape.size())));
    type.shape.push_back(index.extent);
  }
  const ValueId made = add_value(function, type, "read");
  scatter.body = expressions.read(made, type.element, compute.write);
  return {std::move(compute), {made}, node.span};
}

}  // namespace

void read_before_change(Function& function, const Bindings& bindings) {
  NodesBefore inserted;
  for (const Node& node : function.nodes) {
    if (!std::holds_alternative<Compute>(node.op)) continue;
    const auto changed = match_changed_points(function, node.results[0]);
    if (!changed || !may_change(function, bindings, changed->old)) continue;
    const uint32_t position = function[changed->points].node;
    Node& points = function.nodes[position];
    auto& scatter = std::get<Compute>(points.op);
    if (!reads(function, scatter.body, changed->old)) continue;
    inserted[position].push_back(take_out_body(function, scatter, points));
  }
  insert_nodes(function, std::move(inserted));
}

}  // namespace kiln::fuse
