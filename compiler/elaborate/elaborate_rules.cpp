#include "base/internal_check.h"
#include "elaborate/elaborator.h"
#include "graph/linear_rules.h"
#include "source/diagnostic_table.h"

namespace kiln::elaborate {

using graph::ValueId;

/// The arguments of a call: of each parameter its leaves, or the function it is.
struct Elaborator::BoundArguments {
  std::vector<Leaves> values;
  std::vector<std::optional<Closure>> closures;
};

/// A call within a differentiated block of a function that has a derivative rule: body and rule are regions,
/// functions of the float leaves of the arguments; all else they capture. Within comprehensions all of these
/// have the axes around, as a differentiated block has.
Leaves Elaborator::ruled_call(const sema::Call& expr) {
  const sema::TypedFunction& callee = *expr.callee;
  const sema::TypedRule& rule = *expr.rule;
  if (is_too_large(expr.span)) return zeros(expr.type);
  const Variables around = context_;

  graph::RuledCall node;
  node.mode = rule.is_reverse ? graph::Derivative::Mode::reverse : graph::Derivative::Mode::forward;
  BoundArguments arguments;
  Leaves floats;  // of the arguments, in the order of the operands
  for (size_t i = 0; i < expr.arguments.size(); ++i) {
    const sema::TypedExpr& argument = *expr.arguments[i].value;
    const sema::SlotInfo& info = callee.slots[callee.parameters[i].slot];
    arguments.closures.push_back(closure_of(argument));
    arguments.values.emplace_back();
    if (arguments.closures.back()) continue;
    arguments.values.back() = bind(value(argument), info.name, info.type, argument.span);
    const std::vector<uint32_t>& active = rule.active[i];
    const Leaves& leaves = arguments.values.back();
    for (uint32_t leaf = 0; leaf < leaves.size(); ++leaf) {
      if (!is_float(leaves[leaf].element)) continue;
      if (std::find(active.begin(), active.end(), leaf) != active.end())
        node.active.push_back(static_cast<uint32_t>(node.operands.size()));
      node.operands.push_back(whole(leaves[leaf], around, info.name, expr.span));
      floats.push_back(leaves[leaf]);
    }
  }
  node.argument_count = static_cast<uint32_t>(node.operands.size());
  node.seeded = rule.seeded;

  // The conditions around as values: what they were computed from is none of the call's.
  const std::vector<LeafValue> guards = std::move(guards_);
  guards_.clear();
  std::vector<LeafValue> stored;
  for (const LeafValue& guard : guards)
    stored.push_back(read_whole(whole(guard, around, "guard", expr.span), around, {}, ElementType::boolean));
  guards_ = std::move(stored);

  // The body is never differentiated; the rule by one block less, as the innermost puts it in place of the
  // call.
  const size_t depth_here = derivative_depth_;
  derivative_depth_ = 0;
  Leaves results;
  const std::unique_ptr<Region> body = in_own_region([&] {
    const Leaves inside = argument_inputs(node.operands, floats, around);
    Frame frame;
    frame.function = &callee;
    frame.slots.resize(callee.slots.size());
    take_arguments(frame, arguments, inside);
    results = run_frame(frame);
    for (const LeafValue& leaf : results) builder().output(whole(leaf, around, "", expr.span), "");
  });
  derivative_depth_ = depth_here - 1;
  const std::unique_ptr<Region> derivative = in_own_region([&] {
    const sema::TypedFunction& function = *rule.function;
    const Leaves inside = argument_inputs(node.operands, floats, around);
    Frame frame;
    frame.function = &function;
    frame.slots.resize(function.slots.size());
    take_arguments(frame, arguments, inside);
    Leaves more;
    const auto add_input = [&](const LeafValue& like, const graph::Type& type) {
      const ValueId input = builder().input("", type);
      more.push_back(read_whole(input, around, like.variables, like.element));
    };
    const graph::Function& called = body->function;
    if (rule.is_reverse)
      for (size_t k = 0; k < results.size(); ++k) add_input(results[k], called.type_of(called.outputs[k]));
    if (rule.is_reverse)
      for (uint32_t k : node.seeded) add_input(results[k], called.type_of(called.outputs[k]));
    else
      for (uint32_t k : node.active) add_input(floats[k], called.type_of(called.inputs[k]));
    size_t next = 0;
    for (size_t i = expr.arguments.size(); i < function.parameters.size(); ++i) {
      const sema::Slot slot = function.parameters[i].slot;
      for (size_t leaf = 0; leaf < function.slots[slot].type.leaves.size(); ++leaf)
        frame.slots[slot].push_back(more.at(next++));
      name_symbol(function.slots[slot], frame.slots[slot]);
    }
    internal_check(next == more.size(),
                   "elaborate: a rule with another number of variables than its call has");
    for (const LeafValue& leaf : run_frame(frame)) builder().output(whole(leaf, around, "", expr.span), "");
  });
  derivative_depth_ = depth_here;
  guards_ = guards;
  node.operands.insert(node.operands.end(), body->operands.begin(), body->operands.end());
  node.operands.insert(node.operands.end(), derivative->operands.begin(), derivative->operands.end());
  if (!rule.is_reverse) check_linear(rule, derivative->function, node);
  node.body = std::make_shared<const graph::Function>(std::move(body->function));
  node.rule = std::make_shared<const graph::Function>(std::move(derivative->function));
  const std::vector<ValueId> values = builder().ruled_call(std::move(node), expr.span);
  Leaves made;
  for (size_t k = 0; k < values.size(); ++k)
    made.push_back(read_whole(values[k], around, results[k].variables, results[k].element));
  return made;
}

std::unique_ptr<Elaborator::Region> Elaborator::in_own_region(const std::function<void()>& work) {
  const BlockRegion region = enter_block("", std::nullopt);
  work();
  return leave_block(region);
}

Leaves Elaborator::argument_inputs(const std::vector<ValueId>& operands, const Leaves& floats,
                                   const Variables& around) {
  Leaves inside;
  for (size_t k = 0; k < floats.size(); ++k) {
    const graph::Type type = regions_[depth() - 1]->function.type_of(operands[k]);
    const ValueId input = builder().input("", type);
    inside.push_back(read_whole(input, around, floats[k].variables, floats[k].element));
  }
  return inside;
}

/// The first parameters of a frame: float leaves as they come from the inputs of a region, the others as they
/// are outside.
void Elaborator::take_arguments(Frame& frame, const BoundArguments& arguments, const Leaves& inside) {
  size_t next = 0;
  for (size_t i = 0; i < arguments.values.size(); ++i) {
    const sema::Slot slot = frame.function->parameters[i].slot;
    if (arguments.closures[i]) {
      frame.closures[slot] = *arguments.closures[i];
      continue;
    }
    Leaves leaves = arguments.values[i];
    for (LeafValue& leaf : leaves)
      if (is_float(leaf.element)) leaf = inside.at(next++);
    frame.slots[slot] = std::move(leaves);
    name_symbol(frame.function->slots[slot], frame.slots[slot]);
  }
}

Leaves Elaborator::run_frame(Frame& frame) {
  Frame* const caller = frame_;
  frame_ = &frame;
  Leaves result = block(frame.function->body);
  if (!frame.function->body.result)
    for (sema::Slot slot : frame.function->results)
      result.insert(result.end(), frame.slots[slot].begin(), frame.slots[slot].end());
  frame_ = caller;
  return result;
}

void Elaborator::check_linear(const sema::TypedRule& rule, const graph::Function& function,
                              const graph::RuledCall& call) {
  const std::optional<Span> place = graph::not_linear(function, call.argument_count, call.active.size());
  if (!place || !told_of_rules_.insert(&rule).second) return;
  const Span result = rule.function->body.result->span;
  const bool is_within =
      place->file == result.file && place->begin > rule.span.begin && place->end <= result.end;
  Diagnostic& diagnostic = diagnostics_.add(diagnostics::rule_not_linear, is_within ? *place : result,
                                            "this is not linear in the tangents of the rule");
  diagnostic.labels.push_back({rule.span, "the rule of `" + rule.function_name + "`"});
  diagnostic.help = "what is computed of tangents is a sum of them, each times something that holds none";
}

}  // namespace kiln::elaborate
