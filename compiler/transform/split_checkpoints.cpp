#include "transform/split_checkpoints.h"

#include <algorithm>

#include "base/internal_check.h"
#include "transform/copy_function.h"
#include "transform/placeholders.h"
#include "transform/specialise_dims.h"

namespace kiln::transform {

using dim::Dim;
using graph::Builder;
using graph::ExprId;
using graph::Function;
using graph::Loop;
using graph::ValueId;

namespace {

bool mentions(const dim::Condition& fact, const std::string& symbol) {
  return fact.value.symbols().contains(symbol) ||
         std::any_of(fact.operands.begin(), fact.operands.end(),
                     [&](const dim::Condition& part) { return mentions(part, symbol); });
}

/// One level: the loop over the parts, with the loop over the rounds of a part in it.
class LoopParts {
 public:
  explicit LoopParts(const Loop& loop)
      : loop_(loop),
        length_(loop.checkpoints.front()),
        part_(loop.counter + "_part"),
        round_(loop.counter + "_round"),
        first_round_(length_ * Dim::symbol(part_)),
        rounds_of_part_(min(length_, *loop.limit - first_round_)) {}

  /// Appends it in the place of a node whose operands are those of the loop; gives what the node gives.
  std::vector<ValueId> add_to(Function& function, Origin span) {
    span_ = span;
    Builder builder(function);
    Folder folder(function.expressions);
    Loop outer;
    outer.counter = part_;
    outer.limit = (*loop_.limit + length_ - 1) / length_;
    outer.recompute = true;
    outer.carried_count = loop_.carried_count;
    const auto carried = loop_.operands.begin() + loop_.carried_count;
    outer.operands.assign(loop_.operands.begin(), carried);
    if (loop_.counts_rounds()) {
      outer.operands.push_back(builder.scalar(function.expressions.integer(0), "made", span));
      ++outer.carried_count;
    }
    outer.operands.insert(outer.operands.end(), carried, loop_.operands.end());
    if (loop_.rounds) {
      outer.operands.push_back(*loop_.rounds);
      const ExprId rounds = function.expressions.read(*loop_.rounds, ElementType::i64, {});
      const ExprId rounded_up = folder.call(
          ScalarFunction::quotient,
          {folder.add(rounds, function.expressions.dim(length_ - 1)), function.expressions.dim(length_)});
      outer.rounds = builder.scalar(rounded_up, "parts", span);
    }
    outer.go_on = loop_.go_on;
    outer.body = std::make_shared<const Function>(part());
    const std::vector<ValueId> made = builder.loop(outer, span);
    std::vector<ValueId> results(made.begin(), made.begin() + loop_.carried_count);
    for (size_t k = 0; k < loop_.stacked_count(); ++k)
      results.push_back(joined(function, made[outer.carried_count + k]));
    if (loop_.counts_rounds()) results.push_back(made[loop_.carried_count]);
    return results;
  }

 private:
  /// The body of the outer loop.
  Function part() {
    const Function& body = *loop_.body;
    Function part;
    part.name = body.name;
    for (const std::string& dim : body.dims)
      if (dim != loop_.counter) part.dims.push_back(dim);
    part.dims.push_back(part_);
    for (const dim::Condition& fact : body.facts)
      if (!mentions(fact, loop_.counter)) part.facts.push_back(fact);
    const Dim counter = Dim::symbol(part_);
    part.facts.push_back(dim::Condition::less_equal(0, counter));
    part.facts.push_back(dim::Condition::less(counter, (*loop_.limit + length_ - 1) / length_));
    part.facts.push_back(dim::Condition::less(first_round_, *loop_.limit));

    Builder builder(part);
    Folder folder(part.expressions);
    Loop inner = loop_;
    inner.counter = round_;
    inner.limit = rounds_of_part_;
    inner.checkpoints.erase(inner.checkpoints.begin());
    inner.operands.clear();
    const auto take = [&](size_t k) {
      const ValueId input = body.inputs[k];
      inner.operands.push_back(builder.input(body[input].name, body.type_of(input)));
      part.values[inner.operands.back().number].range = body[input].range;
    };
    for (size_t k = 0; k < loop_.carried_count; ++k) take(k);
    ValueId made;
    if (loop_.counts_rounds()) made = builder.input("made", {ElementType::i64, {}});
    for (size_t k = loop_.carried_count; k < body.inputs.size(); ++k) take(k);
    if (loop_.rounds) {
      const ValueId all = builder.input("rounds", {ElementType::i64, {}});
      const ExprId left = folder.subtract(part.expressions.read(all, ElementType::i64, {}),
                                          part.expressions.dim(first_round_));
      inner.rounds = builder.scalar(left, "rounds", span_);
    }
    if (loop_.go_on) {
      // The part is begun only if its first round is to run; whether the next part is, its last round says.
      inner.go_on = builder.scalar(folder.boolean(true), "go_on", span_);
      inner.operands.insert(inner.operands.begin() + loop_.carried_count, *inner.go_on);
      ++inner.carried_count;
    }
    inner.body = std::make_shared<const Function>(round());
    const std::vector<ValueId> results =
        inner.checkpoints.empty() ? builder.loop(inner, span_) : LoopParts(inner).add_to(part, span_);
    for (size_t k = 0; k < loop_.carried_count; ++k) builder.output(results[k], body.output_names[k]);
    if (loop_.counts_rounds()) {
      const ExprId sum = folder.add(part.expressions.read(made, ElementType::i64, {}),
                                    part.expressions.read(results.back(), ElementType::i64, {}));
      builder.output(builder.scalar(sum, "made", span_), "made");
    }
    if (loop_.go_on) builder.output(results[loop_.carried_count], "go_on");
    for (size_t k = 0; k < loop_.stacked_count(); ++k)
      builder.output(filled_up(part, results[inner.carried_count + k]),
                     body.output_names[loop_.first_stacked() + k]);
    return part;
  }

  /// The body of the inner loop.
  Function round() {
    const Dim number = first_round_ + Dim::symbol(round_);
    Function round = substitute_dims(*loop_.body, {{loop_.counter, number}});
    const auto add_dim = [&](const std::string& name) {
      if (std::find(round.dims.begin(), round.dims.end(), name) == round.dims.end())
        round.dims.push_back(name);
    };
    add_dim(part_);
    add_dim(round_);
    const Dim counter = Dim::symbol(round_);
    round.facts.push_back(dim::Condition::less_equal(0, Dim::symbol(part_)));
    round.facts.push_back(dim::Condition::less_equal(0, counter));
    round.facts.push_back(dim::Condition::less(counter, rounds_of_part_));
    return loop_.go_on ? with_carried_condition(round) : round;
  }

  /// What the body says of the next round, carried too. Input nodes stand in the order of the inputs.
  Function with_carried_condition(const Function& given) const {
    Function result = without_nodes(given);
    FunctionCopy copy(given, result);
    for (size_t k = 0; k < given.inputs.size(); ++k) {
      if (k == loop_.carried_count) copy.builder().input("go_on", {ElementType::boolean, {}});
      copy.copy(given.node_of(given.inputs[k]));
    }
    if (given.inputs.size() == loop_.carried_count) copy.builder().input("go_on", {ElementType::boolean, {}});
    for (const graph::Node& node : given.nodes)
      if (!std::holds_alternative<graph::Input>(node.op)) copy.copy(node);
    for (size_t k = 0; k < given.outputs.size(); ++k) {
      if (k == loop_.carried_count) copy.builder().output(copy.at(given.outputs[k]), "go_on");
      copy.builder().output(copy.at(given.outputs[k]), given.output_names[k]);
    }
    return result;
  }

  /// A stack of the rounds of one part, with rows of zeros up to the length of a part.
  ValueId filled_up(Function& part, ValueId stack) const {
    const graph::Value like = part[stack];
    std::vector<Dim> shape = like.type.shape;
    shape[0] = length_;
    Folder folder(part.expressions);
    const ExprId element =
        part.expressions.read(stack, like.type.element, point_of(part.expressions, shape.size()));
    const ExprId inside = folder.less(part.expressions.index(0), part.expressions.dim(rounds_of_part_));
    const ExprId body = folder.select(inside, element, part.expressions.literal(like.type.element, Scalar{}));
    return Builder(part).map(shape, body, like.name, span_);
  }

  /// The rows of all parts, one behind the other.
  ValueId joined(Function& function, ValueId parts) const {
    const graph::Value like = function[parts];
    std::vector<Dim> shape(like.type.shape.begin() + 1, like.type.shape.end());
    shape[0] = *loop_.limit;
    graph::Expressions& expressions = function.expressions;
    Folder folder(expressions);
    std::vector<ExprId> subscripts = point_of(expressions, shape.size());
    const ExprId length = expressions.dim(length_);
    const ExprId round = subscripts[0];
    subscripts[0] = folder.call(ScalarFunction::remainder, {round, length});
    subscripts.insert(subscripts.begin(), folder.call(ScalarFunction::quotient, {round, length}));
    const ExprId body = expressions.read(parts, like.type.element, std::move(subscripts));
    return Builder(function).map(shape, body, like.name, span_);
  }

  const Loop& loop_;  // its operands are values of the function that it goes to
  const Dim length_;
  const std::string part_, round_;
  const Dim first_round_, rounds_of_part_;
  Origin span_;
};

}  // namespace

Function split_checkpoints(const Function& function) {
  Function result = without_nodes(function);
  FunctionCopy copy(function, result);
  for (const graph::Node& node : function.nodes) {
    const auto* given = std::get_if<Loop>(&node.op);
    if (given == nullptr || given->checkpoints.empty() || !given->limit) {
      copy.copy(node, split_checkpoints);
      continue;
    }
    internal_check(!given->reversed, "a loop that runs backward has checkpoints");
    Loop loop = *given;
    loop.body = std::make_shared<const Function>(split_checkpoints(*given->body));
    for (ValueId& operand : loop.operands) operand = copy.at(operand);
    if (loop.rounds) loop.rounds = copy.at(*loop.rounds);
    if (loop.go_on) loop.go_on = copy.at(*loop.go_on);
    const std::vector<ValueId> results = LoopParts(loop).add_to(result, node.span);
    for (size_t k = 0; k < results.size(); ++k) {
      copy.set(node.results[k], results[k]);
      copy.describe(node.results[k], results[k]);
    }
  }
  copy.copy_outputs();
  return result;
}

}  // namespace kiln::transform
