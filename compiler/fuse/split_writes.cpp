#include "fuse/split_writes.h"

#include <algorithm>
#include <map>

#include "fuse/rewrite_reads.h"
#include "fuse/shape.h"
#include "graph/affine.h"
#include "graph/import_expression.h"
#include "graph/walk.h"

namespace kiln::fuse {

using namespace graph;

namespace {

/// The indices of a joined axis, slowest first; empty if the axis is not joined.
std::vector<uint32_t> joined_indices(const Function& function, const Compute& compute, uint32_t axis,
                                     const dim::Dim& extent) {
  const std::optional<Affine> form = affine_of(function.expressions, compute.write[axis]);
  if (!form || form->has_atoms() || !form->constant.is_constant(0) || form->indices.size() < 2) return {};
  for (uint32_t other = 0; other < compute.write.size(); ++other)
    for (const uint32_t index : indices_in(function.expressions, compute.write[other]))
      if (other != axis && form->indices.contains(index)) return {};
  std::vector<uint32_t> order;
  dim::Dim stride = 1;
  while (order.size() <
         form->indices.size()) {  // the next index is the one whose distance is what was counted so far
    bool found = false;
    for (const auto& [index, coefficient] : form->indices) {
      const bool used = std::find(order.begin(), order.end(), index) != order.end();
      if (used || !(coefficient == stride)) continue;
      order.push_back(index);
      stride = stride * compute.domain[index].extent;
      found = true;
      break;
    }
    if (!found) return {};
  }
  if (!(stride == extent)) return {};
  std::reverse(order.begin(), order.end());
  return order;
}

/// For each axis of a value, the extents that it is split into.
using Split = std::vector<std::vector<dim::Dim>>;

class Splitter {
 public:
  explicit Splitter(Function& function) : function_(function) {}

  void run() {
    for (Node& node : function_.nodes)
      if (auto* compute = std::get_if<Compute>(&node.op)) split(*compute, node.results[0]);
    if (splits_.empty()) return;
    rewrite_reads(function_, [&](ValueId value, const std::vector<ExprId>& subscripts) {
      return read(value, subscripts);
    });
  }

 private:
  void split(Compute& compute, ValueId value) {
    if (is_ordered(compute) || is_operand_of_sort(value)) return;
    std::vector<dim::Dim>& shape = function_.values[value.number].type.shape;
    Split parts;
    std::vector<ExprId> write;
    std::vector<dim::Dim> extents;
    bool any = false;
    for (uint32_t axis = 0; axis < shape.size(); ++axis) {
      const std::vector<uint32_t> indices = joined_indices(function_, compute, axis, shape[axis]);
      parts.emplace_back();
      if (indices.empty()) {
        write.push_back(compute.write[axis]);
        parts.back().push_back(shape[axis]);
      }
      for (const uint32_t index : indices) {
        any = true;
        write.push_back(function_.expressions.index(index));
        parts.back().push_back(compute.domain[index].extent);
      }
      extents.insert(extents.end(), parts.back().begin(), parts.back().end());
    }
    if (!any) return;
    compute.write = std::move(write);
    shape = std::move(extents);
    order_domain(function_.expressions, compute);
    splits_.emplace(value, std::move(parts));
  }

  bool is_operand_of_sort(ValueId value) const {
    for (const Node& node : function_.nodes)
      if (const auto* sort = std::get_if<Sort>(&node.op); sort && sort->operand == value) return true;
    return false;
  }

  ExprId read(ValueId value, const std::vector<ExprId>& subscripts) {
    const auto found = splits_.find(value);
    if (found == splits_.end()) return {};
    Expressions& expressions = function_.expressions;
    std::vector<ExprId> parts;
    for (size_t axis = 0; axis < subscripts.size(); ++axis) {
      std::vector<ExprId> reversed;
      ExprId rest = subscripts[axis];
      for (size_t part = found->second[axis].size(); part-- > 1;) {
        const ExprId extent = expressions.dim(found->second[axis][part]);
        reversed.push_back(expressions.call(ScalarFunction::remainder, {rest, extent}));
        rest = expressions.call(ScalarFunction::quotient, {rest, extent});
      }
      reversed.push_back(rest);
      parts.insert(parts.end(), reversed.rbegin(), reversed.rend());
    }
    return expressions.read(value, function_.type_of(value).element, parts);
  }

  Function& function_;
  std::map<ValueId, Split> splits_;
};

}  // namespace

void order_domain(Expressions& expressions, Compute& compute) {
  std::vector<uint32_t> order;
  for (const ExprId write : compute.write) {
    const Expr& expr = expressions[write];
    if (expr.kind == ExprKind::index && std::find(order.begin(), order.end(), expr.index) == order.end())
      order.push_back(expr.index);
  }
  for (uint32_t index = 0; index < compute.domain.size(); ++index)
    if (std::find(order.begin(), order.end(), index) == order.end()) order.push_back(index);
  std::vector<ExprId> places(compute.domain.size());
  std::vector<Index> domain;
  for (uint32_t position = 0; position < order.size(); ++position) {
    places[order[position]] = expressions.index(position);
    domain.push_back(compute.domain[order[position]]);
    if (compute.reported == order[position]) compute.reported = UINT32_MAX - position;
  }
  if (compute.reported > order.size()) compute.reported = UINT32_MAX - compute.reported;
  compute.domain = std::move(domain);
  for (ExprId& write : compute.write) write = substitute_indices(expressions, write, places);
  for (ExprId& guard : compute.guard) guard = substitute_indices(expressions, guard, places);
  compute.body = substitute_indices(expressions, compute.body, places);
}

void split_joined_writes(Function& function) { Splitter(function).run(); }

}  // namespace kiln::fuse
