#include "fuse/order_residues.h"

#include <algorithm>

#include "dim/guess.h"
#include "fuse/contraction.h"
#include "fuse/insert_nodes.h"
#include "fuse/shape.h"
#include "graph/import_expression.h"

namespace kiln::fuse {

using namespace graph;
using dim::Dim;

namespace {

/// How often at least each element is used where it pays to copy it.
constexpr int64_t least_uses = 8;
/// Results that neighbour, of which fewer leave vectors half empty: then the operand has the lanes.
constexpr int64_t least_lanes = 12;

bool contains(const std::vector<uint32_t>& indices, uint32_t index) {
  return std::find(indices.begin(), indices.end(), index) != indices.end();
}

class ResidueOrder {
 public:
  explicit ResidueOrder(Function& function) : function_(function) {}

  void run() {
    NodesBefore inserted;
    const size_t count = function_.nodes.size();
    for (size_t i = 0; i < count; ++i) {
      Node& node = function_.nodes[i];
      auto* compute = std::get_if<Compute>(&node.op);
      if (compute == nullptr) continue;
      const auto form = match_contraction(function_, *compute, function_.type_of(node.results[0]).shape);
      if (!form || form->residues.empty()) continue;
      for (const bool is_a : {true, false}) {
        const LinearRead& operand = is_a ? form->a : form->b;
        const bool at_residues =
            std::any_of(form->residues.begin(), form->residues.end(),
                        [&](uint32_t index) { return operand.offset.indices.contains(index); });
        const std::vector<uint32_t>& others = is_a ? form->n : form->m;
        if (!at_residues || dim::guess(points(*compute, others)) < least_uses) continue;
        inserted[i].push_back(ordered(*compute, *form, operand, is_a ? form->m : form->n, node.span));
      }
    }
    insert_nodes(function_, std::move(inserted));
  }

 private:
  /// The batch and residues; then what is written, or if there are few other results behind what is summed:
  /// the outermost that counts steps of residues, what else is summed, the other steps. So the runs that
  /// residues leave of two such indices lie as one.
  std::vector<uint32_t> axes_of(const Compute& compute, const Contraction& form, const LinearRead& operand,
                                const std::vector<uint32_t>& side) const {
    std::vector<uint32_t> outer, written, summed;
    const auto is_read = [&](uint32_t index) { return operand.offset.indices.contains(index); };
    for (uint32_t index = 0; index < compute.domain.size(); ++index) {
      if (!is_read(index)) continue;
      const bool is_residue = contains(form.residues, index);
      if (is_residue || contains(form.batch, index)) outer.push_back(index);
      if (!is_residue && contains(side, index)) written.push_back(index);
    }
    std::vector<uint32_t> steps;
    for (const uint32_t index : form.k) (counts_steps(form, index) ? steps : summed).push_back(index);
    if (!steps.empty()) {
      summed.insert(summed.begin(), steps[0]);
      summed.insert(summed.end(), steps.begin() + 1, steps.end());
    }
    const Dim neighbours = compute.domain[last_written(compute, form)].extent;
    const bool has_lanes = dim::guess(neighbours) < least_lanes;
    std::vector<uint32_t> axes = outer;
    axes.insert(axes.end(), (has_lanes ? summed : written).begin(), (has_lanes ? summed : written).end());
    axes.insert(axes.end(), (has_lanes ? written : summed).begin(), (has_lanes ? written : summed).end());
    return axes;
  }

  /// The innermost of the indices of results that are no residue.
  static uint32_t last_written(const Compute& compute, const Contraction& form) {
    auto index = static_cast<uint32_t>(compute.write.size() - 1);
    while (index > 0 && contains(form.residues, index)) --index;
    return index;
  }

  bool counts_steps(const Contraction& form, uint32_t index) const {
    return std::any_of(form.residue_guards.begin(), form.residue_guards.end(), [&](ExprId guard) {
      return contains(indices_in(function_.expressions, guard), index);
    });
  }

  /// The node of the ordered operand, which the compute reads then. Where a guard leaves it out it is 0.
  Node ordered(Compute& compute, const Contraction& form, const LinearRead& operand,
               const std::vector<uint32_t>& side, Span span) {
    Expressions& expressions = function_.expressions;
    const std::vector<uint32_t> axes = axes_of(compute, form, operand, side);
    Compute map;
    Type type{function_.type_of(operand.value).element, {}};
    std::vector<ExprId> places(compute.domain.size()), subscripts;
    for (uint32_t index = 0; index < compute.domain.size(); ++index) places[index] = expressions.integer(0);
    for (const uint32_t index : axes) {
      places[index] = expressions.index(static_cast<uint32_t>(map.domain.size()));
      map.write.push_back(places[index]);
      map.domain.push_back(compute.domain[index]);
      type.shape.push_back(compute.domain[index].extent);
      subscripts.push_back(expressions.index(index));
    }
    map.body = substitute_indices(expressions, operand.read, places);
    std::vector<ExprId> guards = form.residue_guards;
    guards.insert(guards.end(), operand.inside.begin(), operand.inside.end());
    for (const ExprId guard : guards) {
      const std::vector<uint32_t> inside = indices_in(expressions, guard);
      if (!std::all_of(inside.begin(), inside.end(), [&](uint32_t index) { return contains(axes, index); }))
        continue;
      const ExprId zero = expressions.literal(type.element, Scalar{});
      map.body = expressions.call(ScalarFunction::select,
                                  {substitute_indices(expressions, guard, places), map.body, zero});
    }
    std::erase_if(compute.guard, [&](ExprId guard) {
      return std::find(operand.inside.begin(), operand.inside.end(), guard) != operand.inside.end();
    });
    const ElementType element = type.element;
    const ValueId value = add_value(function_, std::move(type), function_[operand.value].name + "_ordered");
    const ExprId read = expressions.read(value, element, subscripts);
    compute.body = replace_read(expressions, compute.body, operand.read, read);
    return {std::move(map), {value}, span};
  }

  Function& function_;
};

}  // namespace

void order_residues(Function& function) { ResidueOrder(function).run(); }

}  // namespace kiln::fuse
