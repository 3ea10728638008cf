#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "graph/print_literal.h"
#include "graph/reducer.h"
#include "graph/text.h"
#include "graph/verify_expression.h"
#include "graph/walk.h"

namespace kiln::graph {
namespace {

using Problem = std::optional<std::string>;

/// False if the two differ for all values of the dims. Facts are not looked at: this is cheap and never
/// wrong.
bool may_be_equal(const dim::Dim& a, const dim::Dim& b) { return (a - b).constant().value_or(0) == 0; }

bool may_be_equal(const Type& a, const Type& b) {
  if (a.element != b.element || a.shape.size() != b.shape.size()) return false;
  for (size_t axis = 0; axis < a.shape.size(); ++axis)
    if (!may_be_equal(a.shape[axis], b.shape[axis])) return false;
  return true;
}

class Verifier {
 public:
  explicit Verifier(const Function& function) : function_(function) {}

  Problem run() {
    if (Problem problem = verify_dims()) return problem;
    for (node_ = 0; node_ < function_.nodes.size(); ++node_) {
      const Node& node = function_.nodes[node_];
      Problem problem = verify_results(node);
      if (!problem) problem = std::visit([&](const auto& op) { return verify_op(node, op); }, node.op);
      if (problem) return describe(node) + ": " + *problem;
    }
    return verify_whole();
  }

 private:
  /// "node 12 (`h`)"
  std::string describe(const Node& node) const {
    std::string names;
    for (ValueId id : node.results)
      if (id.number < function_.values.size())
        names += fmt::format("{}`{}`", names.empty() ? "" : ", ",
                             function_[id].name.empty() ? fmt::format("{}", id.number) : function_[id].name);
    return names.empty() ? fmt::format("node {}", node_) : fmt::format("node {} ({})", node_, names);
  }

  Problem verify_dims() const {
    std::set<std::string> seen;
    for (const std::string& dim : function_.dims) {
      if (!is_identifier(dim)) return fmt::format("the dim name {} is not an identifier", quote(dim));
      if (!seen.insert(dim).second) return fmt::format("the dim `{}` stands twice", dim);
    }
    for (const DerivedDim& derived : function_.derived) {
      if (!seen.count(derived.dim)) return fmt::format("`{}` is derived, but no dim", derived.dim);
      if (derived.inputs.empty()) return fmt::format("nothing derives the dim `{}`", derived.dim);
      for (const uint32_t input : derived.inputs)
        if (input >= function_.inputs.size() ||
            function_.type_of(function_.inputs[input]).element != ElementType::i32)
          return fmt::format("the dim `{}` is derived from what is no input of i32", derived.dim);
    }
    for (const dim::Condition& fact : function_.facts)
      if (Problem problem = verify_condition(function_, fact)) return "a fact: " + *problem;
    return std::nullopt;
  }

  Problem verify_type(const Type& type) const {
    for (const dim::Dim& extent : type.shape) {
      if (Problem problem = verify_dim(function_, extent)) return problem;
      if (extent.constant().value_or(0) < 0) return "the extent " + extent.to_string() + " is negative";
    }
    return std::nullopt;
  }

  Problem verify_results(const Node& node) const {
    for (size_t position = 0; position < node.results.size(); ++position) {
      const ValueId id = node.results[position];
      if (id.number >= function_.values.size()) return "a result that is no value of the function";
      const Value& value = function_[id];
      if (value.node != node_ || value.result != position)
        return fmt::format("the value `{}` says it is defined elsewhere", value.name);
      if (Problem problem = verify_type(value.type)) return problem;
      if (!value.range) continue;
      if (!is_integer(value.type.element)) return "a range of elements that are no integers";
      if (Problem problem = verify_dim(function_, value.range->low)) return problem;
      if (Problem problem = verify_dim(function_, value.range->high)) return problem;
    }
    return std::nullopt;
  }

  Problem readable(ValueId id) const {
    if (id.number >= function_.values.size()) return "an operand that is no value of the function";
    if (function_[id].node >= node_)
      return fmt::format("the operand `{}` is defined by node {}, which does not stand before",
                         function_[id].name, function_[id].node);
    return std::nullopt;
  }

  Problem result_count(const Node& node, size_t count) const {
    if (node.results.size() == count) return std::nullopt;
    return fmt::format("{} results instead of {}", node.results.size(), count);
  }

  Problem result_type_is(const Node& node, size_t position, const Type& type) const {
    if (may_be_equal(function_.type_of(node.results[position]), type)) return std::nullopt;
    return fmt::format("result {} has the wrong type", position);
  }

  Problem verify_op(const Node& node, const Input& op) const {
    if (Problem problem = result_count(node, 1)) return problem;
    const auto& inputs = function_.inputs;
    if (std::find(inputs.begin(), inputs.end(), node.results[0]) == inputs.end())
      return fmt::format("`{}` is not among the function's inputs", op.name);
    return std::nullopt;
  }

  Problem verify_op(const Node& node, const Constant& op) const {
    if (Problem problem = result_count(node, 1)) return problem;
    const Type& type = function_.type_of(node.results[0]);
    int64_t bytes = size_of(type.element);
    for (const dim::Dim& extent : type.shape) {
      if (!extent.constant()) return "a constant of symbolic shape";
      if (__builtin_mul_overflow(bytes, *extent.constant(), &bytes)) return "a constant of impossible size";
    }
    if (bytes != static_cast<int64_t>(op.data.size()))
      return fmt::format("a constant of {} bytes whose type needs {}", op.data.size(), bytes);
    return std::nullopt;
  }

  Problem verify_op(const Node& node, const Compute& op) const {
    if (Problem problem = result_count(node, 1)) return problem;
    for (const Index& index : op.domain) {
      if (Problem problem = verify_dim(function_, index.extent)) return problem;
      if (index.extent.constant().value_or(0) < 0)
        return fmt::format("the index `{}` has a negative extent", index.name);
    }
    const std::vector<ExprId> roots = roots_of(op);
    if (Problem problem =
            verify_expressions(function_, roots, op.domain.size(), [&](ValueId id) { return readable(id); }))
      return problem;
    const Type& type = function_.type_of(node.results[0]);
    if (op.write.size() != type.shape.size())
      return fmt::format("a write map of {} axes for a result of rank {}", op.write.size(),
                         type.shape.size());
    for (ExprId place : op.write)
      if (function_.expressions[place].type != ElementType::i64) return "the write map is not of i64";
    for (ExprId guard : op.guard)
      if (function_.expressions[guard].type != ElementType::boolean) return "a guard that is not bool";
    return verify_reduction(op, type);
  }

  Problem verify_reduction(const Compute& op, const Type& type) const {
    const ElementType body = function_.expressions[op.body].type;
    const ElementType result = reduced_type(op.reducer, body);
    if (result != type.element)
      return fmt::format("`{}` of {} gives {}, not {}", name_of(op.reducer), name_of(body), name_of(result),
                         name_of(type.element));
    const bool logical = op.reducer == Reducer::any || op.reducer == Reducer::all;
    const bool copies = op.reducer == Reducer::assign || op.reducer == Reducer::last;
    if (!copies && logical != (body == ElementType::boolean))
      return fmt::format("`{}` of {}", name_of(op.reducer), name_of(body));
    if (!copies && row_of(body).storage_only)
      return fmt::format("`{}` of {}, which must be cast first", name_of(op.reducer), name_of(body));
    if (row_of(op.reducer).reports_index && op.reported >= op.domain.size())
      return fmt::format("`{}` reports an index that the domain does not have", name_of(op.reducer));
    return std::nullopt;
  }

  Problem verify_op(const Node& node, const StopGradient& op) const {
    if (Problem problem = result_count(node, 1)) return problem;
    if (Problem problem = readable(op.operand)) return problem;
    return result_type_is(node, 0, function_.type_of(op.operand));
  }

  Problem verify_op(const Node& node, const Sort& op) const {
    if (Problem problem = result_count(node, 2)) return problem;
    if (Problem problem = readable(op.operand)) return problem;
    Type type = function_.type_of(op.operand);
    if (type.shape.empty()) return "a scalar cannot be sorted";
    if (row_of(type.element).storage_only) return "elements that must be cast before they are sorted";
    if (op.count) {
      if (Problem problem = verify_dim(function_, *op.count)) return problem;
      type.shape.back() = *op.count;
    }
    if (Problem problem = result_type_is(node, 0, type)) return problem;
    type.element = ElementType::i32;
    return result_type_is(node, 1, type);
  }

  /// Whether these are the types of the operands and results, in order.
  Problem has_types(const Node& node, const std::vector<ValueId>& given, const std::vector<Type>& operands,
                    const std::vector<Type>& results) const {
    if (given.size() != operands.size())
      return fmt::format("{} operands instead of {}", given.size(), operands.size());
    for (size_t i = 0; i < operands.size(); ++i) {
      if (Problem problem = readable(given[i])) return problem;
      if (!may_be_equal(function_.type_of(given[i]), operands[i]))
        return fmt::format("operand {} has the wrong type", i);
    }
    if (Problem problem = result_count(node, results.size())) return problem;
    for (size_t i = 0; i < results.size(); ++i)
      if (Problem problem = result_type_is(node, i, results[i])) return problem;
    return std::nullopt;
  }

  /// Whether a function within this one is right and has no dims but those of this one.
  Problem verify_inner(const Function& inner, const char* name) const {
    if (Problem problem = verify(inner)) return fmt::format("in the {}: {}", name, *problem);
    for (const std::string& dim : inner.dims)
      if (std::find(function_.dims.begin(), function_.dims.end(), dim) == function_.dims.end())
        return fmt::format("the {} has the dim `{}`, which the function lacks", name, dim);
    return std::nullopt;
  }

  Problem verify_op(const Node& node, const Derivative& op) const {
    if (!op.body) return "a derivative without a body";
    const Function& body = *op.body;
    if (Problem problem = verify_inner(body, "body")) return problem;
    if (op.wrt_count > body.inputs.size()) return "more differentiated values than inputs of the body";
    // The types that operands and results must have, in order.
    std::vector<Type> operands, results, seeds, cotangents;
    for (ValueId input : body.inputs) operands.push_back(body.type_of(input));
    for (ValueId output : body.outputs) results.push_back(body.type_of(output));
    cotangents.assign(operands.begin(), operands.begin() + op.wrt_count);
    for (uint32_t position : op.seeded) {
      if (position >= results.size()) return "a seeded output that the body does not have";
      seeds.push_back(results[position]);
    }
    const bool reverse = op.mode == Derivative::Mode::reverse;
    for (const Type& type : reverse ? seeds : cotangents) operands.push_back(type);
    const std::vector<Type> derived = reverse ? cotangents : seeds;
    results.insert(results.end(), derived.begin(), derived.end());
    for (const std::vector<Type>& types : {seeds, cotangents})
      for (const Type& type : types)
        if (!is_float(type.element)) return "a differentiated value or seeded output that is no float";
    return has_types(node, op.operands, operands, results);
  }

  Problem verify_op(const Node& node, const RuledCall& op) const {
    if (!op.body || !op.rule) return "a ruled call without a body or a rule";
    if (Problem problem = verify_inner(*op.body, "body")) return problem;
    if (Problem problem = verify_inner(*op.rule, "rule")) return problem;
    const Function& body = *op.body;
    const Function& rule = *op.rule;
    if (op.argument_count > body.inputs.size()) return "more arguments than inputs of the body";
    // The types that operands, results, and inputs and outputs of the rule must have, in order.
    std::vector<Type> operands, results, active, seeded;
    for (ValueId input : body.inputs) operands.push_back(body.type_of(input));
    for (ValueId output : body.outputs) results.push_back(body.type_of(output));
    for (uint32_t position : op.active) {
      if (position >= op.argument_count) return "an active argument that the call does not have";
      active.push_back(operands[position]);
    }
    for (uint32_t position : op.seeded) {
      if (position >= results.size()) return "a seeded result that the call does not have";
      seeded.push_back(results[position]);
    }
    const bool reverse = op.mode == Derivative::Mode::reverse;
    std::vector<Type> taken(operands.begin(), operands.begin() + op.argument_count);
    if (reverse) taken.insert(taken.end(), results.begin(), results.end());
    const std::vector<Type>& along = reverse ? seeded : active;
    taken.insert(taken.end(), along.begin(), along.end());
    const std::vector<Type>& given = reverse ? active : seeded;
    if (rule.inputs.size() < taken.size() || rule.outputs.size() != given.size())
      return "a rule with another number of inputs or outputs than its call has";
    for (size_t i = 0; i < taken.size(); ++i)
      if (!may_be_equal(rule.type_of(rule.inputs[i]), taken[i]))
        return fmt::format("input {} of the rule has the wrong type", i);
    for (size_t i = 0; i < given.size(); ++i)
      if (!may_be_equal(rule.type_of(rule.outputs[i]), given[i]))
        return fmt::format("output {} of the rule has the wrong type", i);
    for (size_t i = taken.size(); i < rule.inputs.size(); ++i)
      operands.push_back(rule.type_of(rule.inputs[i]));
    return has_types(node, op.operands, operands, results);
  }

  Problem verify_op(const Node&, const RuledTangent&) const {
    return "a tangent that waits for its transpose";
  }

  Problem verify_op(const Node& node, const Loop& op) const {
    if (!op.body) return "a loop without a body";
    const Function& body = *op.body;
    if (Problem problem = verify(body)) return "in the body: " + *problem;
    if (Problem problem = verify_loop_dims(op)) return problem;
    if (!op.limit && !op.counts_rounds()) return "a loop that never ends";
    if (op.reversed && op.go_on) return "a reversed loop with a condition";
    const std::pair<std::optional<ValueId>, ElementType> scalars[] = {{op.rounds, ElementType::i64},
                                                                      {op.go_on, ElementType::boolean}};
    for (const auto& [value, element] : scalars) {
      if (!value) continue;
      if (Problem problem = readable(*value)) return problem;
      if (!(function_.type_of(*value) == Type{element, {}}))
        return fmt::format("the rounds or the condition of a loop are not a {} of rank 0", name_of(element));
    }
    if (op.carried_count > body.inputs.size() || op.first_stacked() > body.outputs.size())
      return "more carried values than inputs or outputs of the body";
    if (op.operands.size() != body.inputs.size())
      return fmt::format("{} operands instead of {}", op.operands.size(), body.inputs.size());
    for (size_t i = 0; i < op.operands.size(); ++i) {
      if (Problem problem = readable(op.operands[i])) return problem;
      if (!may_be_equal(function_.type_of(op.operands[i]), body.type_of(body.inputs[i])))
        return fmt::format("operand {} has the wrong type", i);
    }
    std::vector<Type> results;
    for (size_t i = 0; i < body.outputs.size(); ++i) {
      Type type = body.type_of(body.outputs[i]);
      if (i < op.carried_count && !may_be_equal(type, body.type_of(body.inputs[i])))
        return fmt::format("carried value {} changes its type", i);
      if (op.go_on && i == op.carried_count) {
        if (!(type == Type{ElementType::boolean, {}})) return "the body's condition is not a bool of rank 0";
        continue;
      }
      if (i >= op.first_stacked()) {
        if (!op.limit) return "a stacked value of a loop without a limit";
        type.shape.insert(type.shape.begin(), *op.limit);
      }
      results.push_back(std::move(type));
    }
    if (op.counts_rounds()) results.push_back({ElementType::i64, {}});
    if (Problem problem = result_count(node, results.size())) return problem;
    for (size_t i = 0; i < results.size(); ++i)
      if (Problem problem = result_type_is(node, i, results[i])) return problem;
    return std::nullopt;
  }

  Problem verify_loop_dims(const Loop& op) const {
    const Function& body = *op.body;
    const auto has = [](const std::vector<std::string>& dims, const std::string& dim) {
      return std::find(dims.begin(), dims.end(), dim) != dims.end();
    };
    if (!has(body.dims, op.counter)) return fmt::format("the counter `{}` is no dim of the body", op.counter);
    if (has(function_.dims, op.counter))
      return fmt::format("the counter `{}` is a dim of the function around", op.counter);
    for (const std::string& dim : body.dims)
      if (dim != op.counter && !has(function_.dims, dim))
        return fmt::format("the body has the dim `{}`, which the function lacks", dim);
    for (const std::vector<ValueId>* list : {&body.inputs, &body.outputs})
      for (ValueId value : *list)
        for (const dim::Dim& extent : body.type_of(value).shape)
          if (extent.symbols().contains(op.counter))
            return "an input or output of the body has the counter in its shape";
    for (const dim::Dim& length : op.checkpoints)
      if (Problem problem = verify_dim(function_, length)) return problem;
    return op.limit ? verify_dim(function_, *op.limit) : std::nullopt;
  }

  Problem verify_op(const Node& node, const Check& op) const {
    if (Problem problem = result_count(node, 0)) return problem;
    const bool index = op.kind == Check::Kind::index;
    std::vector<ValueId> operands = {op.subject};
    if (index) operands.push_back(op.greatest);
    for (ValueId operand : operands) {
      if (Problem problem = readable(operand)) return problem;
      const Type wanted{index ? ElementType::i64 : ElementType::boolean, {}};
      if (!(function_.type_of(operand) == wanted))
        return fmt::format("what is checked is not a {} of rank 0", name_of(wanted.element));
    }
    return index ? verify_dim(function_, op.extent) : std::nullopt;
  }

  Problem verify_op(const Node& node, const Print& op) const {
    if (Problem problem = result_count(node, 0)) return problem;
    return readable(op.operand);
  }

  Problem verify_whole() const {
    for (size_t number = 0; number < function_.values.size(); ++number) {
      const Value& value = function_.values[number];
      const bool defined = value.node < function_.nodes.size() &&
                           value.result < function_.nodes[value.node].results.size() &&
                           function_.nodes[value.node].results[value.result].number == number;
      if (!defined) return fmt::format("value {} (`{}`) is not defined by any node", number, value.name);
    }
    uint32_t former = 0;
    for (ValueId input : function_.inputs) {
      if (input.number >= function_.values.size() ||
          !std::holds_alternative<Input>(function_.node_of(input).op))
        return "an input that is not the result of an input node";
      if (function_[input].node < former) return "the inputs are not in the order of their nodes";
      former = function_[input].node + 1;
    }
    if (function_.outputs.size() != function_.output_names.size())
      return "outputs and their names differ in number";
    for (ValueId output : function_.outputs)
      if (output.number >= function_.values.size()) return "an output that is no value of the function";
    return std::nullopt;
  }

  const Function& function_;
  size_t node_ = 0;
};

}  // namespace

Problem verify(const Function& function) {
  Problem problem = Verifier(function).run();
  if (problem) problem = fmt::format("function `{}`: {}", function.name, *problem);
  return problem;
}

}  // namespace kiln::graph
