#include "transform/transpose_loop.h"

#include <algorithm>

#include "base/internal_check.h"
#include "transform/copy_function.h"
#include "transform/placeholders.h"
#include "transform/remove_dead.h"
#include "transform/sum_over_rounds.h"
#include "transform/transpose.h"

namespace kiln::transform {

using graph::Builder;
using graph::ExprId;
using graph::Function;
using graph::Loop;
using graph::ValueId;

namespace {

/// By value, for the body of a loop some of whose inputs are linear.
std::vector<bool> linear_values(const Function& body, const std::vector<bool>& is_linear) {
  std::vector<bool> linear(body.values.size());
  for (size_t i = 0; i < body.inputs.size(); ++i) linear[body.inputs[i].number] = is_linear[i];
  for (const graph::Node& node : body.nodes)
    for (ValueId operand : graph::operands_of(body, node))
      if (linear[operand.number])
        for (ValueId result : node.results) linear[result.number] = true;
  return linear;
}

class LoopTransposer {
 public:
  LoopTransposer(Function& function, const graph::Node& node, const std::vector<bool>& is_linear,
                 const std::vector<ValueId>& arriving)
      : function_(function),
        loop_(std::get<Loop>(node.op)),
        span_(node.span),
        is_linear_(is_linear),
        arriving_(arriving) {
    for (size_t k = 0; k < loop_.carried_count; ++k) is_linear_[k] = true;
  }

  std::vector<CotangentPart> run() {
    internal_check(!loop_.go_on, "a linear loop has no condition");
    reversed_.counter = loop_.counter;
    reversed_.limit = loop_.limit;
    reversed_.reversed = !loop_.reversed;
    reversed_.recompute = loop_.recompute;
    reversed_.rounds = loop_.rounds;
    transpose_body();
    choose_sums();
    assemble();
    return add_to_function();
  }

 private:
  /// A new body, with the nodes of the cotangents. Its inputs: the cotangents of the carried values, the
  /// captured constants, the cotangents of the stacked values.
  void transpose_body() {
    const Function& given = *loop_.body;
    body_ = without_nodes(given);
    FunctionCopy copy(given, body_);
    Builder& builder = copy.builder();
    for (size_t k = 0; k < loop_.carried_count; ++k) {
      const graph::Value& like = given[given.inputs[k]];
      builder.input(like.name + "_bar", like.type);
      reversed_.operands.push_back(arriving_[k].valid() ? arriving_[k] : zeros(function_, like.type));
    }
    reversed_.carried_count = loop_.carried_count;
    for (size_t i = loop_.carried_count; i < given.inputs.size(); ++i) {
      if (is_linear_[i]) continue;
      const ValueId input = given.inputs[i];
      copy.set(input, builder.input(given[input].name, given.type_of(input)));
      copy.describe(input, copy.at(input));
      reversed_.operands.push_back(loop_.operands[i]);
    }
    std::vector<std::pair<size_t, ValueId>> stacks;
    for (size_t k = loop_.first_stacked(); k < given.outputs.size(); ++k) {
      const ValueId cotangent = arriving_[k];
      if (!cotangent.valid()) continue;
      stacks.emplace_back(k, builder.input(given.output_names[k] + "_bar", function_.type_of(cotangent)));
      reversed_.operands.push_back(cotangent);
    }
    const std::vector<bool> linear = linear_values(given, is_linear_);
    const auto is_linear_node = [&](const graph::Node& node) {
      return std::any_of(node.results.begin(), node.results.end(),
                         [&](ValueId result) { return linear[result.number]; });
    };
    for (const graph::Node& node : given.nodes)
      if (!std::holds_alternative<graph::Input>(node.op) && !is_linear_node(node)) copy.copy(node);
    std::map<ValueId, std::vector<ValueId>> seeds;
    std::vector<ValueId> roots;
    std::vector<ValueId> rows;
    for (const auto& [output, stack] : stacks) rows.push_back(row_of_stack(body_, stack, loop_.counter));
    for (size_t i = 0; i < given.inputs.size(); ++i) {
      if (!is_linear_[i]) continue;
      const graph::Value like = given[given.inputs[i]];
      roots.push_back(builder.input(like.name, like.type));
      body_.inputs.pop_back();
      copy.set(given.inputs[i], roots.back());
      root_inputs_.push_back(i);
    }
    const size_t first_linear = body_.nodes.size();
    for (const graph::Node& node : given.nodes)
      if (!std::holds_alternative<graph::Input>(node.op) && is_linear_node(node)) copy.copy(node);
    const auto seed = [&](ValueId output, ValueId cotangent) {
      if (linear[output.number]) seeds[copy.at(output)].push_back(cotangent);
    };
    for (size_t k = 0; k < loop_.carried_count; ++k) seed(given.outputs[k], body_.inputs[k]);
    for (size_t k = 0; k < stacks.size(); ++k) seed(given.outputs[stacks[k].first], rows[k]);
    parts_ = transpose_parts(body_, first_linear, roots, seeds);
  }

  /// Which parts of the cotangents of captured values are summed outside.
  void choose_sums() {
    const SumOverRounds sums(function_, body_, reversed_);
    for (size_t root = 0; root < parts_.size(); ++root) {
      if (root_inputs_[root] < loop_.carried_count) continue;
      std::vector<ValueId> carried;
      for (ValueId part : parts_[root]) {
        if (!sums.suits(part)) {
          carried.push_back(part);
          continue;
        }
        outside_.push_back({root_inputs_[root], part});
        for (ValueId value : sums.needed(part))
          if (std::find(stacked_.begin(), stacked_.end(), value) == stacked_.end()) stacked_.push_back(value);
      }
      if (!carried.empty()) accumulated_.emplace_back(root_inputs_[root], std::move(carried));
    }
  }

  static ValueId sum(Function& body, const std::vector<ValueId>& parts) {
    if (parts.size() == 1) return parts[0];
    const graph::Type type = body.type_of(parts[0]);
    Folder folder(body.expressions);
    ExprId total;
    for (ValueId part : parts) {
      const ExprId element =
          body.expressions.read(part, type.element, point_of(body.expressions, type.shape.size()));
      total = total.valid() ? folder.add(total, element) : element;
    }
    return Builder(body).map(type.shape, total, body[parts[0]].name);
  }

  /// The body again, with one more carried input for each accumulated cotangent, and its outputs.
  void assemble() {
    Function result = without_nodes(body_);
    FunctionCopy copy(body_, result);
    Builder& builder = copy.builder();
    const auto take = [&](size_t input) {
      const ValueId from = body_.inputs[input];
      copy.set(from, builder.input(body_[from].name, body_.type_of(from)));
      copy.describe(from, copy.at(from));
    };
    for (size_t k = 0; k < loop_.carried_count; ++k) take(k);
    std::vector<ValueId> sums;
    std::vector<ValueId> first;
    for (const auto& [input, parts] : accumulated_) {
      const graph::Value& like = (*loop_.body)[loop_.body->inputs[input]];
      sums.push_back(builder.input(like.name + "_sum", like.type));
      first.push_back(zeros(function_, like.type));
    }
    for (size_t k = loop_.carried_count; k < body_.inputs.size(); ++k) take(k);
    for (const graph::Node& node : body_.nodes) {
      const bool is_seed = std::holds_alternative<graph::Input>(node.op);
      const bool is_there = is_seed && std::find(body_.inputs.begin(), body_.inputs.end(), node.results[0]) !=
                                           body_.inputs.end();
      if (is_there) continue;
      if (is_seed) {
        copy.set(node.results[0], placeholder_like(result, body_[node.results[0]]));
        continue;
      }
      copy.copy(node);
    }
    for (size_t root = 0; root < parts_.size(); ++root) {
      if (root_inputs_[root] >= loop_.carried_count) continue;
      std::vector<ValueId> parts;
      for (ValueId part : parts_[root]) parts.push_back(copy.at(part));
      const graph::Value& like = (*loop_.body)[loop_.body->inputs[root_inputs_[root]]];
      builder.output(parts.empty() ? zeros(result, like.type) : sum(result, parts), like.name + "_bar");
    }
    for (size_t k = 0; k < sums.size(); ++k) {
      std::vector<ValueId> parts = {sums[k]};
      for (ValueId part : accumulated_[k].second) parts.push_back(copy.at(part));
      builder.output(sum(result, parts), result[sums[k]].name);
    }
    for (ValueId value : stacked_) builder.output(copy.at(value), body_[value].name);
    operands_ = reversed_.operands;
    operands_.insert(operands_.begin() + loop_.carried_count, first.begin(), first.end());
    made_ = reversed_;
    made_.carried_count = loop_.carried_count + static_cast<uint32_t>(sums.size());
    made_.operands = operands_;
    made_.body = std::make_shared<const Function>(remove_dead(result));
  }

  static ValueId placeholder_like(Function& function, const graph::Value& like) {
    const ValueId made = Builder(function).input(like.name, like.type);
    function.inputs.pop_back();
    return made;
  }

  std::vector<CotangentPart> add_to_function() {
    const std::vector<ValueId> results = Builder(function_).loop(made_, span_);
    std::vector<CotangentPart> found;
    for (size_t k = 0; k < loop_.carried_count; ++k) found.push_back({loop_.operands[k], results[k]});
    for (size_t k = 0; k < accumulated_.size(); ++k)
      found.push_back({loop_.operands[accumulated_[k].first], results[loop_.carried_count + k]});
    std::map<ValueId, ValueId> captured, stacks;
    for (size_t k = loop_.carried_count; k < body_.inputs.size(); ++k)
      captured[body_.inputs[k]] = reversed_.operands[k];
    for (size_t k = 0; k < stacked_.size(); ++k) stacks[stacked_[k]] = results[made_.carried_count + k];
    const SumOverRounds sums(function_, body_, reversed_);
    for (const auto& [input, part] : outside_)
      found.push_back({loop_.operands[input], sums.make(function_, part, captured, stacks, span_)});
    return found;
  }

  Function& function_;
  const Loop loop_;
  const Origin span_;
  std::vector<bool> is_linear_;           // by input of the body
  const std::vector<ValueId>& arriving_;  // by output of the body
  Loop reversed_;                         // without what is accumulated
  Function body_;
  std::vector<size_t> root_inputs_;          // for each linear input, its position
  std::vector<std::vector<ValueId>> parts_;  // of their cotangents
  std::vector<std::pair<size_t, ValueId>> outside_;
  std::vector<std::pair<size_t, std::vector<ValueId>>> accumulated_;
  std::vector<ValueId> stacked_;
  std::vector<ValueId> operands_;
  Loop made_;
};

}  // namespace

std::vector<CotangentPart> transpose_loop(Function& function, const graph::Node& node,
                                          const std::vector<bool>& is_linear,
                                          const std::vector<ValueId>& arriving) {
  return LoopTransposer(function, node, is_linear, arriving).run();
}

}  // namespace kiln::transform
