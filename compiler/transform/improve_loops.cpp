#include "transform/improve_loops.h"

#include <algorithm>
#include <optional>
#include <set>

#include "graph/walk.h"
#include "transform/batch_rounds.h"
#include "transform/extent_values.h"
#include "transform/placeholders.h"
#include "transform/prune_loop.h"
#include "transform/write_map.h"

namespace kiln::transform {

using graph::Compute;
using graph::Expr;
using graph::ExprId;
using graph::ExprKind;
using graph::Function;
using graph::Loop;
using graph::ValueId;

namespace {

/// A round's own slice of a carried value: `next[…, s, …] = s == counter + offset ? fresh : former`.
struct Slice {
  uint32_t axis = 0;
  dim::Dim offset;
  ExprId fresh;       // over the indices of the compute, in the body
  uint32_t node = 0;  // the compute
};

class LoopImprover {
 public:
  /// `around` may be on its way: its dims and facts are those of the function that holds the loop.
  LoopImprover(const Function& around, const Loop& loop, const Function& body)
      : outside_(around), loop_(loop), body_(body), uses_(body.values.size()) {
    for (const graph::Node& node : body_.nodes)
      for (ValueId operand : graph::operands_of(body_, node)) ++uses_[operand.number];
    for (ValueId output : body_.outputs) ++uses_[output.number];
  }

  /// Appends the loop in its better form and sets its results; false if there is nothing to do.
  bool improve(FunctionCopy& around, Function& function, const graph::Node& node) {
    decide();
    const bool none =
        std::none_of(same_.begin(), same_.end(), [](bool same) { return same; }) &&
        std::none_of(slices_.begin(), slices_.end(), [](const auto& slice) { return !!slice; }) &&
        hoisted_.empty() && batched_.empty();
    if (none) return false;
    build(around, function, node);
    return true;
  }

 private:
  void decide() {
    for (uint32_t k = 0; k < loop_.carried_count; ++k) {
      same_.push_back(body_.outputs[k] == body_.inputs[k]);
      slices_.push_back(same_.back() ? std::nullopt : slice_of(k));
    }
    std::set<ValueId> fixed;
    for (uint32_t i = 0; i < body_.inputs.size(); ++i)
      if (i >= loop_.carried_count || same_[i]) fixed.insert(body_.inputs[i]);
    for (uint32_t n = 0; n < body_.nodes.size(); ++n) {
      if (!may_be_hoisted(body_.nodes[n], fixed)) {
        // Not where checkpoints are to keep less than all rounds.
        if (!loop_.checkpoints.empty()) continue;
        const auto batched = BatchRounds::match(body_, loop_, body_.nodes[n], fixed);
        if (batched && have_values_outside(body_.nodes[n])) batched_.emplace(n, *batched);
        continue;
      }
      hoisted_.insert(n);
      fixed.insert(body_.nodes[n].results.begin(), body_.nodes[n].results.end());
    }
  }

  bool may_be_hoisted(const graph::Node& node, const std::set<ValueId>& fixed) const {
    if (std::holds_alternative<graph::Constant>(node.op)) return true;
    const auto* compute = std::get_if<Compute>(&node.op);
    if (compute == nullptr) return false;
    for (ValueId operand : graph::operands_of(body_, node))
      if (!fixed.contains(operand)) return false;
    for (const dim::Dim& extent : body_.type_of(node.results[0]).shape)
      if (extent.symbols().contains(loop_.counter)) return false;
    for (const graph::Index& index : compute->domain)
      if (index.extent.symbols().contains(loop_.counter)) return false;
    for (ExprId id : graph::reachable(body_.expressions, graph::roots_of(*compute)))
      if (!is_safe(body_.expressions[id], *compute)) return false;
    return have_values_outside(node);
  }

  bool have_values_outside(const graph::Node& node) const {
    const auto* compute = std::get_if<Compute>(&node.op);
    return outside_.is_type(body_.type_of(node.results[0])) &&
           (!compute || std::all_of(compute->domain.begin(), compute->domain.end(),
                                    [&](const auto& index) { return outside_.is_extent(index.extent); }));
  }

  /// Without the counter, and evaluated without harm where there is no round.
  bool is_safe(const Expr& expr, const Compute& compute) const {
    if (expr.kind == ExprKind::dim)
      return !expr.dim.symbols().contains(loop_.counter) && outside_.has_value(expr.dim);
    if (expr.kind == ExprKind::call)
      return expr.function != ScalarFunction::quotient && expr.function != ScalarFunction::remainder;
    if (expr.kind != ExprKind::read) return true;
    const std::vector<dim::Dim>& shape = body_.type_of(expr.value).shape;
    for (size_t axis = 0; axis < shape.size(); ++axis) {
      const Expr& subscript = body_.expressions[expr.operands[axis]];
      if (subscript.kind != ExprKind::index || !(compute.domain[subscript.index].extent == shape[axis]))
        return false;
    }
    return true;
  }

  std::optional<Slice> slice_of(uint32_t k) {
    const ValueId former = body_.inputs[k], next = body_.outputs[k];
    const auto* compute = std::get_if<Compute>(&body_.node_of(next).op);
    if (compute == nullptr || !loop_.limit || uses_[former.number] != 1 || uses_[next.number] != 1) return {};
    const std::vector<dim::Dim>& shape = body_.type_of(next).shape;
    if (!is_map(body_.expressions, *compute, shape)) return {};
    for (uint32_t axis = 0; axis < shape.size(); ++axis)
      if (!(compute->write[axis] == body_.expressions.index(axis))) return {};
    const Expr choice = body_.expressions[compute->body];
    if (choice.kind != ExprKind::call || choice.function != ScalarFunction::select) return {};
    const Expr& old = body_.expressions[choice.operands[2]];
    if (old.kind != ExprKind::read || !(old.value == former) || old.operands != compute->write) return {};
    const std::vector<ValueId> read = graph::values_in(body_.expressions, choice.operands[1]);
    if (std::find(read.begin(), read.end(), former) != read.end()) return {};
    const Expr condition = body_.expressions[choice.operands[0]];
    if (condition.kind != ExprKind::call || condition.function != ScalarFunction::equal ||
        body_.expressions[condition.operands[0]].type != ElementType::i64)
      return {};
    IndexPolynomials polynomials(body_.expressions);
    const dim::Dim distance = polynomials.of(condition.operands[0]) - polynomials.of(condition.operands[1]);
    for (uint32_t axis = 0; axis < shape.size(); ++axis) {
      const std::optional<dim::Dim> factor = coefficient_of(distance, axis);
      if (!factor || !(factor->is_constant(1) || factor->is_constant(-1))) continue;
      const dim::Dim counter = dim::Dim::symbol(loop_.counter);
      // factor * (s - counter - offset)
      const dim::Dim offset = index_symbol(axis) - *factor * distance - counter;
      if (!is_uniform(offset) || offset.symbols().contains(loop_.counter)) continue;
      return Slice{axis, offset, choice.operands[1], body_[next].node};
    }
    return {};
  }

  void build(FunctionCopy& around, Function& function, const graph::Node& node) {
    Loop made = loop_;
    made.operands.clear();
    Function body = without_nodes(body_);
    FunctionCopy copy(body_, body);
    FunctionCopy outside(body_, function);
    const auto take = [&](size_t input, ValueId operand) {
      const ValueId from = body_.inputs[input];
      copy.set(from, copy.builder().input(body_[from].name, body_.type_of(from)));
      copy.describe(from, copy.at(from));
      made.operands.push_back(operand);
    };
    made.carried_count = 0;
    for (uint32_t k = 0; k < loop_.carried_count; ++k) {
      if (same_[k] || slices_[k]) continue;
      take(k, around.at(loop_.operands[k]));
      ++made.carried_count;
    }
    for (uint32_t i = 0; i < body_.inputs.size(); ++i) {
      if (i < loop_.carried_count && !same_[i]) continue;
      outside.set(body_.inputs[i], around.at(loop_.operands[i]));
      take(i, around.at(loop_.operands[i]));
    }
    for (uint32_t n : hoisted_) {
      outside.copy(body_.nodes[n]);
      for (ValueId result : body_.nodes[n].results) {
        copy.set(result, copy.builder().input(body_[result].name, body_.type_of(result)));
        copy.describe(result, copy.at(result));
        made.operands.push_back(outside.at(result));
      }
    }
    std::map<uint32_t, ValueId> products;  // inputs of the body
    for (const auto& [n, batched] : batched_) {
      const ValueId all = batched.make(outside, function);
      products.emplace(n, copy.builder().input(function[all].name, function.type_of(all)));
      made.operands.push_back(all);
    }
    std::set<uint32_t> skipped = hoisted_;
    for (const auto& [n, batched] : batched_) {
      const ValueId result = body_.nodes[n].results[0];
      copy.set(result, batched.row(copy, body, products.at(n)));
      copy.describe(result, copy.at(result));
      skipped.insert(n);
    }
    for (const auto& slice : slices_)
      if (slice) skipped.insert(slice->node);
    for (uint32_t n = 0; n < body_.nodes.size(); ++n)
      if (!skipped.contains(n) && !std::holds_alternative<graph::Input>(body_.nodes[n].op))
        copy.copy(body_.nodes[n], nullptr);
    std::vector<size_t> outputs;
    for (size_t k = 0; k < body_.outputs.size(); ++k) {
      if (k < loop_.carried_count && (same_[k] || slices_[k])) continue;
      copy.builder().output(copy.at(body_.outputs[k]), body_.output_names[k]);
      outputs.push_back(k);
    }
    std::vector<uint32_t> sliced;
    for (uint32_t k = 0; k < loop_.carried_count; ++k) {
      if (!slices_[k]) continue;
      copy.builder().output(add_slice(copy, body, k), body_.output_names[k]);
      sliced.push_back(k);
    }
    made.body = std::make_shared<const Function>(std::move(body));
    const bool counts = made.counts_rounds();
    if (made.rounds) made.rounds = around.at(*made.rounds);
    if (made.go_on) made.go_on = around.at(*made.go_on);
    const std::vector<ValueId> results = around.builder().loop(made, node.span);
    const auto set = [&](size_t from, ValueId to) {
      around.set(node.results[from], to);
      around.describe(node.results[from], to);
    };
    size_t next = 0;
    for (size_t output : outputs)
      if (!(loop_.go_on && output == loop_.carried_count))
        set(result_of_output(loop_, output), results[next++]);
    for (uint32_t k : sliced)
      set(k, unstack(around, function, k, results[next++], counts ? results.back() : ValueId{}, node.span));
    for (uint32_t k = 0; k < loop_.carried_count; ++k)
      if (same_[k]) set(k, around.at(loop_.operands[k]));
    if (counts) set(node.results.size() - 1, results.back());
  }

  /// What the round writes, without the axis of the slice.
  ValueId add_slice(FunctionCopy& copy, Function& body, uint32_t k) {
    const Slice& slice = *slices_[k];
    std::vector<dim::Dim> shape = body_.type_of(body_.outputs[k]).shape;
    IndexReplacements indices;
    uint32_t next = 0;
    for (uint32_t axis = 0; axis < shape.size(); ++axis) {
      if (axis == slice.axis)
        indices[axis] = body.expressions.dim(dim::Dim::symbol(loop_.counter) + slice.offset);
      else
        indices[axis] = body.expressions.index(next++);
    }
    shape.erase(shape.begin() + slice.axis);
    const ExprId fresh = replace_indices(copy.folder(), copy.expression(slice.fresh), indices);
    return copy.builder().map(shape, fresh, body_[body_.outputs[k]].name);
  }

  /// The whole value from the stack of its slices, and from the first value where no round was.
  ValueId unstack(FunctionCopy& around, Function& function, uint32_t k, ValueId stack, ValueId rounds,
                  Origin span) {
    const Slice& slice = *slices_[k];
    Folder& folder = around.folder();
    const ValueId first = around.at(loop_.operands[k]);
    const graph::Type type = function.type_of(first);
    const std::vector<ExprId> point = point_of(function.expressions, type.shape.size());
    const ExprId row = folder.polynomials().expression(index_symbol(slice.axis) - slice.offset);
    std::vector<ExprId> subscripts = point;
    subscripts.erase(subscripts.begin() + slice.axis);
    subscripts.insert(subscripts.begin(), row);
    const ExprId end = rounds.valid() ? function.expressions.read(rounds, ElementType::i64, {})
                                      : function.expressions.dim(*loop_.limit);
    const ExprId inside =
        folder.both(folder.less_equal(function.expressions.integer(0), row), folder.less(row, end));
    const ExprId body = folder.select(inside, function.expressions.read(stack, type.element, subscripts),
                                      function.expressions.read(first, type.element, point));
    return around.builder().map(type.shape, body, "", span);
  }

  const ExtentValues outside_;
  const Loop& loop_;  // its operands are values of the function that is copied
  Function body_;
  std::vector<uint32_t> uses_;  // of each value
  std::vector<bool> same_;
  std::vector<std::optional<Slice>> slices_;
  std::set<uint32_t> hoisted_;
  std::map<uint32_t, BatchRounds> batched_;
};

}  // namespace

Function improve_loops(const Function& function) {
  Function result = without_nodes(function);
  FunctionCopy copy(function, result);
  for (const graph::Node& node : function.nodes) {
    if (const auto* given = std::get_if<Loop>(&node.op); given != nullptr && !given->recompute) {
      Loop loop = *given;
      loop.body = std::make_shared<const Function>(improve_loops(*given->body));
      if (LoopImprover(function, loop, *loop.body).improve(copy, result, node)) continue;
    }
    copy.copy(node, improve_loops);
  }
  copy.copy_outputs();
  return result;
}

}  // namespace kiln::transform
