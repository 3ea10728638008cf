#include "transform/copy_function.h"

#include "base/internal_check.h"
#include "transform/specialise_dims.h"

namespace kiln::transform {

using dim::Dim;
using graph::ExprId;
using graph::Function;
using graph::ValueId;

Function without_nodes(const Function& function) {
  Function result;
  result.name = function.name;
  result.dims = function.dims;
  result.facts = function.facts;
  result.derived = function.derived;
  return result;
}

FunctionCopy::FunctionCopy(const Function& from, Function& to, std::map<std::string, Dim> dims)
    : from_(from),
      to_(to),
      dims_(std::move(dims)),
      builder_(to),
      folder_(to.expressions),
      importer_(from.expressions, folder_, [this] {
        graph::ImportRules rules;
        rules.value = [this](ValueId id) { return at(id); };
        rules.read = [this](ValueId id, const std::vector<ExprId>& subscripts) {
          return read_rule_ ? read_rule_(id, subscripts) : ExprId{};
        };
        rules.dims = dims_;
        return rules;
      }()) {}

void FunctionCopy::set(ValueId from, ValueId to) { values_[from.number] = to; }

ValueId FunctionCopy::at(ValueId from) const {
  const auto found = values_.find(from.number);
  internal_check(found != values_.end(), "a value is used before it is defined");
  return found->second;
}

ExprId FunctionCopy::expression(ExprId id) { return importer_.import(id); }

std::vector<Dim> FunctionCopy::shape(const std::vector<Dim>& shape) const {
  std::vector<Dim> result;
  for (const Dim& extent : shape) result.push_back(extent.substitute(dims_));
  return result;
}

graph::Compute FunctionCopy::compute(const graph::Compute& compute) {
  graph::Compute result = compute;
  for (graph::Index& index : result.domain) index.extent = index.extent.substitute(dims_);
  for (ExprId& subscript : result.write) subscript = expression(subscript);
  for (ExprId& condition : result.guard) condition = expression(condition);
  result.body = expression(compute.body);
  return result;
}

void FunctionCopy::describe(ValueId from, ValueId to) {
  graph::Value& value = to_.values[to.number];
  if (value.name.empty()) value.name = from_[from].name;
  value.is_backward = value.is_backward || from_[from].is_backward;
  if (!value.range && from_[from].range) {
    value.range = {from_[from].range->low.substitute(dims_), from_[from].range->high.substitute(dims_)};
  }
}

struct FunctionCopy::CopyOp {
  FunctionCopy& to;
  const graph::Node& node;
  const BodyPass& pass;

  std::vector<ValueId> operator()(const graph::Input& op) {
    const graph::Type& type = to.from_.type_of(node.results[0]);
    return {to.builder_.input(op.name, {type.element, to.shape(type.shape)})};
  }
  std::vector<ValueId> operator()(const graph::Constant& op) {
    return {to.builder_.constant(to.from_.type_of(node.results[0]), op.data)};
  }
  std::vector<ValueId> operator()(const graph::Compute& op) {
    const graph::Type& type = to.from_.type_of(node.results[0]);
    return {to.builder_.compute(to.compute(op), to.shape(type.shape), "", node.span)};
  }
  std::vector<ValueId> operator()(const graph::StopGradient& op) {
    return {to.builder_.stop_gradient(to.at(op.operand))};
  }
  std::vector<ValueId> operator()(const graph::Sort& op) {
    graph::Sort copied = op;
    copied.operand = to.at(op.operand);
    if (copied.count) copied.count = copied.count->substitute(to.dims_);
    const auto [values, places] = to.builder_.sort(copied, "", node.span);
    return {values, places};
  }
  std::vector<ValueId> operator()(const graph::Derivative& op) {
    graph::Derivative copied = op;
    for (ValueId& operand : copied.operands) operand = to.at(operand);
    if (!to.dims_.empty()) {
      copied.body = std::make_shared<const Function>(substitute_dims(*op.body, to.dims_));
    }
    if (pass) copied.body = std::make_shared<const Function>(pass(*copied.body));
    return to.builder_.derivative(std::move(copied), node.span);
  }
  std::vector<ValueId> operator()(const graph::RuledCall& op) {
    graph::RuledCall copied = op;
    for (ValueId& operand : copied.operands) operand = to.at(operand);
    for (auto* function : {&copied.body, &copied.rule}) {
      if (!to.dims_.empty())
        *function = std::make_shared<const Function>(substitute_dims(**function, to.dims_));
      if (pass) *function = std::make_shared<const Function>(pass(**function));
    }
    return to.builder_.ruled_call(std::move(copied), node.span);
  }
  std::vector<ValueId> operator()(const graph::RuledTangent& op) {
    graph::RuledTangent copied = op;
    for (ValueId& operand : copied.operands) operand = to.at(operand);
    if (!to.dims_.empty())
      copied.rule = std::make_shared<const Function>(substitute_dims(*op.rule, to.dims_));
    std::vector<graph::Type> types;
    for (const ValueId result : node.results) {
      const graph::Type& type = to.from_.type_of(result);
      types.push_back({type.element, to.shape(type.shape)});
    }
    return to.builder_.ruled_tangent(std::move(copied), types, node.span);
  }
  std::vector<ValueId> operator()(const graph::Loop& op) {
    graph::Loop copied = op;
    for (ValueId& operand : copied.operands) operand = to.at(operand);
    if (copied.rounds) copied.rounds = to.at(*copied.rounds);
    if (copied.go_on) copied.go_on = to.at(*copied.go_on);
    if (!to.dims_.empty()) {
      if (copied.limit) copied.limit = copied.limit->substitute(to.dims_);
      for (Dim& length : copied.checkpoints) length = length.substitute(to.dims_);
      if (copied.limit && copied.limit->constant().value_or(1) <= 0) return without_rounds(copied);
      copied.body = std::make_shared<const Function>(substitute_dims(*op.body, to.dims_));
    }
    if (pass) copied.body = std::make_shared<const Function>(pass(*copied.body));
    return to.builder_.loop(std::move(copied), node.span);
  }
  /// What a loop leaves of which no round is made. Extents in its body may have no value then.
  std::vector<ValueId> without_rounds(const graph::Loop& loop) {
    std::vector<ValueId> results(loop.operands.begin(), loop.operands.begin() + loop.carried_count);
    while (results.size() < node.results.size()) {
      graph::Type type = to.from_.type_of(node.results[results.size()]);
      const bool is_count = loop.counts_rounds() && results.size() + 1 == node.results.size();
      type.shape = to.shape(type.shape);
      if (!is_count) type.shape[0] = 0;
      for (Dim& extent : type.shape) extent = max(extent, Dim(0));
      const ExprId zero = to.to_.expressions.literal(type.element, Scalar{});
      results.push_back(to.builder_.map(type.shape, zero));
    }
    return results;
  }
  std::vector<ValueId> operator()(const graph::Check& op) {
    graph::Check copied = op;
    copied.subject = to.at(op.subject);
    if (op.kind == graph::Check::Kind::index) copied.greatest = to.at(op.greatest);
    copied.extent = op.extent.substitute(to.dims_);
    to.builder_.check(std::move(copied), node.span);
    return {};
  }
  std::vector<ValueId> operator()(const graph::Print& op) {
    to.builder_.print({op.text, to.at(op.operand)}, node.span);
    return {};
  }
};

void FunctionCopy::copy(const graph::Node& node, const BodyPass& pass) {
  const std::vector<ValueId> results = std::visit(CopyOp{*this, node, pass}, node.op);
  for (size_t k = 0; k < results.size(); ++k) {
    set(node.results[k], results[k]);
    describe(node.results[k], results[k]);
  }
}

void FunctionCopy::copy_outputs() {
  for (size_t k = 0; k < from_.outputs.size(); ++k) {
    builder_.output(at(from_.outputs[k]), k < from_.output_names.size() ? from_.output_names[k] : "");
  }
}

}  // namespace kiln::transform
