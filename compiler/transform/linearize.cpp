#include "transform/linearize.h"

#include <algorithm>

#include "base/internal_check.h"
#include "graph/reducer.h"
#include "transform/linearize_expression.h"
#include "transform/linearize_loop.h"
#include "transform/place_range.h"
#include "transform/point_facts.h"
#include "transform/rewrite_expression.h"
#include "transform/ruled_calls.h"
#include "transform/write_map.h"

namespace kiln::transform {

using dim::Dim;
using graph::Builder;
using graph::Compute;
using graph::ExprId;
using graph::Function;
using graph::Index;
using graph::Reducer;
using graph::ValueId;

namespace {

class Linearizer {
 public:
  Linearizer(Function& function, Tangents& tangents)
      : function_(function),
        builder_(function),
        folder_(function.expressions),
        tangents_(tangents),
        expressions_(folder_, tangents) {}

  void linearize(const graph::Node& node);

 private:
  void linearize_compute(const Compute& compute, ValueId result);
  void linearize_sort(const graph::Sort& sort, ValueId values, ValueId places);

  // The rules of the reducers: from the forward compute and the tangent of its body to that of the result.
  Compute same_form(const Compute& compute, ExprId tangent, ValueId result);
  Compute through_extremes(const Compute& compute, ExprId tangent, ValueId result);
  Compute through_product(const Compute& compute, ExprId tangent, ValueId result);
  Compute through_last(const Compute& compute, ExprId tangent, ValueId result);

  using Rule = Compute (Linearizer::*)(const Compute& compute, ExprId tangent, ValueId result);
  struct Row {
    Reducer reducer;
    Rule rule;
  };
  static Rule rule_for(Reducer reducer);

  std::vector<uint32_t> not_bare(const Compute& compute) const;
  ExprId stored_index(ValueId places, const std::vector<ExprId>& subscripts);

  Function& function_;
  Builder builder_;
  Folder folder_;
  Tangents& tangents_;
  ExpressionTangents expressions_;
};

Linearizer::Rule Linearizer::rule_for(Reducer reducer) {
  static constexpr Row rows[] = {
      {Reducer::assign, &Linearizer::same_form},         {Reducer::sum, &Linearizer::same_form},
      {Reducer::maximum, &Linearizer::through_extremes}, {Reducer::minimum, &Linearizer::through_extremes},
      {Reducer::product, &Linearizer::through_product},  {Reducer::last, &Linearizer::through_last},
  };
  for (const Row& row : rows) {
    if (row.reducer == reducer) return row.rule;
  }
  return nullptr;  // any, all, argmax, argmin: steps
}

void Linearizer::linearize(const graph::Node& node) {
  if (const auto* compute = std::get_if<Compute>(&node.op)) linearize_compute(*compute, node.results[0]);
  if (const auto* sort = std::get_if<graph::Sort>(&node.op)) {
    linearize_sort(*sort, node.results[0], node.results[1]);
  }
  internal_check(!std::holds_alternative<graph::Derivative>(node.op),
                 "derivatives are expanded innermost first");
  // Inputs have the tangents they were given; constants, StopGradient, checks and prints have none.
}

void Linearizer::linearize_compute(const Compute& compute, ValueId result) {
  const Rule rule = rule_for(compute.reducer);
  if (rule == nullptr) return;
  const bool is_map = compute.reducer == Reducer::assign && compute.guard.empty() &&
                      is_classical(function_.expressions, compute);
  std::optional<ExprId> stored;
  if (is_map && function_.expressions[compute.body].kind == graph::ExprKind::call) {
    stored = function_.expressions.read(result, function_.type_of(result).element, compute.write);
  }
  const std::optional<ExprId> tangent = expressions_.of(compute.body, stored);
  if (!tangent) return;
  const graph::Value value = function_[result];
  const Origin span = function_.node_of(result).span;
  Compute linear = (this->*rule)(compute, *tangent, result);
  tangents_[result] = builder_.compute(std::move(linear), value.type.shape, "d" + value.name, span);
}

Compute Linearizer::same_form(const Compute& compute, ExprId tangent, ValueId) {
  Compute linear = compute;
  linear.body = tangent;
  return linear;
}

std::vector<uint32_t> Linearizer::not_bare(const Compute& compute) const {
  std::vector<bool> bare(compute.domain.size());
  for (const auto& index : bare_indices(function_.expressions, compute)) {
    if (index) bare[*index] = true;
  }
  std::vector<uint32_t> result;
  for (uint32_t index = 0; index < bare.size(); ++index) {
    if (!bare[index]) result.push_back(index);
  }
  return result;
}

ExprId Linearizer::stored_index(ValueId places, const std::vector<ExprId>& subscripts) {
  const ElementType type = function_.type_of(places).element;
  return folder_.convert(function_.expressions.read(places, type, subscripts), ElementType::i64);
}

/// The tangent of the point that won: `sum de where r == I[W]`, I the saved place. The comparison stays as a
/// guard, so that the transpose is dense; `simplify` eliminates r where that is right.
Compute Linearizer::through_extremes(const Compute& compute, ExprId tangent, ValueId result) {
  const graph::Value value = function_[result];
  Compute linear = same_form(compute, tangent, result);
  linear.reducer = Reducer::sum;
  for (const uint32_t index : not_bare(compute)) {
    Compute places = compute;
    places.reducer = compute.reducer == Reducer::maximum ? Reducer::argmax : Reducer::argmin;
    places.reported = index;
    const auto range = place_range(function_, folder_, places);
    const ValueId saved = builder_.compute(std::move(places), value.type.shape, value.name + "_place");
    function_.values[saved.number].range = range;
    linear.guard.push_back(
        folder_.equal(function_.expressions.index(index), stored_index(saved, compute.write)));
  }
  return linear;
}

/// `sum de * P`, P[W, r] the product over all r' != r that go to the same cell: right at zeros, to all
/// orders.
Compute Linearizer::through_product(const Compute& compute, ExprId tangent, ValueId result) {
  graph::Expressions& expressions = function_.expressions;
  const auto rank = static_cast<uint32_t>(compute.domain.size());
  Compute others = compute;
  others.reducer = Reducer::product;
  others.write.clear();
  std::vector<Dim> shape;
  std::vector<ExprId> point;
  for (uint32_t index = 0; index < rank; ++index) {
    point.push_back(expressions.index(index));
    shape.push_back(compute.domain[index].extent);
  }
  others.write = point;

  IndexReplacements primed;
  ExprId differs;
  for (const uint32_t index : not_bare(compute)) {
    const auto copy = static_cast<uint32_t>(others.domain.size());
    others.domain.push_back({compute.domain[index].extent, compute.domain[index].name});
    primed[index] = expressions.index(copy);
    const ExprId unequal = folder_.not_equal(expressions.index(index), primed[index]);
    differs = differs.valid() ? folder_.either(differs, unequal) : unequal;
  }
  others.body = replace_indices(folder_, compute.body, primed);
  others.guard.clear();
  if (differs.valid()) others.guard.push_back(differs);
  if (!differs.valid()) others.guard.push_back(folder_.boolean(false));
  for (const ExprId condition : compute.guard) {
    others.guard.push_back(replace_indices(folder_, condition, primed));
  }
  if (!is_classical(expressions, compute)) {
    // A point of an affine or data-dependent write meets those that go to its own cell.
    others.guard.insert(others.guard.end(), compute.guard.begin(), compute.guard.end());
    for (const ExprId subscript : compute.write) {
      others.guard.push_back(folder_.equal(subscript, replace_indices(folder_, subscript, primed)));
    }
  }
  const ValueId rest = builder_.compute(std::move(others), shape, function_[result].name + "_others");
  Compute linear = compute;
  linear.reducer = Reducer::sum;
  linear.body = folder_.multiply(expressions.read(rest, folder_.type_of(tangent), point), tangent);
  return linear;
}

/// The tangent of the point that wrote last: its indices are saved. A point asks for the writer of its own
/// cell, so there is one.
Compute Linearizer::through_last(const Compute& compute, ExprId tangent, ValueId result) {
  graph::Expressions& expressions = function_.expressions;
  const graph::Value value = function_[result];
  Compute linear = same_form(compute, tangent, result);
  linear.reducer = Reducer::assign;
  PointFacts facts(function_, folder_);
  for (const uint32_t index : not_bare(compute)) {
    Compute writer = compute;
    writer.body = folder_.convert(expressions.index(index), ElementType::i32);
    const ValueId saved = builder_.compute(std::move(writer), value.type.shape, value.name + "_writer");
    const Dim extent = compute.domain[index].extent;
    if (facts.proves(dim::Condition::less_equal(1, extent))) {  // 0 stands where nothing was written
      function_.values[saved.number].range = graph::ElementRange{0, extent};
    }
    linear.guard.push_back(folder_.equal(expressions.index(index), stored_index(saved, compute.write)));
  }
  return linear;
}

void Linearizer::linearize_sort(const graph::Sort& sort, ValueId values, ValueId places) {
  const auto found = tangents_.find(sort.operand);
  if (found == tangents_.end()) return;
  const graph::Value value = function_[values];
  std::vector<ExprId> point;
  for (uint32_t axis = 0; axis < value.type.shape.size(); ++axis) {
    point.push_back(function_.expressions.index(axis));
  }
  std::vector<ExprId> subscripts = point;
  subscripts.back() = stored_index(places, point);
  const ExprId body = function_.expressions.read(found->second, value.type.element, subscripts);
  tangents_[values] = builder_.map(value.type.shape, body, "d" + value.name);
}

}  // namespace

void linearize(Function& function, size_t node_count, Tangents& tangents, const std::vector<bool>* needed) {
  linearize(function, 0, node_count, tangents, needed);
}

void linearize(Function& function, size_t begin, size_t end, Tangents& tangents,
               const std::vector<bool>* needed) {
  Linearizer linearizer(function, tangents);
  for (size_t n = begin; n < end; ++n) {
    const std::vector<ValueId>& results = function.nodes[n].results;
    const bool is_needed = needed == nullptr || std::any_of(results.begin(), results.end(),
                                                            [&](ValueId id) { return (*needed)[id.number]; });
    if (!is_needed) continue;
    if (std::holds_alternative<graph::Loop>(function.nodes[n].op)) {
      linearize_loop(function, n, tangents);
      continue;
    }
    const graph::Node node = function.nodes[n];  // a copy: nodes are appended
    if (std::holds_alternative<graph::RuledCall>(node.op)) {
      linearize_ruled_call(function, node, tangents);
      continue;
    }
    linearizer.linearize(node);
  }
}

}  // namespace kiln::transform
