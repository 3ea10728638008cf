#include <limits>

#include "base/internal_check.h"
#include "elaborate/elaborator.h"
#include "graph/reducer.h"

namespace kiln::elaborate {

using graph::ExprId;
using sema::IntrinsicKind;
using syntax::as;

/// Inlines the callee. Arguments are values bound at the call; changed places get theirs when it ends.
Leaves Elaborator::call(const sema::Call& expr) {
  const sema::TypedFunction& callee = *expr.callee;
  if (expr.rule != nullptr && derivative_depth_ > 0) return ruled_call(expr);
  if (is_too_large(expr.span)) return zeros(expr.type);
  Frame frame;
  frame.function = &callee;
  frame.slots.resize(callee.slots.size());
  for (size_t i = 0; i < expr.arguments.size(); ++i) {
    const sema::TypedArgument& argument = expr.arguments[i];
    const sema::Slot slot = callee.parameters[i].slot;
    const sema::SlotInfo& info = callee.slots[slot];
    if (!argument.value) {
      frame.slots[slot] = get(argument.changed);
    } else if (auto closure = closure_of(*argument.value)) {
      frame.closures[slot] = *closure;
    } else {
      frame.slots[slot] = bind(value(*argument.value), info.name, info.type, argument.value->span);
      name_symbol(info, frame.slots[slot]);
    }
  }
  Frame* const caller = frame_;
  const uint32_t around = call_;
  calls_.emplace_back(expr.span, around);
  call_ = static_cast<uint32_t>(calls_.size());
  frame_ = &frame;
  Leaves result = block(callee.body);
  if (!callee.body.result)
    for (sema::Slot slot : callee.results)
      for (const LeafValue& leaf : frame.slots[slot]) result.push_back(leaf);
  frame_ = caller;
  call_ = around;
  for (size_t i = 0; i < expr.arguments.size(); ++i)
    if (!expr.arguments[i].value)
      set(expr.arguments[i].changed, std::move(frame.slots[callee.parameters[i].slot]));
  return result;
}

/// The function that an expression stands for: a name of a function, a `fn(x) = e`, or a parameter that holds
/// one.
std::optional<Elaborator::Closure> Elaborator::closure_of(const sema::TypedExpr& expr) {
  if (const auto* function = syntax::if_is<sema::FunctionValue>(expr))
    return Closure{frame_, function, nullptr};
  if (const auto* local = syntax::if_is<sema::Local>(expr)) {
    auto found = frame_->closures.find(local->slot);
    if (found != frame_->closures.end()) return found->second;
  }
  return std::nullopt;
}

/// The body runs in the frame where the function was written, which is still at work: functions are only
/// passed down.
Leaves Elaborator::call_value(const sema::CallValue& expr) {
  const Closure closure = frame_->closures.at(expr.function);
  std::vector<Leaves> arguments;
  for (const auto& argument : expr.arguments) arguments.push_back(value(*argument));
  if (closure.back) return call_back(closure, arguments[0]);
  if (closure.value->function) return run(*closure.value->function, std::move(arguments));
  Frame* const caller = frame_;
  frame_ = closure.frame;
  for (size_t i = 0; i < arguments.size(); ++i)
    frame_->slots[closure.value->parameters[i]] = std::move(arguments[i]);
  Leaves result = value(*closure.value->body);
  frame_ = caller;
  return result;
}

Leaves Elaborator::intrinsic(const sema::Intrinsic& expr) {
  switch (expr.intrinsic) {
    case IntrinsicKind::stop_gradient: {
      Leaves result;
      for (const LeafValue& leaf : value(*expr.operands[0])) {
        // One tensor for each point around: the node stands for all of them.
        Variables around = free_variables({at(leaf, variables_of(leaf))}, leaf.variables);
        const graph::ValueId operand = whole_with_guards(leaf, around, expr.span);
        result.push_back(read_whole(builder().stop_gradient(operand), around, leaf.variables, leaf.element));
      }
      return result;
    }
    case IntrinsicKind::sort:
    case IntrinsicKind::top_k: return sort(expr);
    case IntrinsicKind::rng_new: {
      LeafValue rng = shaped_leaf(expr.type.leaves[0].type);
      const ExprId first = expressions().call(
          ScalarFunction::equal, {expressions().index(rng.variables[0]), expressions().integer(0)});
      const ExprId seed = expressions().convert(scalar(*expr.operands[0]), ElementType::u64);
      rng.body = expressions().call(ScalarFunction::select,
                                    {first, seed, expressions().integer(0, ElementType::u64)});
      return {rng};
    }
    case IntrinsicKind::rng_fork: return fork(tensor(*expr.operands[0]), subscript(expr.operands[1]));
    case IntrinsicKind::rng_uniform:
    case IntrinsicKind::rng_normal:
    case IntrinsicKind::rng_gumbel:
    case IntrinsicKind::rng_bernoulli:
    case IntrinsicKind::rng_integers: return draw(expr);
    case IntrinsicKind::model_init: return initialise(*expr.model, tensor(*expr.operands[0]), expr.span);
    case IntrinsicKind::print:
      for (const LeafValue& leaf : value(*expr.operands[0]))
        builder().print({expr.text, whole(leaf, context_, "printed", expr.span)}, expr.span);
      return {};
  }
  internal_error("elaborate: an intrinsic that does not exist");
}

namespace {

/// What stands behind all else in the order of `sort`, where NaN is above all numbers: greatest, or least.
Scalar extreme_of(ElementType element, bool greatest) {
  if (greatest && is_float(element)) return Scalar::of_real(std::numeric_limits<double>::quiet_NaN());
  return graph::neutral_element(greatest ? graph::Reducer::minimum : graph::Reducer::maximum, element);
}

}  // namespace

/// A value whose last axis is as long as its bound, and at least so long: what a row does not have is
/// `filler`.
LeafValue Elaborator::filled_to_bound(const LeafValue& leaf, const dim::Dim& least, Scalar filler) {
  LeafValue filled = leaf;
  filled.region = depth();
  filled.variables = fresh_like(leaf.variables);
  const uint32_t ragged = filled.variables.back();
  std::map<uint32_t, ExprId> values;
  const uint32_t whole = new_variable(max(variables_[ragged].extent, least), "");
  values.emplace(ragged, expressions().index(whole));
  const ExprId body = at(leaf, variables_of(filled));
  const ExprId inside =
      expressions().call(ScalarFunction::less, {expressions().index(whole), extent_at(ragged, values)});
  filled.variables.back() = whole;
  filled.shape.back() = variables_[whole].extent;
  const ExprId behind = expressions().literal(expressions()[body].type, filler);
  filled.body = expressions().call(ScalarFunction::select, {inside, substitute(body, values), behind});
  return filled;
}

/// Rows of different lengths are sorted with what stands behind all else in the places that they do not have:
/// sorting is stable, so those come last.
Leaves Elaborator::sort(const sema::Intrinsic& expr) {
  const bool takes_some = expr.intrinsic == IntrinsicKind::top_k;
  const LeafValue given = tensor(*expr.operands[0]);
  const bool is_ragged = variables_[given.variables.back()].limit.has_value();
  const std::vector<dim::Dim>& shape = expr.type.leaves[0].type.shape;
  const dim::Dim count = takes_some ? graph_dim(shape.back()) : dim::Dim(0);
  if (is_ragged && takes_some) {
    const ExprId length = extent_at(given.variables.back(), {});
    check_holds(expressions().call(ScalarFunction::less_equal, {expressions().dim(count), length}),
                graph::Check::Kind::assertion, "top_k takes no more than a row has", expr.span);
  }
  const LeafValue operand =
      is_ragged ? filled_to_bound(given, count, extreme_of(given.element, !takes_some)) : given;
  Variables around = free_variables({at(operand, variables_of(operand))}, operand.variables);
  graph::Sort node;
  node.operand = whole_with_guards(operand, around, expr.span);
  Variables own = operand.variables;
  own.back() = new_variable(is_ragged && !takes_some ? operand.shape.back() : shape.back(), "");
  if (takes_some) {
    node.descending = true;
    node.count = count;
  }
  const auto [values, places] = builder().sort(std::move(node), "", expr.span);
  Leaves sorted = {read_whole(values, around, own, operand.element),
                   read_whole(places, around, own, ElementType::i32)};
  if (!is_ragged || takes_some) return sorted;
  for (LeafValue& leaf : sorted) {  // of each row, what it has
    LeafValue row = leaf;
    row.region = depth();
    row.shape = given.shape;
    row.variables = fresh_like(given.variables);
    row.body = at(leaf, variables_of(row));
    leaf = row;
  }
  return sorted;
}

/// As `whole`, for a value that is made here whatever the guards around are: they are part of what `around`
/// must hold.
graph::ValueId Elaborator::whole_with_guards(const LeafValue& leaf, Variables& around, Span span) {
  const std::vector<ExprId> guards = active_guards();
  if (!guards.empty()) {
    std::vector<ExprId> bodies = guards;
    bodies.push_back(at(leaf, variables_of(leaf)));
    around = free_variables(bodies, leaf.variables);
  }
  return whole(leaf, around, "", span);
}

}  // namespace kiln::elaborate
