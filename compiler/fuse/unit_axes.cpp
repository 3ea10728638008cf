#include "fuse/unit_axes.h"

#include <algorithm>
#include <map>
#include <set>

#include "fuse/rewrite_reads.h"
#include "fuse/shape.h"
#include "fuse/split_writes.h"
#include "graph/affine.h"
#include "graph/import_expression.h"
#include "graph/walk.h"

namespace kiln::fuse {

using namespace graph;

namespace {

/// Values that computes make and that only computes read.
std::set<ValueId> free_values(const Function& function) {
  std::set<ValueId> values;
  for (const Node& node : function.nodes)
    if (std::holds_alternative<Compute>(node.op)) values.insert(node.results[0]);
  for (const Node& node : function.nodes)
    if (!std::holds_alternative<Compute>(node.op))
      for (const ValueId operand : operands_of(function, node)) values.erase(operand);
  return values;
}

/// Among the outputs, those that take the memory of an input.
std::set<ValueId> replacing_outputs(const Function& function, const Bindings& bindings) {
  std::set<ValueId> values;
  for (size_t i = 0; i < function.outputs.size(); ++i)
    if (std::find(bindings.inputs.begin(), bindings.inputs.end(), bindings.outputs[i]) !=
        bindings.inputs.end())
      values.insert(function.outputs[i]);
  return values;
}

bool is_bare(const Expressions& expressions, ExprId id, uint32_t index) {
  return expressions[id].kind == ExprKind::index && expressions[id].index == index;
}

class UnitAxes {
 public:
  UnitAxes(Function& function, const Bindings& bindings) : function_(function), free_(free_values(function)) {
    for (const ValueId value : replacing_outputs(function, bindings)) free_.erase(value);
  }

  void run() {
    for (Node& node : function_.nodes)
      if (auto* compute = std::get_if<Compute>(&node.op)) drop(*compute, node.results[0]);
    if (dropped_.empty()) return;
    rewrite_reads(function_, [&](ValueId value, const std::vector<ExprId>& subscripts) {
      return read(value, subscripts);
    });
  }

 private:
  Expressions& expressions() { return function_.expressions; }

  void drop(Compute& compute, ValueId value) {
    if (is_ordered(compute)) return;
    std::vector<dim::Dim>& shape = function_.values[value.number].type.shape;
    const bool is_free = free_.contains(value);
    std::set<uint32_t> units;  // written indices of one point that no axis needs
    std::vector<bool> axes(shape.size(), false);
    for (uint32_t axis = 0; axis < shape.size(); ++axis) {
      const bool unit = shape[axis].is_constant(1);
      for (const uint32_t index : indices_in(expressions(), compute.write[axis])) {
        if (!compute.domain[index].extent.is_constant(1)) continue;
        if (unit && is_bare(expressions(), compute.write[axis], index)) axes[axis] = is_free;
        if (!unit || axes[axis]) units.insert(index);
      }
    }
    for (uint32_t axis = 0; axis < shape.size(); ++axis)  // an axis that stays keeps its index
      if (!axes[axis] && shape[axis].is_constant(1))
        for (const uint32_t index : indices_in(expressions(), compute.write[axis])) units.erase(index);
    for (uint32_t axis = 0; axis < shape.size(); ++axis)
      if (axes[axis] && !units.contains(expressions()[compute.write[axis]].index)) axes[axis] = false;
    if (units.empty()) return;
    remove_indices(compute, units);
    std::vector<ExprId> write;
    std::vector<dim::Dim> left;
    for (uint32_t axis = 0; axis < shape.size(); ++axis) {
      if (axes[axis]) continue;
      write.push_back(compute.write[axis]);
      left.push_back(shape[axis]);
    }
    compute.write = std::move(write);
    order_domain(expressions(), compute);
    dropped_.emplace(value, axes);
    shape = std::move(left);
  }

  void remove_indices(Compute& compute, const std::set<uint32_t>& units) {
    std::vector<ExprId> places;
    std::vector<Index> domain;
    uint32_t reported = compute.reported;
    for (uint32_t index = 0; index < compute.domain.size(); ++index) {
      if (units.contains(index)) {
        places.push_back(expressions().dim(0));
        if (index < compute.reported) --reported;
        continue;
      }
      places.push_back(expressions().index(static_cast<uint32_t>(domain.size())));
      domain.push_back(compute.domain[index]);
    }
    compute.reported = reported;
    compute.domain = std::move(domain);
    for (ExprId& write : compute.write) write = plain(substitute_indices(expressions(), write, places));
    for (ExprId& guard : compute.guard) guard = substitute_indices(expressions(), guard, places);
    compute.body = substitute_indices(expressions(), compute.body, places);
  }

  /// Without products with 0.
  ExprId plain(ExprId subscript) {
    const std::optional<Affine> form = affine_of(expressions(), subscript);
    return form && !form->has_atoms() ? build(expressions(), *form) : subscript;
  }

  /// Also reads of other values: an index of one point may have stood in their subscripts.
  ExprId read(ValueId value, const std::vector<ExprId>& subscripts) {
    const auto found = dropped_.find(value);
    std::vector<ExprId> left;
    for (size_t axis = 0; axis < subscripts.size(); ++axis)
      if (found == dropped_.end() || !found->second[axis]) left.push_back(plain(subscripts[axis]));
    return expressions().read(value, function_.type_of(value).element, left);
  }

  Function& function_;
  std::set<ValueId> free_;
  std::map<ValueId, std::vector<bool>> dropped_;  // for each axis: whether it is gone
};

class AxisOrder {
 public:
  explicit AxisOrder(Function& function) : function_(function), free_(free_values(function)) {
    for (const ValueId output : function.outputs) free_.erase(output);
  }

  void run() {
    std::map<ValueId, std::vector<uint32_t>> readers;
    for (uint32_t number = 0; number < function_.nodes.size(); ++number)
      for (const ValueId operand : operands_of(function_, function_.nodes[number]))
        readers[operand].push_back(number);
    for (uint32_t number = 0; number < function_.nodes.size(); ++number) {
      auto* reader = std::get_if<Compute>(&function_.nodes[number].op);
      if (reader == nullptr) continue;
      const Expr read = function_.expressions[reader->body];
      if (read.kind != ExprKind::read || !free_.contains(read.value)) continue;
      if (readers[read.value].size() == 1) order(*reader, read, function_.nodes[number].results[0]);
    }
  }

 private:
  /// reader[i, j, …] = made[a permutation of i, j, …]
  void order(Compute& reader, const Expr& read, ValueId result) {
    Expressions& expressions = function_.expressions;
    const WriteShape shape = write_shape(function_, reader, function_.type_of(result).shape);
    if (!shape.is_map || read.operands.size() != reader.domain.size()) return;
    std::vector<uint32_t> axis_of(reader.domain.size(), UINT32_MAX);  // of the made value, for each index
    for (uint32_t axis = 0; axis < read.operands.size(); ++axis) {
      const Expr& subscript = expressions[read.operands[axis]];
      if (subscript.kind != ExprKind::index || axis_of[subscript.index] != UINT32_MAX) return;
      axis_of[subscript.index] = axis;
    }
    auto& made = std::get<Compute>(function_.nodes[function_[read.value].node].op);
    std::vector<dim::Dim>& extents = function_.values[read.value.number].type.shape;
    const WriteShape made_shape = write_shape(function_, made, extents);
    if (is_ordered(made) || !made_shape.covers || !made_shape.reduces) return;
    const auto rank = static_cast<uint32_t>(extents.size());
    std::vector<ExprId> places(made.domain.size());
    std::vector<Index> domain;
    std::vector<dim::Dim> ordered;
    for (uint32_t index = 0; index < rank; ++index) {
      places[axis_of[index]] = expressions.index(index);
      domain.push_back(made.domain[axis_of[index]]);
      ordered.push_back(extents[axis_of[index]]);
    }
    for (uint32_t index = rank; index < made.domain.size(); ++index) {
      places[index] = expressions.index(index);
      domain.push_back(made.domain[index]);
    }
    made.domain = std::move(domain);
    for (ExprId& guard : made.guard) guard = substitute_indices(expressions, guard, places);
    made.body = substitute_indices(expressions, made.body, places);
    std::vector<ExprId> here;
    for (uint32_t index = 0; index < rank; ++index) here.push_back(expressions.index(index));
    made.write = here;
    extents = std::move(ordered);
    reader.body = expressions.read(read.value, read.type, here);
  }

  Function& function_;
  std::set<ValueId> free_;
};

}  // namespace

void drop_unit_axes(Function& function, const Bindings& bindings) { UnitAxes(function, bindings).run(); }

void order_axes_as_read(Function& function) { AxisOrder(function).run(); }

}  // namespace kiln::fuse
